import type { RecoveryEvent } from '../event.ts';
import type { RecoveryPolicy } from '../policy.ts';
import { doneInWords } from '../words.ts';
import { end } from './ending.ts';
import { needsRestart } from './restart.ts';
import { become, type Facts, type InstanceDecision, type SeenInstance } from './state.ts';

/** A monitor that sees the failure files it within milliseconds; after so long nobody saw it. */
const furtherWaitMs = 10_000;

/**
 * The boot we made is down. Its failure is another incident, with its own notification and within the budget: two
 * recoveries must not race. But a monitor that was away at that moment never files it, and then nobody else would act.
 */
export const failedAgain = (facts: Facts, seen: SeenInstance, atMs: number): InstanceDecision =>
  become(facts, { phase: 'asking-further', seen }, { type: 'await-further', untilMs: atMs + furtherWaitMs });

export function onFurther(
  policy: RecoveryPolicy,
  facts: Facts,
  seen: SeenInstance,
  { filed, atMs }: Extract<RecoveryEvent, { type: 'further' }>,
): InstanceDecision {
  if (filed)
    return end(
      facts,
      'failed',
      'failed-again',
      `${doneInWords(facts)}, and it failed again: it is ${seen.detail}`,
    );
  const lastLife = 'life' in facts.progress ? facts.progress.life : null;
  const again = { life: seen.life ?? lastLife, times: (facts.again?.times ?? 0) + 1 };
  const anew: Facts = {
    ...facts,
    again,
    progress: { made: 'nothing' },
    heard: false,
    admitted: false,
    escalated: false,
    actFailures: 0,
    refused: null,
    failed: null,
    listenedMs: 0,
  };
  return needsRestart(policy, anew, seen, atMs);
}
