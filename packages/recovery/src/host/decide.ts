/**
 * One failed host: its instances are brought up elsewhere, each as it was; or one that is back, taken into service again.
 *
 *   begun ──▶ asking ──▶ judged ── not to be acted on ──▶ ending
 *               ▲  ▲       │ ── too many at once ──▶ waiting (held) ──tick──▶ asking
 *               │  │       │ ── it is back ──▶ acting: allow-up ──▶ acting: enable ──▶ ending
 *   taken-over ─┘  │       ▼ it is down
 *      looking     │  asking-turn ── too many are evacuated ──▶ waiting (turn) ──tick──▶ asking
 *         ▲ └ down ┘       ▼ it has its turn
 *   begun by a retry  acting: put-out-of-service
 *                          ▼
 *                    listing-before   which evacuations were there before ours
 *                          ▼
 *                    listing-instances   once: how they are now is what they are brought back to
 *                          ▼
 *         ┌──▶ evacuating ──▶ following ──▶ restoring ──┐
 *         │        (as many at once as Nova bears)      │
 *         └────────────── something is left ◀───────────┤
 *                                                       ▼ nothing is left
 *                       acting: disable   each reserved host that was taken and not used
 *                                                       ▼
 *                                                     ending
 *
 *   aborted ──▶ ending; where evacuations are under way they are followed first, and none further is asked for
 *
 * What makes it safe to die anywhere: an evacuation is stored before it is asked for, and whoever goes on lists the
 * evacuations first. Nova takes a second one beside the first and spoils both; it is never asked for one in doubt.
 */
import { mayBeginAgain, type RecoveryEvent } from '../event.ts';
import type { RecoveryPolicy } from '../policy.ts';
import { instantOf } from '../protection.ts';
import type { RecoverySubject } from '../subject.ts';
import { heedAbort, onAborted } from './abort.ts';
import { end, endAfterOutage } from './ending.ts';
import { judgeHost } from './gates.ts';
import { isUnderWay, planMoves } from './move.ts';
import { isExpired, onAsked, onBegun, onFollowed, onRestored, proceed } from './moving.ts';
import { become, failedHost, type HostDecision, type HostFacts, type HostRecovery } from './state.ts';

export const beginHost = (subject: RecoverySubject): HostDecision =>
  ask({
    subject,
    round: 1,
    context: null,
    begun: false,
    outOfService: false,
    before: null,
    underWay: [],
    moves: null,
    taken: [],
    givenBack: [],
    failures: 0,
    held: null,
    turn: false,
    returning: false,
    aborted: null,
    expiresFromMs: 0,
    mustLook: false,
    mustFollow: false,
  });

/** Held notifications are looked at so often, should nobody tell of a ruling; and those that wait for their turn. */
const heldPollMs = 60_000;
const turnPollMs = 5000;

/** Nothing further is begun once an operator has aborted it; what was begun is followed to its end. */
export function decideHostRecovery(
  policy: RecoveryPolicy,
  state: HostRecovery,
  event: RecoveryEvent,
): HostDecision {
  const decision = event.type === 'aborted' ? onAborted(state, event) : onFact(policy, state, event);
  return heedAbort(policy, decision, event.atMs);
}

function onFact(
  policy: RecoveryPolicy,
  state: HostRecovery,
  event: Exclude<RecoveryEvent, { type: 'aborted' }>,
): HostDecision {
  const { facts } = state;
  const stay: HostDecision = { state, effects: [] };
  if (state.phase === 'ended' && !mayBeginAgain(state.end, event)) return stay;
  switch (event.type) {
    case 'begun':
      if (event.retry) return goOn(policy, retried(facts, event.atMs), event.atMs);
      return ask(state.phase === 'ended' ? { ...facts, round: facts.round + 1, failures: 0 } : facts);
    case 'taken-over':
      return goOn(policy, { ...facts, failures: 0 }, event.atMs);
    case 'host-context':
      return state.phase === 'asking'
        ? onContext(policy, { ...facts, context: event.context }, event.atMs)
        : stay;
    case 'turn':
      return state.phase === 'asking-turn' ? onTurn(facts, event) : stay;
    case 'host-looked':
      return state.phase === 'looking' ? onLooked(policy, facts, event) : stay;
    case 'host-act-begun': {
      const { act: what, host } = event;
      const begun = facts.begun || what === 'put-out-of-service';
      const returning = facts.returning || (host === failedHost(facts) && what !== 'put-out-of-service');
      return become({ ...facts, begun, returning }, { phase: 'acting', act: what, host });
    }
    case 'host-act-ended':
      return onActEnded(policy, facts, event);
    case 'evacuations':
      return onEvacuations(policy, state, event);
    case 'instances': {
      if (state.phase !== 'listing-instances' || facts.moves || !facts.context) return stay;
      if (!event.listing.listed) return later(policy, facts, event.listing.detail, event.atMs);
      const moves = planMoves(policy.host, facts.context, event.listing.instances, {
        atMs: event.atMs,
        nowMs: instantOf(facts.subject, event.atMs),
        underWay: new Set(facts.underWay),
      });
      return proceed(policy, { ...facts, moves, failures: 0 }, event.atMs);
    }
    case 'evacuations-begun':
      return onBegun(facts, event);
    case 'evacuations-asked':
      return onAsked(policy, facts, event);
    case 'restored':
      return onRestored(policy, facts, event);
    case 'paused': {
      const { untilMs } = event;
      return become(
        facts,
        { phase: 'waiting', untilMs, why: 'pause' },
        { type: 'wait', untilMs, why: 'pause' },
      );
    }
    case 'tick':
      return state.phase === 'waiting' ? goOn(policy, facts, event.atMs) : stay;
    case 'ended': {
      const { status, rule, reason, retryInMs } = event;
      const ended = { status, rule, reason, ...(retryInMs === undefined ? {} : { retryInMs }) };
      return become(facts, { phase: 'ended', end: ended });
    }
    case 'looked':
    case 'budget':
    case 'heartbeat':
    case 'further':
    case 'act-begun':
    case 'act-ended':
    case 'process-context':
    case 'monitor-act-begun':
    case 'monitor-act-ended':
    case 'service-looked':
    case 'service-act-begun':
    case 'service-act-ended':
      return stay;
  }
}

