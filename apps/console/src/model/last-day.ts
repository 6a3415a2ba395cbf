import type { LastDay } from '@instance-ha/contracts';

/** The answer in one sentence: "By what runs now 3 instances would have been reported in the last day, by this 1." */
export function lastDayInWords({
  before,
  after,
  recordedSince,
}: Pick<LastDay, 'before' | 'after' | 'recordedSince'>): string {
  const instances = (count: number): string => `${count} ${count === 1 ? 'instance' : 'instances'}`;
  if (recordedSince === null) return 'What this would have done in the last day is not known.';
  if (before === 0 && after === 0) return 'In the last day no instance would have been reported, by either.';
  return `By what runs now ${instances(before)} would have been reported in the last day, by this ${after}.`;
}
