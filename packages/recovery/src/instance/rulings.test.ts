import { describe, expect, it } from 'vitest';
import { last, story } from '../../testing/story.ts';

const hung = { payload: { fault: 'heartbeat-lost' } } as const;
const aborted = 'aborted by ada: by hand';

describe('a recovery that an operator aborts', () => {
  it('ends at once when nothing was done', () => {
    expect(last(story(hung, '0 begun', '0 looked running 7', '0 budget', '1 aborted'))).toBe(
      `1 aborted: listening -> ending; ignored by aborted: ${aborted}; not restarted`,
    );
  });

  it('starts what it has stopped, and ends then', () => {
    const lines = story(
      hung,
      '0 begun',
      '0 looked running 7',
      '0 budget',
      '0 heartbeat not-yet',
      '0 act-begun stop 7',
      '1 act-ended stop done',
      '1 aborted',
      '1 looked stopped',
      '2 act-begun start 7',
      '3 act-ended start done',
      '3 looked running 8',
    );
    expect(lines.slice(6)).toEqual([
      '1 aborted: acting -> looking; look',
      '1 looked stopped: looking -> acting; start life 7 without fail',
      '2 act-begun start 7: acting -> acting',
      `3 act-ended start done: acting -> ending; failed by aborted: ${aborted}; restarted, and not waited for`,
      expect.stringContaining('ending -> ending'),
    ]);
  });

  it('does not begin the stop again that never happened', () => {
    const lines = story(
      hung,
      '0 begun',
      '0 looked running 7',
      '0 budget',
      '0 heartbeat not-yet',
      '0 act-begun stop 7',
      '3 taken-over',
      '3 aborted',
      '3 looked running 7',
    );
    expect(last(lines)).toBe(
      `3 looked running 7: looking -> ending; failed by aborted: ${aborted}; not restarted`,
    );
  });

  it('keeps the end that came about by itself', () => {
    const lines = story({}, '0 begun', '0 looked nothing', '0 aborted', '0 ended');
    expect(last(lines)).toContain('ending -> ended');
    expect(lines[2]).toContain('ignored by instance-gone');
  });
});

describe('a recovery that an operator has tried again', () => {
  const silent = [
    '0 begun',
    '0 looked running 8',
    '0 heartbeat not-yet',
    '300 heartbeat not-yet',
    '300 ended',
  ] as const;

  it('looks first, and does nothing to a guest that is well', () => {
    const lines = story({}, ...silent, '900 retry', '900 looked running 8', '901 heartbeat heard');
    expect(lines[5]).toBe('900 retry: ended -> looking; look');
    expect(last(lines)).toContain('finished by another-life');
  });

  it('is not restarted for the books of a cloud that tell it runs, though they may lag behind a crash', () => {
    const told = { payload: { hadHeartbeat: false } };
    const ended = ['0 begun', '0 looked rescued', '0 ended'] as const;
    const lines = story(told, ...ended, '60 retry', '60 looked running nova:req-1 by-record');
    expect(last(lines)).toContain('finished by another-life');
  });

  it('overrules the budget', () => {
    const spent = ['0 begun', '0 looked stopped', '0 budget 1 2 3', '0 ended'] as const;
    const lines = story({}, ...spent, '60 retry', '60 looked stopped', '60 heartbeat not-yet');
    expect(lines[2]).toContain('failed by restart-budget');
    expect(last(lines)).toContain('start');
  });

  it('leaves alone what somebody stopped', () => {
    const stopped = ['0 begun', '0 looked stopped by-operator', '0 ended'] as const;
    const lines = story({}, ...stopped, '60 retry', '60 looked stopped by-operator');
    expect(last(lines)).toContain('ignored by stopped-by-operator');
  });

  it('has its own day until it expires', () => {
    const away = (atSeconds: number) => [`${atSeconds} looked could-not-look`, `${atSeconds} tick`] as const;
    const days = 2 * 86_400;
    const lines = story(
      {},
      '0 begun',
      '0 looked nothing',
      '0 ended',
      `${days} retry`,
      ...away(days),
      ...away(days + 3),
      `${days + 9} looked could-not-look`,
    );
    expect(last(lines)).toContain('error by could-not-look');
  });

  it('is not begun again when it is verified', () => {
    const ended = ['0 begun', '0 looked running 8', '0 heartbeat heard', '0 ended'] as const;
    expect(last(story({}, ...ended, '60 retry'))).toBe('60 retry: ended -> ended');
  });
});
