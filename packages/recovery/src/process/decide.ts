/**
 * One dead process of a compute host: its monitor is asked to restart it, and it is finished when it runs and, where it is
 * the cloud's compute service, when the cloud hears it again. What cannot be brought back is disabled in the cloud, so that
 * nothing is placed there; the instances stay where they are, for they run.
 *
 *   begun ──▶ context ── not to be acted on ──▶ ending
 *                │ it died
 *                ▼
 *      ┌──▶ look (ask its monitor) ── stopped by somebody ──▶ ending
 *      │      │ absent    │ runs       │ its monitor cannot tell
 *      │      ▼           ▼            ▼
 *      └── restart ──▶  verify (ask the cloud) ── it is heard ──▶ enable, when we had disabled it ──▶ ending
 *             │           │ it is not heard in time: restart again
 *             ▼           ▼
 *        too often ──▶ disable ──▶ ending
 *
 *   begun ──▶ context ── it is back ──▶ returning (ask the cloud) ── disabled by us ──▶ enable ──▶ ending
 *
 *   aborted ──▶ ending at once: what its monitor or the cloud was asked for already is safe to be done
 *
 * What makes it safe to die anywhere: what a monitor is asked is numbered, and asking the same number again asks nothing
 * new. A restart in doubt is followed by a look, never by a second one blindly.
 */
import type { ProcessSighting } from '@instance-ha/process-health';
import type { RecoveryEffect } from '../effect.ts';
import { mayBeginAgain, type RecoveryEvent } from '../event.ts';
import type { RecoveryPolicy } from '../policy.ts';
import type { RecoveryEndStatus, RecoveryRule } from '../rule.ts';
import { durationInWords, ruledInWords } from '../words.ts';
import { computeProcess } from './context.ts';
import { judgeProcess } from './gates.ts';
import { isDisabledByUs } from './service-reason.ts';
import type {
  ProcessDecision,
  ProcessFacts,
  ProcessRecovery,
  ProcessStage,
  ProcessSubject,
} from './state.ts';

export const beginProcess = (policy: RecoveryPolicy, subject: ProcessSubject): ProcessDecision =>
  to(policy, {
    subject,
    stage: 'context',
    context: null,
    answered: 0,
    restarts: 0,
    seen: 'unknown',
    life: null,
    verifying: null,
    failures: 0,
    why: null,
    aborted: null,
    retried: false,
    expiresFromMs: 0,
  });

/** From the start, by an operator's wish. The numbers of what the monitor was asked go on. */
const retried = (facts: ProcessFacts, atMs: number): ProcessFacts => ({
  ...facts,
  stage: 'context',
  context: null,
  restarts: 0,
  seen: 'unknown',
  life: null,
  verifying: null,
  failures: 0,
  why: null,
  aborted: null,
  retried: true,
  expiresFromMs: atMs,
});

export function decideProcessRecovery(
  policy: RecoveryPolicy,
  state: ProcessRecovery,
  event: RecoveryEvent,
): ProcessDecision {
  const { facts } = state;
  const stay: ProcessDecision = { state, effects: [] };
  if (state.phase === 'ended' && !mayBeginAgain(state.end, event)) return stay;
  switch (event.type) {
    case 'begun':
      return to(policy, event.retry ? retried(facts, event.atMs) : facts);
    case 'aborted':
      return onAborted(state, event);
    case 'taken-over':
      return to(policy, { ...facts, failures: 0, stage: takenOver(facts.stage) });
    case 'process-context':
      return facts.stage === 'context'
        ? onContext(policy, { ...facts, context: event.context, failures: 0 }, event.atMs)
        : stay;
    case 'monitor-act-begun':
      return event.number === facts.answered + 1 ? doing(facts) : stay;
    case 'monitor-act-ended':
      return event.number === facts.answered + 1 ? onMonitor(policy, facts, event) : stay;
    case 'service-looked':
      return onService(policy, facts, event);
    case 'service-act-begun':
      return doing(facts);
    case 'service-act-ended':
      return onServiceAct(policy, facts, event);
    case 'paused':
      // What was seen before the pause is old after it.
      return waiting({ ...facts, stage: anew[facts.stage] }, event.untilMs, 'pause', event.reason);
    case 'tick':
      return state.phase === 'waiting' ? to(policy, facts) : stay;
    case 'ended': {
      const { status, rule, reason } = event;
      return {
        state: { workflow: 'process', facts, phase: 'ended', end: { status, rule, reason } },
        effects: [],
      };
    }
    case 'looked':
    case 'budget':
    case 'heartbeat':
    case 'further':
    case 'act-begun':
    case 'act-ended':
    case 'host-context':
    case 'host-act-begun':
    case 'host-act-ended':
    case 'instances':
    case 'evacuations-begun':
    case 'evacuations-asked':
    case 'evacuations':
    case 'restored':
    case 'turn':
    case 'host-looked':
      return stay;
  }
}

