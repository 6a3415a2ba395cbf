import type { RecoveryPolicy } from '../policy.ts';
import { holdOf, instantOf, isMarked, whyUnmarked } from '../protection.ts';
import { durationInWords } from '../words.ts';
import { end, endUntilHoldIsOver } from './ending.ts';
import type { Facts, InstanceDecision, SeenInstance } from './state.ts';

/**
 * Whether its owner wants it to be recovered, by its metadata; where there is none, nothing says no. `remark` goes with the
 * facts: what was written and not followed is told with the end.
 */
export function askOwner(
  policy: RecoveryPolicy,
  facts: Facts,
  { metadata }: SeenInstance,
  atMs: number,
): { facts: Facts } | { decision: InstanceDecision } {
  if (!metadata) return { facts };
  const { processAllInstances, haEnabledKey, expiryMs } = policy;
  if (!processAllInstances && !isMarked(metadata, haEnabledKey)) {
    const reason = `${whyUnmarked(metadata, haEnabledKey)}, and process_all_instances is off`;
    return { decision: end(facts, 'ignored', 'not-marked', reason) };
  }
  const hold = holdOf(metadata, instantOf(facts.subject, atMs));
  switch (hold.hold) {
    case 'none':
      return { facts: { ...facts, remark: null } };
    case 'over':
    case 'unreadable':
      return { facts: { ...facts, remark: hold.remark } };
    case 'until': {
      const reason = `its owner holds it until ${hold.text}`;
      if (atMs + hold.leftMs < expiryMs)
        return { decision: endUntilHoldIsOver(facts, { reason, leftMs: hold.leftMs }) };
      const longer = `${reason}, and its notification lives for ${durationInWords(expiryMs)}`;
      return { decision: end(facts, 'ignored', 'held-by-owner', `${longer}: not touched`) };
    }
  }
}