const ask = (facts: HostFacts): HostDecision => become(facts, { phase: 'asking' }, { type: 'ask-context' });

/** From what is known alone: what is to be done next. */
function goOn(policy: RecoveryPolicy, facts: HostFacts, atMs: number): HostDecision {
  if (facts.mustLook) return become(facts, { phase: 'looking' }, { type: 'look-host' });
  if (!facts.context || !facts.outOfService) return ask(facts);
  if (!facts.before) return become(facts, { phase: 'listing-before' }, { type: 'list-evacuations' });
  if (!facts.moves) return become(facts, { phase: 'listing-instances' }, { type: 'list-instances' });
  if (facts.mustFollow || facts.moves.some(({ status }) => status === 'asked' || status === 'accepted'))
    return become(facts, { phase: 'following' }, { type: 'list-evacuations' });
  return proceed(policy, facts, atMs);
}

function onContext(policy: RecoveryPolicy, facts: HostFacts, atMs: number): HostDecision {
  const { payload } = facts.subject;
  if (!facts.context || payload.type !== 'COMPUTE_HOST') return ask(facts);
  // Once we began the maintenance is ours.
  const context = facts.begun ? { ...facts.context, onMaintenance: false } : facts.context;
  const verdict = judgeHost(policy, payload, context, facts.held);
  switch (verdict.go) {
    case 'end':
      return end(facts, verdict.status, verdict.rule, verdict.why);
    case 'hold': {
      if (isExpired(policy, facts, atMs))
        return end(facts, 'failed', 'held-too-long', `${verdict.why}; nobody did in time`);
      const untilMs = atMs + heldPollMs;
      return become(
        { ...facts, held: verdict.why },
        { phase: 'waiting', untilMs, why: 'held' },
        { type: 'wait', untilMs, why: 'held', detail: verdict.why },
      );
    }
    case 'evacuate':
      if (policy.mode === 'observe')
        return end(facts, 'ignored', 'observe-mode', 'observe mode: would have evacuated its instances');
      if (facts.outOfService) return goOn(policy, facts, atMs);
      if (facts.turn) return act(facts, 'put-out-of-service');
      return become(facts, { phase: 'asking-turn' }, { type: 'take-turn', most: policy.host.maxHostsAtOnce });
    case 'return':
      if (policy.mode === 'observe')
        return end(facts, 'ignored', 'observe-mode', 'observe mode: would have taken it back into service');
      return act(facts, 'allow-up');
  }
}

function onTurn(
  facts: HostFacts,
  { taken, hosts, atMs }: Extract<RecoveryEvent, { type: 'turn' }>,
): HostDecision {
  if (taken) return act({ ...facts, turn: true }, 'put-out-of-service');
  const untilMs = atMs + turnPollMs;
  const detail = `hosts evacuated before it: ${hosts.join(', ')}`;
  return become(
    facts,
    { phase: 'waiting', untilMs, why: 'turn', hosts },
    { type: 'wait', untilMs, why: 'turn', detail },
  );
}

/**
 * Begun again by an operator. What was asked for stays known, and is looked for before anything is asked again; but time has
 * passed, so that the host may be back although nobody reported it.
 */
function retried(facts: HostFacts, atMs: number): HostFacts {
  const { payload } = facts.subject;
  return {
    ...facts,
    round: facts.round + 1,
    context: null,
    outOfService: false,
    failures: 0,
    held: null,
    turn: false,
    aborted: null,
    expiresFromMs: atMs,
    mustLook: payload.type === 'COMPUTE_HOST' && payload.event === 'STOPPED',
    mustFollow: facts.moves !== null,
  };
}