/** What goes before each stage when time has passed. */
const anew: Record<ProcessStage, ProcessStage> = {
  context: 'context',
  look: 'look',
  restart: 'look',
  verify: 'verify',
  disable: 'look',
  returning: 'returning',
  enable: 'returning',
};

/** Who takes over asks for the same restart again, which asks nothing new, and looks before it does anything else. */
const takenOver = (stage: ProcessStage): ProcessStage => (stage === 'restart' ? 'restart' : anew[stage]);

const isCompute = ({ subject }: ProcessFacts): boolean => subject.payload.processName === computeProcess;
/** Whether a cloud can be asked about the process and told to keep off its host. */
const isKnownToCloud = (policy: RecoveryPolicy, facts: ProcessFacts): boolean =>
  policy.process.hasControl && isCompute(facts);

function effectOf(policy: RecoveryPolicy, facts: ProcessFacts): RecoveryEffect {
  const { takeTimeoutMs: takeWithinMs, restartTimeoutMs, budget } = policy.process;
  const number = facts.answered + 1;
  switch (facts.stage) {
    case 'context':
      return { type: 'ask-process-context', windowMs: budget.windowMs };
    case 'look':
      return {
        type: 'monitor-act',
        kind: 'look-at-process',
        number,
        life: null,
        takeWithinMs,
        doneWithinMs: policy.actTimeoutMs,
        mayHold: false,
      };
    case 'restart':
      return {
        type: 'monitor-act',
        kind: 'restart-process',
        number,
        life: facts.life,
        takeWithinMs,
        doneWithinMs: restartTimeoutMs,
        mayHold: true,
      };
    case 'verify':
    case 'returning':
      return { type: 'look-service' };
    case 'disable':
    case 'enable':
      return { type: 'service-act', act: facts.stage, mayHold: true };
  }
}

const to = (
  policy: RecoveryPolicy,
  facts: ProcessFacts,
  stage: ProcessStage = facts.stage,
): ProcessDecision => {
  const next = { ...facts, stage };
  return { state: { workflow: 'process', facts: next, phase: 'doing' }, effects: [effectOf(policy, next)] };
};

const doing = (facts: ProcessFacts): ProcessDecision => ({
  state: { workflow: 'process', facts, phase: 'doing' },
  effects: [],
});

const waiting = (
  facts: ProcessFacts,
  untilMs: number,
  why: 'retry' | 'busy' | 'pause' | 'poll',
  detail?: string,
): ProcessDecision => ({
  state: { workflow: 'process', facts, phase: 'waiting', untilMs, why },
  effects: [{ type: 'wait', untilMs, why, ...(detail === undefined ? {} : { detail }) }],
});

function end(
  facts: ProcessFacts,
  status: Exclude<RecoveryEndStatus, 'error'>,
  rule: RecoveryRule,
  reason: string,
): ProcessDecision {
  const ending = { status, rule, reason };
  return {
    state: { workflow: 'process', facts, phase: 'ending', end: ending },
    effects: [{ type: 'end', end: ending }],
  };
}

function onAborted(
  state: ProcessRecovery,
  { by, reason }: Extract<RecoveryEvent, { type: 'aborted' }>,
): ProcessDecision {
  const facts = { ...state.facts, aborted: { by, reason } };
  if (state.phase === 'ending')
    return { state: { ...state, facts }, effects: [{ type: 'end', end: state.end }] };
  const touched = facts.restarts > 0 || ['restart', 'disable', 'enable'].includes(facts.stage);
  const told = ruledInWords('aborted', facts.aborted);
  return touched
    ? end(facts, 'failed', 'aborted', `${told}; what was asked for before may still be done`)
    : end(facts, 'ignored', 'aborted', told);
}

const longestPauseMs = 15_000;

/** A question or an act failed: again after a pause that grows, for as long as the notification has not expired. */
function later(
  policy: RecoveryPolicy,
  facts: ProcessFacts,
  detail: string,
  atMs: number,
  why: 'retry' | 'busy' = 'retry',
): ProcessDecision {
  const failures = facts.failures + 1;
  if (atMs >= facts.expiresFromMs + policy.expiryMs)
    return end(
      facts,
      'failed',
      'could-not-look',
      `${detail}; given up after ${durationInWords(policy.expiryMs)}`,
    );
  const pauseMs = Math.min(longestPauseMs, policy.retryMs * 2 ** Math.min(10, failures - 1));
  return waiting({ ...facts, failures }, atMs + pauseMs, why, detail);
}

