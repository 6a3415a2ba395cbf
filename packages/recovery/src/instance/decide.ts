/**
 * One failed instance, brought back and proven to be back.
 *
 *                                              ┌────────────── could not look, busy, act failed ◀─┐
 *                                              ▼                                                  │
 *   begun ──▶ looking ◀──── tick ────────── waiting ◀──── paused ─────────────────────────┐       │
 *               │  ▲                                                                      │       │
 *               │  └── taken-over (from anywhere) · act ended · silence of the handler ───┼───────┤
 *               ▼                                                                         │       │
 *     a verdict on what was seen                                                          │       │
 *       │ gone, paused, stopped, rescued, in ERROR ─────────▶ ending: ignored             │       │
 *       │ runs a boot that is not the failed one ───▶ listening: another-life             │       │
 *       │ libvirt or QEMU takes it down to bring it back ──▶ waiting, a moment and once ───┤       │
 *       │ libvirt or QEMU brings it back ───────────▶ listening: handled                  │       │
 *       │ runs the boot we made ────────────────────▶ listening: verify ──▶ ending: finished      │
 *       │                                                │ silence, once: hard reboot ─▶ budgeting  │
 *       ▼ needs a restart                                                                 │       │
 *   budgeting ──▶ listening: before-acting ──▶ acting: stop ──▶ acting: start ────────────┴───────┘
 *       │                 │ heard ──▶ ending: finished, untouched
 *       └──▶ ending: failed, over budget
 *
 *   not marked for recovery ──▶ ending: ignored · held by its owner ──▶ ending: error, begun anew when the hold is over
 *   its compute service is down ──▶ waiting; or acting: evacuate, where its QEMU is proven to be gone ──▶ ending: finished
 *
 *   the boot we made is down ──▶ asking-further ── filed ──▶ ending: failed, left to that notification
 *                                                └─ nobody filed it ──▶ budgeting: restarted again, by this recovery
 *
 *   ending ──ended──▶ ended; after `error`, or by an operator's retry, begun leads to looking again with all facts kept.
 *   aborted ──▶ ending, from anywhere but between our own stop and its start: the start is done first.
 *
 * What makes it safe to die anywhere: every act is stored before it is done, and whoever goes on looks first. An act
 * in doubt is never repeated blindly; the boot it was meant for tells whether it happened.
 */

import { mayBeginAgain, type RecoveryEvent } from '../event.ts';
import type { RecoveryPolicy } from '../policy.ts';
import type { InstanceSubject } from '../subject.ts';
import { heedAbort, onAborted } from './abort.ts';
import { onFurther } from './further.ts';
import { onHeartbeat } from './heartbeat.ts';
import { countTime } from './listen.ts';
import { onLooked } from './looked.ts';
import { lookAgain, onActBegun, onActEnded, onBudget } from './restart.ts';
import { become, type Facts, type InstanceDecision, type InstanceRecovery } from './state.ts';

export const beginInstance = (subject: InstanceSubject): InstanceDecision =>
  lookAgain({
    subject,
    again: null,
    round: 1,
    progress: { made: 'nothing' },
    original: null,
    restarts: 0,
    remark: null,
    heard: false,
    admitted: false,
    escalated: false,
    gaveTime: false,
    settlesAtMs: null,
    lookFailures: 0,
    actFailures: 0,
    refused: null,
    failed: null,
    listenedMs: 0,
    deafMs: 0,
    aborted: null,
    expiresFromMs: 0,
  });

/** Nothing further is begun once an operator has aborted it; what is between our own stop and its start goes on so far. */
export function decideInstance(
  policy: RecoveryPolicy,
  state: InstanceRecovery,
  event: RecoveryEvent,
): InstanceDecision {
  return heedAbort(event.type === 'aborted' ? onAborted(state, event) : onFact(policy, state, event));
}

