import type { RecoveryEvent } from '../event.ts';
import type { Evacuation, EvacuationAnswer } from '../host-subject.ts';
import type { RecoveryPolicy } from '../policy.ts';
import { endMoved } from './ending.ts';
import { afterListing, afterRetry, type Move, needsReset, nextTarget, powerOf, targetsOf } from './move.ts';
import { become, type HostDecision, type HostFacts } from './state.ts';

export const isExpired = (policy: RecoveryPolicy, { expiresFromMs }: HostFacts, atMs: number): boolean =>
  atMs >= expiresFromMs + policy.expiryMs;

/**
 * What comes next while instances are on their way: ask for more, bring back what has arrived, or look again; `lookNow`: without
 * a pause before it, because what was just done took its time.
 */
export function proceed(
  policy: RecoveryPolicy,
  before: HostFacts,
  atMs: number,
  { lookNow = false } = {},
): HostDecision {
  const facts = isExpired(policy, before, atMs) ? expire(before, atMs) : before;
  const moves = facts.moves ?? [];
  const underWay = moves.filter(({ status }) => status === 'asked' || status === 'accepted').length;
  const next = moves
    .filter(({ status, sinceMs }) => status === 'pending' && sinceMs <= atMs)
    .slice(0, Math.max(0, windowOf(policy, moves) - underWay));
  const reserved = next.map(targetOf).find(target => isUntaken(facts, target));
  if (typeof reserved === 'string')
    return become(
      facts,
      { phase: 'acting', act: 'enable', host: reserved },
      { type: 'host-act', act: 'enable', host: reserved, attempt: facts.failures + 1, mayHold: true },
    );
  if (next.length > 0) {
    const asks = next.map(move => ({
      instanceUuid: move.instanceUuid,
      target: targetOf(move),
      reset: needsReset(move),
    }));
    return become(facts, { phase: 'evacuating' }, { type: 'evacuate', asks });
  }
  // After the next were asked for: power takes its time, and Nova shall not wait for it.
  const arrived = moves.filter(({ status }) => status === 'settling');
  if (arrived.length > 0) {
    const wishes = arrived.map(move => {
      const running = powerOf(move);
      return { instanceUuid: move.instanceUuid, ...(running === undefined ? {} : { running }) };
    });
    return become(facts, { phase: 'restoring' }, { type: 'restore', wishes });
  }
  if (underWay > 0 && lookNow) return become(facts, { phase: 'following' }, { type: 'list-evacuations' });
  if (underWay > 0 || moves.some(({ status }) => status === 'pending')) {
    const untilMs = atMs + policy.host.pollMs;
    return become(facts, { phase: 'waiting', untilMs, why: 'poll' }, { type: 'wait', untilMs, why: 'poll' });
  }
  const idle = facts.taken.find(host => !facts.givenBack.includes(host) && !wasUsed(moves, host));
  if (idle !== undefined)
    return become(
      facts,
      { phase: 'acting', act: 'disable', host: idle },
      { type: 'host-act', act: 'disable', host: idle, attempt: facts.failures + 1, mayHold: true },
    );
  return endMoved(facts);
}

/** Something has gone there, or may have: an evacuation that took too long was not called off. */
const wasUsed = (moves: readonly Move[], host: string): boolean =>
  moves.some(move => move.status !== 'ignored' && (move.destination ?? targetOf(move)) === host);

const targetOf = ({ targets, attempt }: Move): string | null => targets[attempt] ?? null;

const isUntaken = (facts: HostFacts, target: string | null): boolean =>
  target !== null &&
  (facts.context?.reservedHosts.includes(target) ?? false) &&
  !facts.taken.includes(target);

/** Nova is slower with many at once: begun with few, two more for each that has arrived. */
function windowOf(policy: RecoveryPolicy, moves: readonly Move[]): number {
  const arrived = moves.filter(({ status }) => status === 'moved' || status === 'settling').length;
  return Math.min(policy.host.concurrencyMax, policy.host.concurrencyFirst + 2 * arrived);
}

/** Nobody could look for so long that it is given up. */
const expire = (facts: HostFacts, atMs: number): HostFacts => ({
  ...facts,
  moves: (facts.moves ?? []).map(move =>
    move.status === 'moved' || move.status === 'ignored' || move.status === 'failed'
      ? move
      : {
          ...move,
          status: 'failed',
          sinceMs: atMs,
          message: move.message ?? 'it was not moved before the notification expired',
        },
  ),
});