function onContext(policy: RecoveryPolicy, facts: ProcessFacts, atMs: number): ProcessDecision {
  if (!facts.context) return to(policy, facts);
  const verdict = judgeProcess(policy, facts.subject, facts.context);
  switch (verdict.go) {
    case 'end':
      return end(facts, verdict.status, verdict.rule, verdict.why);
    case 'wait':
      return later(policy, facts, 'an earlier notification of the process is still open', atMs, 'busy');
    case 'recover':
      return to(policy, facts, 'look');
    case 'return':
      return to(policy, facts, 'returning');
  }
}

type MonitorActEnded = Extract<RecoveryEvent, { type: 'monitor-act-ended' }>;

function onMonitor(policy: RecoveryPolicy, before: ProcessFacts, event: MonitorActEnded): ProcessDecision {
  const answered = before.answered + 1;
  const facts = { ...before, answered };
  if (event.kind === 'restart-process') return onRestart(policy, facts, event);
  if (event.outcome !== 'done' || !event.sighting || event.sighting.seen === 'could-not-look')
    return onUnknown(policy, { ...facts, seen: 'unknown' }, event);
  return onSeen(policy, { ...facts, failures: 0 }, event.sighting, event.atMs);
}

/** What the monitor sees of the process. */
function onSeen(
  policy: RecoveryPolicy,
  facts: ProcessFacts,
  sighting: Exclude<ProcessSighting, { seen: 'could-not-look' }>,
  atMs: number,
): ProcessDecision {
  if (sighting.seen === 'running') return runs(policy, { ...facts, life: sighting.life }, atMs);
  const { wish, detail } = sighting;
  if (wish === 'stopped')
    return end(facts, 'ignored', 'stopped-by-operator', `it was stopped in an orderly way: ${detail}`);
  return onDead(policy, { ...facts, seen: 'absent', life: null, verifying: null, why: facts.why ?? detail });
}

/** However it ended, a look tells more than its words; one that was done was looked at by the monitor itself. */
function onRestart(policy: RecoveryPolicy, facts: ProcessFacts, event: MonitorActEnded): ProcessDecision {
  const { restartAttempts } = policy.process;
  const { outcome, sighting } = event;
  // It was not what was meant any more, and was left alone.
  if (outcome === 'refused' && sighting && sighting.seen !== 'could-not-look')
    return onSeen(policy, facts, sighting, event.atMs);
  // Asking again for what is refused does not help.
  const restarts =
    event.outcome === 'refused' ? Math.max(facts.restarts + 1, restartAttempts) : facts.restarts + 1;
  if (event.outcome === 'done' && event.sighting?.seen === 'running')
    return runs(policy, { ...facts, restarts, life: event.sighting.life, why: null }, event.atMs);
  const next = { ...facts, restarts, why: `restarting it: ${event.detail}` };
  if (event.outcome !== 'failed' || restarts >= restartAttempts) return to(policy, next, 'look');
  const pauseMs = Math.min(longestPauseMs, policy.retryMs * 2 ** (restarts - 1));
  return waiting({ ...next, stage: 'look' }, event.atMs + pauseMs, 'retry', event.detail);
}

/** The monitor says that it does not run. */
function onDead(policy: RecoveryPolicy, facts: ProcessFacts): ProcessDecision {
  const { budget, restartAttempts } = policy.process;
  const deaths = facts.context?.deaths ?? 1;
  if (deaths > budget.restarts && !facts.retried) {
    const why = `it died ${deaths} times within ${durationInWords(budget.windowMs)}: not restarted any more`;
    return giveUp(policy, { ...facts, why }, 'restart-budget');
  }
  return facts.restarts < restartAttempts
    ? to(policy, facts, 'restart')
    : giveUp(policy, facts, 'not-restarted');
}

/** The monitor could not be asked, or could not look: a few times again, then the cloud is asked. */
function onUnknown(
  policy: RecoveryPolicy,
  facts: ProcessFacts,
  { outcome, detail, atMs }: MonitorActEnded,
): ProcessDecision {
  const why = facts.why ?? `its monitor cannot tell whether it runs: ${detail}`;
  if (outcome !== 'refused' && facts.failures + 1 < policy.attemptLimit)
    return later(policy, facts, why, atMs);
  const next = { ...facts, why, failures: 0 };
  if (isKnownToCloud(policy, facts)) return verify(policy, next, atMs);
  const rule =
    outcome === 'refused' ? 'act-refused' : outcome === 'expired' ? 'nobody-listens' : 'could-not-look';
  return end(next, 'failed', rule, why);
}

