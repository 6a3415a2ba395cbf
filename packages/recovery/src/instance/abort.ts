import type { RecoveryEvent } from '../event.ts';
import { doneInWords, ruledInWords } from '../words.ts';
import { end } from './ending.ts';
import { lookAgain } from './restart.ts';
import type { Facts, InstanceDecision, InstanceRecovery } from './state.ts';

/** Looks first, because an act may be in doubt; `heedAbort` ends what need not go on. */
export function onAborted(
  state: InstanceRecovery,
  { by, reason }: Extract<RecoveryEvent, { type: 'aborted' }>,
): InstanceDecision {
  if (state.phase === 'ended') return { state, effects: [] };
  const facts = { ...state.facts, aborted: { by, reason } };
  if (state.phase === 'ending')
    return { state: { ...state, facts }, effects: [{ type: 'end', end: state.end }] };
  return lookAgain(facts);
}

/**
 * Lets a decision pass that leads an aborted recovery to its end, and ends it in the place of any other. An end that came
 * about by itself stands; a guest that is off by our hand, or may be, is looked at and started.
 */
export function heedAbort(decision: InstanceDecision): InstanceDecision {
  const { state, effects } = decision;
  const { facts } = state;
  if (!facts.aborted || state.phase === 'ended') return decision;
  if (state.phase === 'ending' && state.end.status !== 'error') return decision;
  const [effect] = effects;
  const beginsAnew =
    effect !== undefined &&
    (effect.type === 'ask-budget' ||
      effect.type === 'await-heartbeat' ||
      effect.type === 'await-further' ||
      (effect.type === 'act' && effect.mayHold));
  return isBetween(facts) && !beginsAnew ? decision : endAborted(facts);
}

/** A stop or a hard reboot was begun, and the start that follows has not been seen to be done. */
const isBetween = ({ progress: { made } }: Facts): boolean => made !== 'nothing' && made !== 'restart-done';

function endAborted(facts: Facts): InstanceDecision {
  const touched = facts.progress.made !== 'nothing' || facts.again !== null;
  const seen = facts.progress.made === 'restart-done' ? ', and not waited for' : '';
  const reason = `${ruledInWords('aborted', facts.aborted)}; ${doneInWords(facts)}${seen}`;
  return end(facts, touched ? 'failed' : 'ignored', 'aborted', reason);
}
