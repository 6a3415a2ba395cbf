import { describe, expect, it } from 'vitest';
import { last, story } from '../../testing/story.ts';

/** The monitor saw its QEMU end at 11:59:58. */
const told = { policy: { allowEvacuate: true } };
const earlier = 'bootedAt=2026-11-26T11:00Z';
const down = `0 looked running nova:req-1 by-record down ${earlier}`;
const begun = ['0 begun', down, '0 budget', '0 heartbeat not-yet', '0 act-begun evacuate nova:req-1'];

describe('an instance whose compute service does not report', () => {
  it('is evacuated where that is allowed, asked for the budget and for its heartbeat first', () => {
    const lines = story(told, ...begun, '9 act-ended evacuate done');
    expect(lines.slice(1)).toEqual([
      `${down}: looking -> budgeting; ask the budget`,
      '0 budget: budgeting -> listening; hear it by 0s',
      '0 heartbeat not-yet: listening -> acting; evacuate life nova:req-1',
      '0 act-begun evacuate nova:req-1: acting -> acting',
      '9 act-ended evacuate done: acting -> ending; finished by rebuilt-elsewhere: evacuated: it was done',
    ]);
  });

  it('waits for its host where it is not allowed, and nothing is asked of the host', () => {
    const lines = story({}, ...begun.slice(0, -1), '2 tick', down.replace('0', '2'), '2 heartbeat not-yet');
    expect(lines[3]).toBe('0 heartbeat not-yet: listening -> waiting; wait until 2s (retry)');
    expect(lines.join()).not.toContain('acting');
    const third = story(
      {},
      ...begun.slice(0, -1),
      '2 tick',
      down.replace('0', '2'),
      '2 heartbeat not-yet',
      '6 tick',
      down.replace('0', '6'),
      '6 heartbeat not-yet',
    );
    expect(last(third)).toBe(
      '6 heartbeat not-yet: listening -> ending; error by compute-down: not restarted: nothing can be asked of its host: running; not evacuated: allow_evacuate is off; tried again in 8 s',
    );
  });

  it('is restarted in place when its host is heard again', () => {
    const lines = story(
      {},
      ...begun.slice(0, -1),
      '2 tick',
      '2 looked running nova:req-1 by-record up',
      '2 heartbeat not-yet',
    );
    expect(last(lines)).toContain('acting; stop life nova:req-1');
  });

  it('is left alone when it is heard, whoever restarted it', () => {
    expect(last(story(told, ...begun.slice(0, 3), '0 heartbeat heard'))).toContain('finished by came-back');
  });
});