function onLooked(
  policy: RecoveryPolicy,
  facts: HostFacts,
  { sighting, atMs }: Extract<RecoveryEvent, { type: 'host-looked' }>,
): HostDecision {
  if (sighting.seen === 'could-not-look') return later(policy, facts, sighting.detail, atMs);
  if (sighting.seen === 'host' && sighting.up && !sighting.forcedDown)
    return end(facts, 'ignored', 'host-is-back', `it is not evacuated, because it is up: ${sighting.detail}`);
  return goOn(policy, { ...facts, mustLook: false, failures: 0 }, atMs);
}

const act = (facts: HostFacts, what: 'put-out-of-service' | 'allow-up' | 'enable'): HostDecision => {
  const host = failedHost(facts);
  return become(
    facts,
    { phase: 'acting', act: what, host },
    { type: 'host-act', act: what, host, attempt: facts.failures + 1, mayHold: !facts.outOfService },
  );
};

function onActEnded(
  policy: RecoveryPolicy,
  facts: HostFacts,
  event: Extract<RecoveryEvent, { type: 'host-act-ended' }>,
): HostDecision {
  if (event.act === 'disable') return onGivenBack(policy, facts, event);
  if (event.outcome === 'refused')
    return event.host === failedHost(facts)
      ? end(facts, 'failed', 'act-refused', `${event.act} was refused: ${event.detail}`)
      : proceed(policy, without(facts, event.host, event.detail, event.atMs), event.atMs);
  if (event.outcome === 'failed') return later(policy, facts, `${event.act}: ${event.detail}`, event.atMs);
  const done = { ...facts, failures: 0 };
  if (event.host !== failedHost(facts))
    return proceed(policy, { ...done, taken: [...facts.taken, event.host] }, event.atMs);
  switch (event.act) {
    case 'put-out-of-service':
      return goOn(policy, { ...done, outOfService: true }, event.atMs);
    case 'allow-up':
      return act(done, 'enable');
    case 'enable':
      return end(done, 'finished', 'returned', 'it is back: enabled, and no longer on maintenance');
  }
}

/** Everything is moved by then: a reserved host that cannot be given back is left in service rather than waited for. */
function onGivenBack(
  policy: RecoveryPolicy,
  facts: HostFacts,
  { host, outcome, detail, atMs }: Extract<RecoveryEvent, { type: 'host-act-ended' }>,
): HostDecision {
  if (outcome === 'failed' && facts.failures + 1 < policy.attemptLimit)
    return later(policy, facts, `disable: ${detail}`, atMs);
  return proceed(policy, { ...facts, givenBack: [...facts.givenBack, host], failures: 0 }, atMs);
}

/** A reserved host that cannot be had is no target any more. */
function without(facts: HostFacts, host: string, detail: string, atMs: number): HostFacts {
  const moves = (facts.moves ?? []).map(move => {
    const targets = move.targets.filter(target => target !== host);
    if (move.status !== 'pending' || targets.length === move.targets.length) return move;
    if (move.attempt < targets.length) return { ...move, targets };
    return {
      ...move,
      targets,
      status: 'failed' as const,
      sinceMs: atMs,
      message: `${host} could not be taken: ${detail}`,
    };
  });
  return { ...facts, moves };
}

function onEvacuations(
  policy: RecoveryPolicy,
  { phase, facts }: HostRecovery,
  { listing, atMs }: Extract<RecoveryEvent, { type: 'evacuations' }>,
): HostDecision {
  if (!listing.listed) return later(policy, facts, listing.detail, atMs);
  if (phase === 'listing-before') {
    const nowMs = instantOf(facts.subject, atMs);
    const others = listing.evacuations.filter(one => isUnderWay(policy.host, one, nowMs));
    const underWay = others.map(({ instanceUuid }) => instanceUuid);
    const before = listing.evacuations.filter(one => !others.includes(one)).map(({ uuid }) => uuid);
    return goOn(policy, { ...facts, before, underWay, failures: 0 }, atMs);
  }
  return onFollowed(policy, { ...facts, failures: 0 }, listing.evacuations, atMs);
}

/** A question or an act failed: again after a pause that grows, for as long as the notification has not expired. */
function later(policy: RecoveryPolicy, facts: HostFacts, detail: string, atMs: number): HostDecision {
  const failures = facts.failures + 1;
  if (isExpired(policy, facts, atMs)) return endAfterOutage(policy, facts, detail);
  const untilMs = atMs + Math.min(longestPauseMs, policy.retryMs * 2 ** Math.min(10, failures - 1));
  return become(
    { ...facts, failures },
    { phase: 'waiting', untilMs, why: 'retry' },
    { type: 'wait', untilMs, why: 'retry', detail },
  );
}

const longestPauseMs = 15_000;
