import type { RecoveryPolicy } from '../policy.ts';
import { become, type Facts, type InstanceDecision, type Listening, type SeenInstance } from './state.ts';

/** Begins to wait for the guest to be heard. Silence is expected, so only `before-acting` wants to be told of it at once. */
export const listen = (
  policy: RecoveryPolicy,
  facts: Facts,
  purpose: Listening['purpose'],
  seen: SeenInstance,
  atMs: number,
): InstanceDecision => {
  const known = purpose === 'before-acting' ? null : 'not-yet';
  return keepListening(policy, facts, {
    phase: 'listening',
    purpose,
    known,
    sinceMs: atMs,
    seen,
  });
};

/**
 * Only time in which somebody listened counts against the guest, and only time in which nobody did counts against the
 * patience with its monitor; both are bounded, so the wait is.
 */
export const keepListening = (
  policy: RecoveryPolicy,
  facts: Facts,
  listening: Listening,
): InstanceDecision => {
  const leftMs =
    listening.known === 'nobody-listens'
      ? policy.nobodyListensMs - facts.deafMs
      : patienceMs(policy, listening.purpose) - facts.listenedMs;
  return become(facts, listening, {
    type: 'await-heartbeat',
    untilMs: listening.sinceMs + Math.max(0, leftMs),
    known: listening.known,
    notInBoot: listening.purpose === 'verify' ? facts.subject.payload.boot : null,
  });
};

/** Counts the time that passed since `known` was learnt, by whether somebody listened in it. */
export function countTime(facts: Facts, listening: Listening, atMs: number): Facts {
  const passedMs = Math.max(0, atMs - listening.sinceMs);
  return listening.known === 'nobody-listens'
    ? { ...facts, deafMs: facts.deafMs + passedMs }
    : { ...facts, listenedMs: facts.listenedMs + passedMs };
}

/** How long silence is borne while somebody listens. */
export const patienceMs = (policy: RecoveryPolicy, purpose: Listening['purpose']): number =>
  purpose === 'before-acting' ? 0 : policy.heartbeatWaitMs;
