import { describe, expect, it } from 'vitest';
import { last, story } from '../../testing/story.ts';

describe('what is left alone', () => {
  it.each([
    ['paused 7 by-operator', 'ignored by paused-by-operator: somebody paused it: paused'],
    ['stopped by-operator', 'ignored by stopped-by-operator: somebody stopped it: stopped'],
    ['suspended', 'ignored by suspended'],
    ['rescued', 'ignored by rescued'],
    ['error', 'ignored by instance-in-error'],
    ['nothing', 'ignored by instance-gone: the instance does not exist any more: no such domain'],
    ['paused 9', 'ignored by another-life: another boot than the one that failed is down now'],
  ])('%s', (seen, expected) => {
    expect(last(story({ payload: { fault: 'heartbeat-lost' } }, '0 begun', `0 looked ${seen}`))).toContain(
      expected,
    );
  });
});

describe('what is acted on', () => {
  it.each(['stopped', 'crashed', 'paused 7', 'running 7', 'running'])('%s', seen => {
    const lines = story({ payload: { fault: 'heartbeat-lost' } }, '0 begun', `0 looked ${seen}`);
    expect(last(lines)).toContain('ask the budget');
  });

  it('an instance in ERROR, when recover_ignoring_error_instances says so', () => {
    const policy = { recoverIgnoringErrorInstances: true };
    expect(last(story({ policy }, '0 begun', '0 looked error'))).toContain('ask the budget');
  });
});

describe('a guest that runs another boot than the one that failed', () => {
  it.each([
    ['its number says so', { fault: 'heartbeat-lost' as const }, 'running 8'],
    ['no boot outlives its QEMU, whatever the number', { fault: 'qemu-failed' as const }, 'running 7'],
    [
      'no boot outlives its QEMU, without a number',
      { fault: 'found-dead' as const, domainId: null },
      'running',
    ],
  ])('is not touched: %s', (_why, payload, seen) => {
    const lines = story({ payload }, '0 begun', `0 looked ${seen}`, '4 heartbeat heard');
    expect(lines[1]).toContain('listening; hear it by 300s');
    expect(last(lines)).toContain(
      'finished by another-life: it runs another boot than the one that failed, and was heard again',
    );
  });

  it('ends as failed when it stays silent, untouched', () => {
    const lines = story({}, '0 begun', '0 looked running 8', '300 heartbeat not-yet');
    expect(last(lines)).toContain('failed by another-life-silent');
  });

  it('is finished at once when it never had a heartbeat', () => {
    expect(last(story({ payload: { hadHeartbeat: false } }, '0 begun', '0 looked running 8'))).toContain(
      'finished by another-life',
    );
  });
});

describe('a guest that libvirt or QEMU brings back', () => {
  const payload = { fault: 'watchdog-reset', handledBy: 'qemu' } as const;

  it('is awaited, not restarted', () => {
    expect(story({ payload }, '0 begun', '0 looked running 7', '6 heartbeat heard').slice(1)).toEqual([
      '0 looked running 7: looking -> listening; hear it by 300s',
      '6 heartbeat heard: listening -> ending; finished by handled-elsewhere: brought back by QEMU, and heard again',
    ]);
  });

  it('is restarted when it stays away', () => {
    const lines = story(
      { payload },
      '0 begun',
      '0 looked running 7',
      '300 heartbeat not-yet',
      '300 looked running 7',
    );
    expect(lines.slice(2)).toEqual([
      '300 heartbeat not-yet: listening -> looking; look',
      '300 looked running 7: looking -> budgeting; ask the budget',
    ]);
  });

  it('is finished when it runs and never had a heartbeat', () => {
    const lines = story({ payload: { ...payload, hadHeartbeat: false } }, '0 begun', '0 looked running 7');
    expect(last(lines)).toContain('finished by handled-elsewhere: brought back by QEMU: it is running');
  });
});

