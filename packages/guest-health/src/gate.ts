import type { GatePolicy } from './policy.ts';

/** How many of the guests that were heard in their boot do not answer now. */
export type Crowd = { silent: number; heard: number };

/**
 * So many guests are silent together that the host, its storage or its network is likelier to be at fault than they.
 *
 * A host that is suspect already stays so while the share is that high and at least two are silent: guests that crash or
 * are switched off meanwhile make a crowd smaller, and the host no better.
 */
export function isCrowd(policy: GatePolicy, { silent, heard }: Crowd, alreadySuspect: boolean): boolean {
  const fewest = alreadySuspect ? Math.min(2, policy.hostSuspectMinGuests) : policy.hostSuspectMinGuests;
  return silent > 0 && silent >= fewest && silent >= policy.hostSuspectRatio * heard;
}

/**
 * What becomes of a verdict that rests on silence.
 *
 * | the guests of the host                                       | ruling |
 * | ------------------------------------------------------------ | ------ |
 * | too many are silent together                                 | `hold` |
 * | some were not asked since this one first missed               | `wait` |
 * | all were asked since, or that has taken too long              | `pass` |
 */
export function ruleOn(
  isCrowded: boolean,
  accused: { firstMissAskedMs: number; dueAtMs: number | null },
  asked: { oldestLookMs: number; atMs: number },
): 'hold' | 'wait' | 'pass' {
  if (isCrowded) return 'hold';
  const allAsked = asked.oldestLookMs >= accused.firstMissAskedMs;
  const tooLong = accused.dueAtMs !== null && asked.atMs >= accused.dueAtMs;
  return allAsked || tooLong ? 'pass' : 'wait';
}
