import { describe, expect, it } from 'vitest';
import { coverage, phaseCounts } from './coverage.ts';

const watching = { silent: false, state: 'watching' } as const;

describe('how well guests are watched', () => {
  it('counts each guest once', () => {
    const monitors = [
      { ...watching, guestsByPhase: { alive: 5, unmonitored: 2, unproven: 1, stopped: 1, failed: 1 } },
      { silent: true, state: 'watching', guestsByPhase: { alive: 3, stopped: 1 } },
      { silent: false, state: 'blind', guestsByPhase: { alive: 2 } },
    ] as const;
    expect(coverage(monitors)).toEqual({ total: 16, full: 6, crashOnly: 3, notWatched: 5, off: 2 });
    expect(phaseCounts(monitors)).toEqual({ alive: 10, unmonitored: 2, unproven: 1, stopped: 2, failed: 1 });
  });

  it('is nothing without monitors', () => {
    expect(coverage([])).toEqual({ total: 0, full: 0, crashOnly: 0, notWatched: 0, off: 0 });
  });
});
