import type { RecoveryPolicy } from '../policy.ts';
import type { RecoveryEndStatus, RecoveryRule } from '../rule.ts';
import { doneInWords, durationInWords, times } from '../words.ts';
import { become, type Facts, type InstanceDecision } from './state.ts';

/** No retry is further away than this. */
export const longestRetryMs = 600_000;

export function end(
  facts: Facts,
  status: Exclude<RecoveryEndStatus, 'error'>,
  rule: RecoveryRule,
  reason: string,
): InstanceDecision {
  const ending = { status, rule, reason: told(facts, reason) };
  return become(facts, { phase: 'ending', end: ending }, { type: 'end', end: ending });
}

const told = ({ remark }: Facts, reason: string): string =>
  remark === null ? reason : `${reason}; ${remark}`;

/** Begun anew when the hold is over, or to see whether it was lifted; such a round counts for nothing. */
export function endUntilHoldIsOver(
  facts: Facts,
  { reason, leftMs }: { reason: string; leftMs: number },
): InstanceDecision {
  const retryInMs = Math.max(1000, Math.min(longestRetryMs, leftMs));
  const ending = {
    status: 'error',
    rule: 'held-by-owner',
    reason: `${reason}: not touched`,
    retryInMs,
  } as const;
  const uncounted = { ...facts, round: facts.round - 1 };
  return become(uncounted, { phase: 'ending', end: ending }, { type: 'end', end: ending });
}

/** The guest was heard since it failed: by our restart, or by itself. */
export function endHeard(facts: Facts): InstanceDecision {
  if (facts.progress.made !== 'restart-done')
    return end(facts, 'finished', 'came-back', 'came back by itself: heard again, and not restarted');
  const caution =
    facts.subject.payload.fault === 'io-error'
      ? '; its disk had failed, and a restart on the same host may fail again'
      : '';
  return end(facts, 'finished', 'verified', `${doneInWords(facts)}, and heard again${caution}`);
}

/** What the instance is not to blame for: it passes, and until then nothing was tried that could be counted. */
const outages: readonly RecoveryRule[] = ['could-not-look', 'busy', 'compute-down', 'nobody-listens'];

/**
 * An end that may pass: `error`, to be begun anew after a pause that doubles. It is `failed` after the last round, and
 * where an outage kept us from it, when the notification has expired.
 */
export function endAsError(
  policy: RecoveryPolicy,
  facts: Facts,
  { rule, reason, atMs }: { rule: RecoveryRule; reason: string; atMs: number },
): InstanceDecision {
  if (outages.includes(rule)) {
    if (atMs >= facts.expiresFromMs + policy.expiryMs)
      return end(facts, 'failed', rule, `${reason}; given up after ${durationInWords(policy.expiryMs)}`);
  } else if (facts.round >= policy.attemptLimit)
    return end(facts, 'failed', rule, `${reason}; given up after ${times(facts.round)}`);
  const retryInMs = pauseMs(policy, policy.attemptLimit + facts.round - 1);
  const ending = {
    status: 'error',
    rule,
    reason: told(facts, `${reason}; tried again in ${durationInWords(retryInMs)}`),
    retryInMs,
  } as const;
  return become(facts, { phase: 'ending', end: ending }, { type: 'end', end: ending });
}

/** The pause after so many failures: doubled each time, bounded. */
export const pauseMs = (policy: RecoveryPolicy, failures: number): number =>
  Math.min(longestRetryMs, policy.retryMs * 2 ** Math.max(0, failures - 1));
