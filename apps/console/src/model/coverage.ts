import type { MonitorRecord } from '@instance-ha/contracts';

export type PhaseCounts = Readonly<Record<string, number>>;

/**
 * How well the guests are watched, by what their monitors say of them.
 *
 * - `full`: both a crash and a silent death would be seen
 * - `crashOnly`: a crash would be seen, silence would not: no agent, or one that has not answered since the start
 * - `notWatched`: guests of hosts whose monitor is blind or not heard; whatever was said of them is old
 * - `off`: by somebody's wish, nothing to watch
 */
export type Coverage = { total: number; full: number; crashOnly: number; notWatched: number; off: number };

const crashOnlyPhases = ['unmonitored', 'unproven', 'unknown'];
const offPhases = ['stopped', 'suspended'];

type Monitor = Pick<MonitorRecord, 'silent' | 'state' | 'guestsByPhase'>;

export function coverage(monitors: readonly Monitor[]): Coverage {
  const found: Coverage = { total: 0, full: 0, crashOnly: 0, notWatched: 0, off: 0 };
  for (const { silent, state, guestsByPhase } of monitors)
    for (const [phase, count] of Object.entries(guestsByPhase)) {
      found.total += count;
      if (offPhases.includes(phase)) found.off += count;
      else if (silent || state === 'blind') found.notWatched += count;
      else if (crashOnlyPhases.includes(phase)) found.crashOnly += count;
      else found.full += count;
    }
  return found;
}

/** Guests by phase over all hosts. */
export function phaseCounts(monitors: readonly Monitor[]): PhaseCounts {
  const counts: Record<string, number> = {};
  for (const { guestsByPhase } of monitors)
    for (const [phase, count] of Object.entries(guestsByPhase)) counts[phase] = (counts[phase] ?? 0) + count;
  return counts;
}
