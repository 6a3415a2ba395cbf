import { admitRestart } from '@instance-ha/guest-health';
import type { RecoveryEvent } from '../event.ts';
import type { RecoveryPolicy } from '../policy.ts';
import type { InstanceAct } from '../subject.ts';
import { doneInWords, faultInWords, times } from '../words.ts';
import { end, endAsError, endHeard, pauseMs } from './ending.ts';
import { mayBeginUntilMs, whyNotEvacuated } from './evacuation.ts';
import { lookLater } from './later.ts';
import { failedLife } from './life.ts';
import { listen } from './listen.ts';
import {
  become,
  type Facts,
  type InstanceDecision,
  isOffByUs,
  type Progress,
  type SeenInstance,
} from './state.ts';
import { askOwner } from './wishes.ts';

/** The instance is down or hung and somebody must act: ask its owner, then the budget, unless this restart was admitted already. */
export function needsRestart(
  policy: RecoveryPolicy,
  facts: Facts,
  seen: SeenInstance,
  atMs: number,
): InstanceDecision {
  if (endsOurStop(facts, nextAct(policy, facts, seen).act)) return beforeActing(policy, facts, seen, atMs);
  const asked = askOwner(policy, facts, seen, atMs);
  if ('decision' in asked) return asked.decision;
  const { made } = facts.progress;
  const isBegun = made !== 'nothing' && made !== 'restart-done';
  if (facts.admitted || isBegun) return beforeActing(policy, asked.facts, seen, atMs);
  const { windowMs } = policy.budget;
  return become(asked.facts, { phase: 'budgeting', seen }, { type: 'ask-budget', windowMs });
}

export function onBudget(
  policy: RecoveryPolicy,
  facts: Facts,
  seen: SeenInstance,
  event: Extract<RecoveryEvent, { type: 'budget' }>,
): InstanceDecision {
  const ofOthers = event.restartsAgoMs.map(agoMs => event.atMs - agoMs);
  const ofOurs = Array.from({ length: facts.restarts }, () => event.atMs);
  const admission = admitRestart(policy.budget, [...ofOthers, ...ofOurs], event.atMs);
  if (admission.admitted) return beforeActing(policy, { ...facts, admitted: true }, seen, event.atMs);
  const escalation = `${doneInWords(facts)}, but not heard again, and not hard rebooted: `;
  return end(facts, 'failed', 'restart-budget', `${facts.escalated ? escalation : ''}${admission.reason}`);
}

const nouns: Record<InstanceAct, string> = {
  stop: 'stop',
  start: 'start',
  'hard-reboot': 'hard-reboot',
  evacuate: 'evacuation',
};

/** The last question before an act: was the guest heard meanwhile? Not asked of one that we switched off ourselves. */
function beforeActing(
  policy: RecoveryPolicy,
  facts: Facts,
  seen: SeenInstance,
  atMs: number,
): InstanceDecision {
  const { act } = nextAct(policy, facts, seen);
  const { refused, failed, actFailures } = facts;
  const mustEndStop = endsOurStop(facts, act);
  if (facts.heard && !mustEndStop) return endHeard(facts);
  if (refused !== null)
    return end(facts, 'failed', 'act-refused', `the ${nouns[act]} was refused: ${refused}`);
  if (actFailures >= policy.attemptLimit)
    return endAsError(policy, facts, {
      rule: 'act-failed',
      reason: `the ${nouns[act]} failed ${times(actFailures)}: ${failed}`,
      atMs,
    });
  // One that has failed again is down: what was heard of it before that is no news of it.
  const downAgain = facts.again !== null && seen.state !== 'running';
  if (facts.subject.payload.hadHeartbeat && !mustEndStop && !downAgain)
    return listen(policy, facts, 'before-acting', seen, atMs);
  return proceed(policy, facts, seen, atMs);
}

/** Acts, where there is somebody to ask; in observe mode says what it would have done. */
export function proceed(
  policy: RecoveryPolicy,
  facts: Facts,
  seen: SeenInstance,
  atMs: number,
): InstanceDecision {
  const { act, life } = nextAct(policy, facts, seen);
  if (isOutOfReach(seen) && act !== 'evacuate') {
    const notEvacuated = `not evacuated: ${whyNotEvacuated(policy, facts, seen)}`;
    return lookLater(policy, facts, 'compute-down', `${seen.detail}; ${notEvacuated}`, atMs);
  }
  const untilMs = mayBeginUntilMs(facts, atMs);
  if (untilMs !== undefined)
    return become(
      facts,
      { phase: 'waiting', untilMs, why: 'retry' },
      { type: 'wait', untilMs, why: 'retry' },
    );
  const mayHold = !endsOurStop(facts, act);
  if (policy.mode === 'observe' && mayHold) {
    const why = `${faultInWords(facts.subject.payload.fault)}, and it is ${seen.detail}`;
    return end(facts, 'ignored', 'observe-mode', `observe mode: would have ${inWords[act]} it: ${why}`);
  }
  return doAct({ ...facts, original: facts.original ?? seen.state }, { act, life, mayHold });
}

/** What a compute service that is down is asked would be done whenever it comes back. */
const isOutOfReach = ({ hostService }: SeenInstance): boolean =>
  hostService === 'down' || hostService === 'forced-down';

