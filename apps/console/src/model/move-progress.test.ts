import { describe, expect, it } from 'vitest';
import { moveProgress, percent } from './move-progress.ts';

describe('the progress of a recovery', () => {
  it('counts every move once', () => {
    const moves = (['succeeded', 'failed', 'pending', 'ongoing', 'ignored'] as const).map(status => ({
      status,
    }));
    expect(moveProgress(moves)).toEqual({ total: 5, succeeded: 1, failed: 1, ignored: 1, open: 2 });
  });

  it('is nothing of nothing', () => {
    expect(percent(0, 0)).toBe(0);
    expect(percent(1, 4)).toBe(25);
  });
});
