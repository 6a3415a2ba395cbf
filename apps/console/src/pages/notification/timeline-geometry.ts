import type { TimelineEntry } from '@instance-ha/contracts';

/** One phase as a bar: it lasted from the phase before it to its own instant. Lengths are shares of the whole, 0 to 1. */
export type TimelineBar = {
  phase: TimelineEntry['phase'];
  at: string;
  detail: string | null;
  offsetMs: number;
  /** How long it took since the phase before; null for the first. */
  tookMs: number | null;
  start: number;
  length: number;
};

/** A phase that took no time is still to be seen. */
const leastLength = 0.006;

/**
 * Lays the phases of an incident out as a waterfall. Clocks of monitor and database may disagree by some milliseconds, so that a
 * phase can lie before the one it follows: it is then drawn without length, and its numbers stay as they were told.
 */
export function timelineBars(entries: readonly TimelineEntry[]): TimelineBar[] {
  const offsets = entries.map(({ offsetMs }) => offsetMs);
  const [first, last] = [Math.min(0, ...offsets), Math.max(0, ...offsets)];
  const wholeMs = Math.max(1, last - first);
  const share = (ms: number): number => (ms - first) / wholeMs;
  return entries.map((entry, index) => {
    const before = entries[index - 1]?.offsetMs;
    const { phase, at, detail, offsetMs } = entry;
    const from = before === undefined ? share(offsetMs) : Math.min(share(before), share(offsetMs));
    const length = Math.max(leastLength, share(offsetMs) - from);
    return {
      phase,
      at,
      detail,
      offsetMs,
      tookMs: before === undefined ? null : offsetMs - before,
      start: Math.min(from, 1 - leastLength),
      length: Math.min(length, 1 - Math.min(from, 1 - leastLength)),
    };
  });
}
