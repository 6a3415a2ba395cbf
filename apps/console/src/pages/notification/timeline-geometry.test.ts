import type { TimelineEntry } from '@instance-ha/contracts';
import { describe, expect, it } from 'vitest';
import { timelineBars } from './timeline-geometry.ts';

const entry = (phase: TimelineEntry['phase'], offsetMs: number): TimelineEntry => ({
  phase,
  offsetMs,
  at: '2026-01-01T00:00:00.000Z',
  detail: null,
});
const shown = (...entries: TimelineEntry[]) =>
  timelineBars(entries).map(({ phase, start, length, tookMs }) => [phase, start, length, tookMs]);

describe('the picture of a timeline', () => {
  it('begins each bar where the phase before ended', () => {
    expect(shown(entry('fault', 0), entry('detected', 250), entry('ended', 1000))).toEqual([
      ['fault', 0, 0.006, null],
      ['detected', 0, 0.25, 250],
      ['ended', 0.25, 0.75, 750],
    ]);
  });

  it('stays within the picture whatever the clocks say', () => {
    const bars = timelineBars([
      entry('fault', 0),
      entry('detected', -20),
      entry('notified', 5),
      entry('ended', 5),
    ]);
    for (const { start, length } of bars) {
      expect(start).toBeGreaterThanOrEqual(0);
      expect(length).toBeGreaterThan(0);
      expect(start + length).toBeLessThanOrEqual(1 + 1e-9);
    }
  });

  it('draws a single moment', () => {
    expect(shown(entry('fault', 0))).toEqual([['fault', 0, 0.006, null]]);
  });
});
