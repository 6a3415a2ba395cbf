import type { RecoveryPolicy } from '../policy.ts';
import type { RecoveryEndStatus, RecoveryRule } from '../rule.ts';
import { durationInWords, ruledInWords } from '../words.ts';
import { become, type HostDecision, type HostFacts } from './state.ts';

export function end(
  facts: HostFacts,
  status: Exclude<RecoveryEndStatus, 'error'>,
  rule: RecoveryRule,
  reason: string,
): HostDecision {
  const ending = { status, rule, reason };
  return become(facts, { phase: 'ending', end: ending }, { type: 'end', end: ending });
}

/** Nothing is left to be moved. */
export function endMoved(facts: HostFacts): HostDecision {
  const moves = facts.moves ?? [];
  const count = (status: string): number => moves.filter(move => move.status === status).length;
  const [moved, failed, ignored] = [count('moved'), count('failed'), count('ignored')];
  const left = ignored === 0 ? '' : `, ${ignored} left where they are`;
  if (failed > 0) {
    const first = moves.find(({ status }) => status === 'failed');
    const why = first ? `: ${first.name ?? first.instanceUuid}: ${first.message ?? 'unknown'}` : '';
    return end(
      facts,
      'failed',
      'not-all-evacuated',
      `${moved} evacuated, ${failed} could not be${left}${why}`,
    );
  }
  if (moved === 0) return end(facts, 'finished', 'nothing-to-evacuate', `it had nothing to evacuate${left}`);
  return end(facts, 'finished', 'evacuated', `${moved} evacuated${left}`);
}

/** Nothing of ours is under way any more, and nothing further is begun. */
export function endAborted(facts: HostFacts): HostDecision {
  const told = [ruledInWords('aborted', facts.aborted)];
  const moves = facts.moves ?? [];
  const moved = moves.filter(({ status }) => status === 'moved').length;
  const left = moves.filter(({ status }) => status === 'failed').length;
  if (moves.length > 0) told.push(`${moved} evacuated, ${left} left where they are`);
  if (facts.begun) told.push('the host stays out of service');
  if (facts.returning) told.push('the host may count as up again, and is not enabled');
  const touched = facts.begun || facts.returning;
  return end(facts, touched ? 'failed' : 'ignored', 'aborted', told.join('; '));
}

export function endAfterOutage(policy: RecoveryPolicy, facts: HostFacts, detail: string): HostDecision {
  const waited = durationInWords(policy.expiryMs);
  return end(facts, 'failed', 'could-not-look', `${detail}; given up after ${waited}`);
}