describe('what is never evacuated, because it may run', () => {
  const notEvacuated = (change: Parameters<typeof story>[0], seen: string): string =>
    last(
      story(
        { policy: { allowEvacuate: true, attemptLimit: 1, ...change.policy }, payload: change.payload ?? {} },
        '0 begun',
        `0 looked ${seen}`,
        '0 budget',
        '0 heartbeat not-yet',
      ),
    );

  it.each([
    [
      'one that hangs: its QEMU is there',
      { payload: { fault: 'heartbeat-lost' as const } },
      `running 7 down ${earlier}`,
      'its QEMU may still run there',
    ],
    [
      'one whose disk failed: its QEMU is paused',
      { payload: { fault: 'io-error' as const } },
      `paused 7 down ${earlier}`,
      'its QEMU may still run there',
    ],
    [
      'one that somebody started after it failed',
      {},
      'running nova:req-2 by-record down bootedAt=2026-11-26T11:59:59Z',
      'a boot that began after it failed may run there',
    ],
    [
      'one whose boots are not known',
      {},
      'running by-record down',
      'a boot that began after it failed may run there',
    ],
    [
      'one whose host was forced down: a second evacuation beside that of its host would spoil both',
      {},
      `running nova:req-1 by-record forced-down ${earlier}`,
      'whoever forced its host down evacuates it',
    ],
    [
      'by another method than auto',
      { policy: { method: 'restart' as const } },
      `running nova:req-1 by-record down ${earlier}`,
      'only the method auto does that',
    ],
  ])('%s', (_name, change, seen, why) => {
    expect(notEvacuated(change, seen)).toContain(`by compute-down: not restarted`);
    expect(notEvacuated(change, seen)).toContain(`not evacuated: ${why}`);
  });

  it('one that we may have started: the worker died in the start, then nova-compute', () => {
    const lines = story(
      told,
      '0 begun',
      `0 looked stopped by-record up ${earlier}`,
      '0 budget',
      '0 heartbeat not-yet',
      '0 act-begun start 7',
      '70 taken-over',
      `70 looked stopped by-record down ${earlier}`,
    );
    expect(last(lines)).toContain('looking -> waiting; wait until 72s (retry)');
  });

  it('but one that we have stopped is: it is certainly off', () => {
    const stopped = [
      '0 begun',
      `0 looked running nova:req-1 by-record up ${earlier}`,
      '0 budget',
      '0 heartbeat not-yet',
      '0 act-begun stop nova:req-1',
      '1 act-ended stop done',
      '70 taken-over',
      `70 looked stopped by-operator down ${earlier}`,
    ];
    const lines = story(told, ...stopped);
    expect(last(lines)).toContain('acting; evacuate life nova:req-1 without fail');
    const went = ['70 act-begun evacuate nova:req-1', '80 act-ended evacuate failed', '90 tick'];
    const replayed = (...then: string[]): string => last(story(told, ...stopped, ...went, ...then));
    // Our own stop is nobody's wish, whichever host comes next.
    expect(replayed('90 looked stopped by-operator down')).toMatch(
      /evacuate life nova:req-1 .*without fail$/,
    );
    expect(replayed('90 looked stopped by-operator up')).toMatch(/start life nova:req-1 .*without fail$/);
  });
});

describe('an evacuation in doubt', () => {
  it('is not asked for again while it may still begin', () => {
    const lines = story(
      told,
      ...begun,
      '3 taken-over',
      down.replace('0', '3'),
      '3 heartbeat not-yet',
      '15 tick',
    );
    expect(lines.at(-2)).toBe('3 heartbeat not-yet: listening -> waiting; wait until 15s (retry)');
    expect(last(lines)).toContain('looking; look');
  });

  it('is waited for while it goes on', () => {
    const lines = story(told, ...begun, '3 taken-over', '3 looked busy nova:req-1 down');
    expect(last(lines)).toContain('waiting; wait until 5s (busy)');
  });

  it('that came about is seen to run there: the same act, which moves nothing twice', () => {
    const lines = story(
      told,
      ...begun,
      '60 taken-over',
      '60 looked moved compute-2',
      '60 act-begun evacuate nova:req-1',
      '61 act-ended evacuate done',
    );
    expect(lines.at(-3)).toContain('acting; evacuate life nova:req-1 without fail');
    expect(last(lines)).toContain('finished by rebuilt-elsewhere');
  });

  it('that failed is asked for again after a pause, a bounded number of times', () => {
    const again = (seconds: number): string[] => [
      `${seconds} tick`,
      `${seconds} looked error down`,
      `${seconds} heartbeat not-yet`,
      `${seconds} act-begun evacuate nova:req-1`,
      `${seconds + 1} act-ended evacuate failed`,
    ];
    const lines = story(
      told,
      ...begun,
      '9 act-ended evacuate failed',
      ...again(20),
      ...again(40),
      '41 looked error down',
    );
    expect(lines.filter(line => line.includes('acting; evacuate'))).toHaveLength(3);
    expect(last(lines)).toContain('error by act-failed: the evacuation failed 3 times: it was failed');
  });

  it('is not followed by a restart in place while it may still begin, and by one after', () => {
    const back = (seconds: number): string[] => [
      `${seconds} looked stopped by-record up`,
      `${seconds} heartbeat not-yet`,
    ];
    const soon = story(told, ...begun, '3 taken-over', ...back(3));
    expect(last(soon)).toContain('waiting; wait until 15s (retry)');
    expect(last(story(told, ...begun, '20 taken-over', ...back(20)))).toContain('acting; start');
  });
});

it('an instance that is on another host by somebody else is told so', () => {
  expect(last(story({}, '0 begun', '0 looked moved compute-2'))).toContain(
    'ignored by instance-gone: it was moved: it is on compute-2',
  );
});