const change = (facts: HostFacts, one: (move: Move) => Move): HostFacts => ({
  ...facts,
  moves: (facts.moves ?? []).map(one),
});

/** The intent is stored: from here on it may have been asked for. */
export function onBegun(
  facts: HostFacts,
  { asks, atMs }: Extract<RecoveryEvent, { type: 'evacuations-begun' }>,
): HostDecision {
  const begun = new Set(asks.map(({ instanceUuid }) => instanceUuid));
  const next = change(facts, move =>
    begun.has(move.instanceUuid) && move.status === 'pending'
      ? { ...move, status: 'asked', sinceMs: atMs }
      : move,
  );
  return become(next, { phase: 'evacuating' });
}

export function onAsked(
  policy: RecoveryPolicy,
  facts: HostFacts,
  { answers, atMs }: Extract<RecoveryEvent, { type: 'evacuations-asked' }>,
): HostDecision {
  const by = new Map(answers.map(answer => [answer.instanceUuid, answer]));
  const next = change(facts, move => {
    const answer = by.get(move.instanceUuid);
    return answer && move.status === 'asked' ? afterAnswer(move, answer, atMs) : move;
  });
  return proceed(policy, next, atMs);
}

/** The host still counts as up, or Nova did not take it: asked again a little later. */
const againMs = 1000;

function afterAnswer(move: Move, { answer, detail }: EvacuationAnswer, atMs: number): Move {
  switch (answer) {
    case 'accepted':
    case 'under-way':
      return { ...move, status: 'accepted', sinceMs: atMs };
    case 'moved':
      return { ...move, status: 'settling', sinceMs: atMs, message: detail };
    case 'no-such-instance':
      return { ...move, status: 'ignored', sinceMs: atMs, message: 'it does not exist any more' };
    case 'source-in-use':
    case 'failed':
      return { ...move, status: 'pending', sinceMs: atMs + againMs, message: detail };
    case 'no-such-target':
    case 'refused':
      return nextTarget(move, detail, atMs);
    case 'in-doubt':
      return { ...move, message: detail };
  }
}

/** The newest evacuation of each instance that was not there before ours. */
export function onFollowed(
  policy: RecoveryPolicy,
  told: HostFacts,
  evacuations: readonly Evacuation[],
  atMs: number,
): HostDecision {
  const old = new Set(told.before ?? []);
  const ours = new Map<string, Evacuation>();
  for (const evacuation of evacuations) {
    if (old.has(evacuation.uuid)) continue;
    const known = ours.get(evacuation.instanceUuid);
    if (!known || evacuation.startedAt > known.startedAt) ours.set(evacuation.instanceUuid, evacuation);
  }
  const seen = new Set(told.before ?? []);
  const facts = told.mustFollow ? followAgain(told, ours, atMs) : told;
  const next = change(facts, move => {
    const after = afterListing(policy.host, move, ours.get(move.instanceUuid), atMs);
    // One that failed is over: the next one is told from it by being new.
    const ended = ours.get(move.instanceUuid);
    if (ended?.progress === 'failed' && (told.mustFollow || (after !== move && after.status !== 'settling')))
      seen.add(ended.uuid);
    return after;
  });
  return proceed(policy, { ...next, before: [...seen] }, atMs);
}

/** An operator wants those tried again that failed: one whose evacuation goes on, or came about after all, is followed. */
function followAgain(facts: HostFacts, ours: ReadonlyMap<string, Evacuation>, atMs: number): HostFacts {
  const { context } = facts;
  const moves = (facts.moves ?? []).map((move, index) => {
    const targets = context ? targetsOf(context, index) : move.targets;
    return afterRetry({ ...move, targets }, ours.get(move.instanceUuid), atMs);
  });
  return { ...facts, moves, mustFollow: false };
}

export function onRestored(
  policy: RecoveryPolicy,
  facts: HostFacts,
  { results, atMs }: Extract<RecoveryEvent, { type: 'restored' }>,
): HostDecision {
  const by = new Map(results.map(result => [result.instanceUuid, result]));
  const next = change(facts, move => {
    const result = by.get(move.instanceUuid);
    if (!result || move.status !== 'settling') return move;
    const message =
      result.outcome === 'done'
        ? move.message
        : `it was moved, but not brought back to how it was: ${result.detail}`;
    return { ...move, status: 'moved', sinceMs: atMs, message };
  });
  return proceed(policy, next, atMs, { lookNow: true });
}