/** What the act itself saw of the instance when it had ended spares the look that would come next. */
function asSeen(
  policy: RecoveryPolicy,
  decision: InstanceDecision,
  { sighting, atMs }: Extract<RecoveryEvent, { type: 'act-ended' }>,
): InstanceDecision {
  const { state } = decision;
  return sighting && state.phase === 'looking' ? onLooked(policy, state.facts, sighting, atMs) : decision;
}

/** An event that does not fit the phase changes nothing, save the facts about acts: those are true whatever is waited for. */
function onFact(
  policy: RecoveryPolicy,
  state: InstanceRecovery,
  event: Exclude<RecoveryEvent, { type: 'aborted' }>,
): InstanceDecision {
  const { facts } = state;
  const stay: InstanceDecision = { state, effects: [] };
  if (state.phase === 'ended' && !mayBeginAgain(state.end, event)) return stay;
  switch (event.type) {
    case 'begun':
      if (event.retry) return lookAgain(retried(facts, event.atMs));
      return lookAgain(state.phase === 'ended' ? nextRound(facts) : facts);
    case 'taken-over':
      return lookAgain({ ...facts, lookFailures: 0 });
    case 'looked':
      return state.phase === 'looking' ? onLooked(policy, facts, event.sighting, event.atMs) : stay;
    case 'budget':
      return state.phase === 'budgeting' ? onBudget(policy, facts, state.seen, event) : stay;
    case 'heartbeat':
      if (state.phase !== 'listening') return stay;
      return onHeartbeat(policy, facts, state, event.sighting, event.atMs);
    case 'further':
      return state.phase === 'asking-further' ? onFurther(policy, facts, state.seen, event) : stay;
    case 'act-begun':
      return onActBegun(facts, event);
    case 'act-ended':
      return asSeen(policy, onActEnded(policy, facts, event), event);
    case 'paused': {
      const { untilMs } = event;
      if (state.phase !== 'acting') return stay;
      return become(
        facts,
        { phase: 'waiting', untilMs, why: 'pause' },
        { type: 'wait', untilMs, why: 'pause' },
      );
    }
    case 'tick':
      if (state.phase === 'waiting') return lookAgain(facts);
      // Something happened to the instance: it may have failed again, which its heartbeat alone would tell late.
      if (state.phase === 'listening') return lookAgain(countTime(facts, state, event.atMs));
      return stay;
    case 'host-context':
    case 'turn':
    case 'host-looked':
    case 'host-act-begun':
    case 'host-act-ended':
    case 'instances':
    case 'evacuations-begun':
    case 'evacuations-asked':
    case 'evacuations':
    case 'restored':
    case 'process-context':
    case 'monitor-act-begun':
    case 'monitor-act-ended':
    case 'service-looked':
    case 'service-act-begun':
    case 'service-act-ended':
      return stay; // Facts of another workflow.
    case 'ended': {
      const { status, rule, reason, retryInMs } = event;
      const end = { status, rule, reason, ...(retryInMs === undefined ? {} : { retryInMs }) };
      return become(facts, { phase: 'ended', end });
    }
  }
}

/** What was done stays known; what was merely tried is tried afresh. */
const nextRound = (facts: Facts): Facts => ({
  ...facts,
  round: facts.round + 1,
  admitted: false,
  lookFailures: 0,
  actFailures: 0,
  refused: null,
  failed: null,
  listenedMs: 0,
  deafMs: 0,
});

/**
 * Begun again by an operator: as in a further round, and the budget is theirs to overrule. A restart that was done stays
 * done: it is listened for anew, and only silence leads to the last means again.
 */
const retried = (facts: Facts, atMs: number): Facts => ({
  ...nextRound(facts),
  progress: facts.progress.made === 'restart-done' ? { ...facts.progress, by: 'start' } : facts.progress,
  round: 1,
  admitted: true,
  escalated: false,
  aborted: null,
  expiresFromMs: atMs,
});
