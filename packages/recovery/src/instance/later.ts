import type { RecoveryPolicy } from '../policy.ts';
import { doneInWords } from '../words.ts';
import { endAsError, pauseMs } from './ending.ts';
import { become, type Facts, type InstanceDecision } from './state.ts';

const inWords = {
  'could-not-look': 'it could not be looked at',
  busy: 'another operation holds it',
  'compute-down': 'nothing can be asked of its host',
} as const;

/** "Could not" is not "need not": it is looked at again, with a growing pause, and nothing is decided meanwhile. */
export function lookLater(
  policy: RecoveryPolicy,
  facts: Facts,
  rule: keyof typeof inWords,
  detail: string,
  atMs: number,
): InstanceDecision {
  const next = { ...facts, lookFailures: facts.lookFailures + 1 };
  // An outage may last for hours: after the first round one look is enough to learn that it does.
  if (next.lookFailures >= (facts.round === 1 ? policy.attemptLimit : 1)) {
    const reason = `${doneInWords(facts)}: ${inWords[rule]}: ${detail}`;
    return endAsError(policy, next, { rule, reason, atMs });
  }
  const untilMs = atMs + pauseMs(policy, next.lookFailures);
  const why = rule === 'busy' ? 'busy' : 'retry';
  return become(next, { phase: 'waiting', untilMs, why }, { type: 'wait', untilMs, why });
}