/** The monitor sees it run. */
function runs(policy: RecoveryPolicy, facts: ProcessFacts, atMs: number): ProcessDecision {
  const seen = { ...facts, seen: 'running' as const };
  return isKnownToCloud(policy, seen) ? verify(policy, seen, atMs) : finish(seen);
}

const verify = (policy: RecoveryPolicy, facts: ProcessFacts, atMs: number): ProcessDecision =>
  to(policy, { ...facts, verifying: { sinceMs: atMs, reportedAt: null } }, 'verify');

const finish = (facts: ProcessFacts, also = ''): ProcessDecision =>
  facts.restarts > 0
    ? end(facts, 'finished', 'verified', `restarted, and runs${also}`)
    : end(facts, 'finished', 'came-back', `it runs again, and it was not restarted${also}`);

function onService(
  policy: RecoveryPolicy,
  facts: ProcessFacts,
  { sighting, atMs }: Extract<RecoveryEvent, { type: 'service-looked' }>,
): ProcessDecision {
  if (facts.stage !== 'verify' && facts.stage !== 'returning') return doing(facts);
  if (sighting.seen === 'could-not-look') {
    // A cloud that is away says nothing about the service: its time begins anew.
    const verifying = facts.verifying && { sinceMs: atMs, reportedAt: null };
    return later(policy, { ...facts, verifying }, `the compute service: ${sighting.detail}`, atMs);
  }
  const known = { ...facts, failures: 0 };
  if (sighting.seen === 'nothing')
    return facts.stage === 'returning'
      ? end(known, 'finished', 'process-is-back', `it is back; ${sighting.detail}`)
      : notHeard(policy, { ...known, why: sighting.detail });
  const mayEnable = !sighting.enabled && isDisabledByUs(sighting.disabledReason);
  if (facts.stage === 'returning') {
    if (!mayEnable) return end(known, 'finished', 'process-is-back', 'it is back, and nothing is to be done');
    return policy.mode === 'observe'
      ? end(known, 'ignored', 'observe-mode', 'observe mode: would have enabled its compute service again')
      : to(policy, known, 'enable');
  }
  const { sinceMs, reportedAt } = facts.verifying ?? { sinceMs: atMs, reportedAt: null };
  const latest = sighting.reportedAt ?? null;
  // A cloud believes the dead to be up for a while: only a report that came after our first look is a sign of life.
  const isHeard = sighting.up && (latest === null || (reportedAt !== null && latest !== reportedAt));
  if (isHeard) return mayEnable ? to(policy, known, 'enable') : finish(known);
  if (atMs - sinceMs >= policy.process.verifyTimeoutMs)
    return notHeard(policy, {
      ...known,
      why: `its compute service was not heard within ${durationInWords(policy.process.verifyTimeoutMs)}: ${sighting.detail}`,
    });
  return waiting(
    { ...known, verifying: { sinceMs, reportedAt: reportedAt ?? latest } },
    atMs + policy.process.pollMs,
    'poll',
  );
}

/** It runs, or nobody can tell, and the cloud does not hear it. */
function notHeard(policy: RecoveryPolicy, facts: ProcessFacts): ProcessDecision {
  const next = { ...facts, verifying: null };
  return facts.seen === 'running' && facts.restarts < policy.process.restartAttempts
    ? to(policy, next, 'restart')
    : giveUp(policy, next, 'not-restarted');
}

function giveUp(
  policy: RecoveryPolicy,
  facts: ProcessFacts,
  rule: 'not-restarted' | 'restart-budget',
): ProcessDecision {
  if (isKnownToCloud(policy, facts) && policy.process.disableService) return to(policy, facts, 'disable');
  return end(facts, 'failed', rule, facts.why ?? 'it could not be restarted');
}

function onServiceAct(
  policy: RecoveryPolicy,
  facts: ProcessFacts,
  { act, outcome, detail, atMs }: Extract<RecoveryEvent, { type: 'service-act-ended' }>,
): ProcessDecision {
  if (outcome === 'failed')
    return later(
      policy,
      { ...facts, stage: anew[facts.stage] },
      `${act} of the compute service: ${detail}`,
      atMs,
    );
  if (outcome === 'refused')
    return end(facts, 'failed', 'act-refused', `${act} of its compute service was refused: ${detail}`);
  if (act === 'disable')
    return end(
      facts,
      'failed',
      'service-disabled',
      `${facts.why ?? 'it could not be restarted'}; its compute service is disabled, so that nothing is placed there`,
    );
  return facts.subject.payload.event === 'STARTED'
    ? end(facts, 'finished', 'returned', 'it is back, and its compute service is enabled again')
    : finish(facts, '; its compute service is enabled again');
}
