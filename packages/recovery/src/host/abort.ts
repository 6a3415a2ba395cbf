import type { RecoveryEvent } from '../event.ts';
import type { RecoveryPolicy } from '../policy.ts';
import { ruledInWords } from '../words.ts';
import { endAborted } from './ending.ts';
import { proceed } from './moving.ts';
import { become, type HostDecision, type HostFacts, type HostRecovery } from './state.ts';

/** What is under way is listed; where nothing is, `heedAbort` ends it. */
export function onAborted(
  state: HostRecovery,
  { by, reason }: Extract<RecoveryEvent, { type: 'aborted' }>,
): HostDecision {
  if (state.phase === 'ended') return { state, effects: [] };
  const facts = { ...state.facts, aborted: { by, reason } };
  if (state.phase === 'ending')
    return { state: { ...state, facts }, effects: [{ type: 'end', end: state.end }] };
  return become(facts, { phase: 'following' }, { type: 'list-evacuations' });
}

/**
 * Of an aborted recovery nothing further is asked for: what waits for its turn to be evacuated is left where it is. An
 * evacuation that may have been accepted is followed, and its instance brought back to how it was; then it ends.
 */
export function heedAbort(policy: RecoveryPolicy, decision: HostDecision, atMs: number): HostDecision {
  const { state } = decision;
  if (!state.facts.aborted || state.phase === 'ended') return decision;
  if (state.phase === 'ending')
    return state.end.rule === 'not-all-evacuated' ? endAborted(state.facts) : decision;
  const facts = leavePending(state.facts, atMs);
  if (!isUnderWay(facts)) return endAborted(facts);
  return facts === state.facts ? decision : proceed(policy, facts, atMs);
}

function leavePending(facts: HostFacts, atMs: number): HostFacts {
  const moves = facts.moves ?? [];
  if (!moves.some(({ status }) => status === 'pending')) return facts;
  const why = `it was not evacuated: ${ruledInWords('aborted', facts.aborted)}`;
  return {
    ...facts,
    moves: moves.map(move =>
      move.status === 'pending' ? { ...move, status: 'failed', sinceMs: atMs, message: why } : move,
    ),
  };
}

const isUnderWay = ({ moves }: HostFacts): boolean =>
  (moves ?? []).some(({ status }) => status === 'asked' || status === 'accepted' || status === 'settling');