describe('a look that sees nothing', () => {
  it('is repeated after a growing pause, then ends as error: it is never taken for an absence', () => {
    expect(
      story(
        {},
        '0 begun',
        '0 looked could-not-look',
        '2 tick',
        '2 looked could-not-look',
        '6 tick',
        '6 looked could-not-look',
      ),
    ).toEqual([
      '0 begun: new -> looking; look',
      '0 looked could-not-look: looking -> waiting; wait until 2s (retry)',
      '2 tick: waiting -> looking; look',
      '2 looked could-not-look: looking -> waiting; wait until 6s (retry)',
      '6 tick: waiting -> looking; look',
      '6 looked could-not-look: looking -> ending; error by could-not-look: not restarted: it could not be looked at: libvirtd is away; tried again in 8 s',
    ]);
  });

  const away = (atSeconds: number) => [
    `${atSeconds} begun`,
    `${atSeconds} looked could-not-look`,
    `${atSeconds} ended`,
  ];

  it('is repeated round after round, one look each, for as long as the notification has not expired', () => {
    const first = ['0 begun', '0 looked could-not-look', '2 tick', '2 looked could-not-look', '6 tick'];
    const rounds = [14, 30, 62, 3600, 86_399].flatMap(away);
    const lines = story({}, ...first, '6 looked could-not-look', '6 ended', ...rounds, ...away(86_400));
    expect(lines.filter(line => line.includes('ending;'))).toEqual([
      expect.stringContaining('6 looked could-not-look: looking -> ending; error by could-not-look'),
      ...[14, 30, 62, 3600, 86_399].map(at => expect.stringMatching(`^${at} .*; error by could-not-look`)),
      '86400 looked could-not-look: looking -> ending; failed by could-not-look: not restarted: it could not be looked at: libvirtd is away; given up after 1 d',
    ]);
  });

  it('ends when the host is back, and the guest is restarted', () => {
    const first = ['0 begun', '0 looked could-not-look', '2 tick', '2 looked could-not-look', '6 tick'];
    const lines = story(
      {},
      ...first,
      '6 looked could-not-look',
      '6 ended',
      ...away(3600),
      '3700 begun',
      '3700 looked crashed',
    );
    expect(last(lines)).toContain('looking -> budgeting; ask the budget');
  });

  it('counts afresh after one that saw', () => {
    const lines = story(
      { payload: { fault: 'heartbeat-lost' } },
      '0 begun',
      '0 looked could-not-look',
      '2 tick',
      '2 looked running 7',
      '2 budget',
      '2 heartbeat not-yet',
      '2 act-begun stop 7',
      '3 act-ended stop refused',
      '3 looked could-not-look',
    );
    expect(last(lines)).toContain('wait until 5s');
  });

  it('waits for an operation of somebody else', () => {
    expect(last(story({}, '0 begun', '0 looked busy'))).toBe(
      '0 looked busy: looking -> waiting; wait until 2s (busy)',
    );
  });
});

describe('a guest that libvirt restarts after its panic', () => {
  const handled = { payload: { fault: 'panicked' as const, handledBy: 'libvirt' as const } };

  it('is given a moment when it is seen on its way down, and is not restarted a second time', () => {
    expect(
      story(
        handled,
        '0 begun',
        '0 looked crashed 7',
        '10 tick',
        '10 looked running 7',
        '14 heartbeat heard',
      ).slice(1),
    ).toEqual([
      '0 looked crashed 7: looking -> waiting; wait until 10s (busy)',
      '10 tick: waiting -> looking; look',
      '10 looked running 7: looking -> listening; hear it by 310s',
      '14 heartbeat heard: listening -> ending; finished by handled-elsewhere: brought back by libvirt, and heard again',
    ]);
  });

  it('is restarted after all when libvirt leaves it down', () => {
    const lines = story(handled, '0 begun', '0 looked crashed 7', '10 tick', '10 looked crashed 7');
    expect(last(lines)).toBe('10 looked crashed 7: looking -> budgeting; ask the budget');
  });
});

describe('a guest that somebody resumed after its disk had paused it', () => {
  const paused = { payload: { fault: 'io-error' as const } };

  it('is left alone once it is heard', () => {
    const lines = story(paused, '0 begun', '0 looked running 7', '9 heartbeat heard');
    expect(last(lines)).toContain('finished by came-back');
  });

  it('is left alone at once when it never had a heartbeat', () => {
    const silent = { payload: { ...paused.payload, hadHeartbeat: false } };
    expect(last(story(silent, '0 begun', '0 looked running 7'))).toContain(
      'finished by came-back: somebody resumed it',
    );
  });
});