/** The evacuation that was begun has moved it: the same act again sees to it that it runs there. */
export function finishEvacuation(
  policy: RecoveryPolicy,
  facts: Facts,
  { life }: Extract<Progress, { made: 'evacuate-begun' }>,
  atMs: number,
): InstanceDecision {
  const { refused, failed, actFailures } = facts;
  if (refused !== null) return end(facts, 'failed', 'act-refused', `it was evacuated; ${refused}`);
  if (actFailures >= policy.attemptLimit)
    return endAsError(policy, facts, {
      rule: 'act-failed',
      reason: `it was evacuated, and does not run: ${failed}`,
      atMs,
    });
  return doAct(facts, { act: 'evacuate', life, mayHold: false });
}

const inWords: Record<InstanceAct, string> = {
  stop: 'stopped and started',
  start: 'started',
  'hard-reboot': 'hard rebooted',
  evacuate: 'evacuated',
};

/**
 * What its host cannot be asked is done elsewhere, where that is safe; else it waits for its host.
 * Only a guest that runs, or hangs on to its resources, can be rebooted; one that is off is started whatever the method.
 */
function nextAct(
  policy: RecoveryPolicy,
  facts: Facts,
  seen: SeenInstance,
): { act: InstanceAct; life: string | null } {
  const { progress, escalated } = facts;
  const lastLife = 'life' in progress ? progress.life : failedLife(facts);
  if (isOutOfReach(seen) && whyNotEvacuated(policy, facts, seen) === null)
    return { act: 'evacuate', life: seen.life ?? lastLife };
  if (seen.state === 'stopped' || progress.made === 'stop-done' || progress.made === 'start-begun')
    return { act: 'start', life: lastLife };
  const life = seen.life ?? lastLife;
  const hard = escalated || policy.method === 'hard-reboot' || isAskedInVain(policy, facts, seen);
  if (hard && seen.state !== 'crashed') return { act: 'hard-reboot', life };
  return { act: 'stop', life };
}

/** A cloud stops an instance by asking its guest first, for a minute (Nova): one that does not answer is asked in vain. */
const isAskedInVain = (policy: RecoveryPolicy, { subject }: Facts, seen: SeenInstance): boolean =>
  policy.method === 'auto' &&
  seen.byRecord === true &&
  (subject.payload.fault === 'heartbeat-lost' || subject.payload.fault === 'agent-lost');

/** A guest that is off by our own hand is not left so: neither a pause nor observe mode keeps us from starting it. */
const endsOurStop = (facts: Facts, act: InstanceAct): boolean => {
  if (act === 'start') return isOffByUs(facts);
  const { made } = facts.progress;
  return act === 'evacuate' && (made === 'stop-done' || made === 'evacuate-begun') && isOffByUs(facts);
};

const doAct = (
  facts: Facts,
  next: { act: InstanceAct; life: string | null; mayHold: boolean },
): InstanceDecision => {
  const { act, life } = next;
  return become(
    facts,
    { phase: 'acting', act, life },
    { type: 'act', ...next, attempt: facts.actFailures + 1 },
  );
};

/** The intent is stored: from here until the act's end is stored too, it may or may not have happened. */
export function onActBegun(
  facts: Facts,
  event: Extract<RecoveryEvent, { type: 'act-begun' }>,
): InstanceDecision {
  const { act, life, atMs } = event;
  const progress: Progress =
    act === 'evacuate'
      ? { made: 'evacuate-begun', life, sinceMs: atMs, offByUs: isOffByUs(facts) }
      : { made: `${act}-begun`, life };
  return become({ ...facts, progress }, { phase: 'acting', act, life });
}

export function onActEnded(
  policy: RecoveryPolicy,
  facts: Facts,
  event: Extract<RecoveryEvent, { type: 'act-ended' }>,
): InstanceDecision {
  switch (event.outcome) {
    case 'done':
      return onDone({ ...facts, actFailures: 0, refused: null, failed: null }, event);
    case 'refused':
      return lookAgain({ ...facts, refused: event.detail });
    case 'failed': {
      const actFailures = facts.actFailures + 1;
      const next = { ...facts, actFailures, failed: event.detail };
      if (actFailures >= policy.attemptLimit) return lookAgain(next); // It may have happened all the same.
      const untilMs = event.atMs + pauseMs(policy, actFailures);
      return become(
        next,
        { phase: 'waiting', untilMs, why: 'retry' },
        { type: 'wait', untilMs, why: 'retry' },
      );
    }
  }
}

function onDone(
  facts: Facts,
  { act, detail }: Extract<RecoveryEvent, { type: 'act-ended' }>,
): InstanceDecision {
  switch (act) {
    case 'stop': {
      const life = 'life' in facts.progress ? facts.progress.life : null;
      const progress: Progress = { made: 'stop-done', life };
      return doAct({ ...facts, progress }, { act: 'start', life, mayHold: false });
    }
    case 'start':
    case 'hard-reboot':
      return lookAgain(restarted(facts, null));
    case 'evacuate':
      return end(facts, 'finished', 'rebuilt-elsewhere', `evacuated: ${detail}`);
  }
}

/** Notes that the restart happened, and which boot it made. After the escalation every restart is the last one. */
export function restarted(facts: Facts, life: string | null): Facts {
  const last = facts.escalated || facts.progress.made === 'hard-reboot-begun';
  const progress: Progress = { made: 'restart-done', life, by: last ? 'hard-reboot' : 'start' };
  return { ...facts, progress, restarts: facts.restarts + 1, listenedMs: 0 };
}

export const lookAgain = (facts: Facts): InstanceDecision =>
  become(facts, { phase: 'looking' }, { type: 'look' });
