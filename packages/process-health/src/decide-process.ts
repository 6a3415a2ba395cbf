/**
 * One watched process of a compute host, as a pure machine.
 *
 *   unseen ──running──▶ running ◀──running── stopped
 *                        │  ▲                  ▲
 *                        │  └──running──┐      │ absent by wish, from running or missing
 *                        └──absent──▶ missing ─┘
 *                                       │ misses reach the threshold: it died
 *                                       ▼
 *                                     failed ──running: it is back──▶ running
 *
 * What was never seen running is never missed: a host need not run everything that is watched for. A look that failed
 * says nothing. Reads no clock and does no I/O: every sighting carries the instant it was taken (`atMs`, monotonic).
 */
import type { ProcessSighting } from './sighting.ts';

export type ProcessState =
  | { phase: 'unseen' }
  | { phase: 'running'; life: string }
  /** `sinceMs`: the first look that missed it. */
  | { phase: 'missing'; life: string; misses: number; sinceMs: number }
  /** It was reported as dead. */
  | { phase: 'failed'; life: string }
  /** Somebody stopped it in an orderly way. */
  | { phase: 'stopped'; life: string };

/** What the monitor must now do. `life`: of the process that died, or of the one that is back. */
export type ProcessEffect =
  | { type: 'died'; life: string; misses: number; sinceMs: number; detail: string }
  | { type: 'back'; life: string; detail: string }
  /** Told in the log only. */
  | { type: 'moved'; from: ProcessState['phase']; to: ProcessState['phase']; detail: string };

export type ProcessPolicy = {
  /** Misses in a row, after it was seen running, that make it a dead one; at least 1. */
  failureThreshold: number;
  /** So long a service manager may say that it is starting it before its absence counts all the same. */
  restartGraceMs: number;
};

export const initialProcess: ProcessState = { phase: 'unseen' };

export type ProcessDecision = { state: ProcessState; effects: ProcessEffect[] };

export function decideProcess(
  policy: ProcessPolicy,
  state: ProcessState,
  { sighting, atMs }: { sighting: ProcessSighting; atMs: number },
): ProcessDecision {
  switch (sighting.seen) {
    case 'could-not-look':
      return { state, effects: [] };
    case 'running': {
      const { life, detail } = sighting;
      const next: ProcessState = { phase: 'running', life };
      if (state.phase === 'failed') return { state: next, effects: [{ type: 'back', life, detail }] };
      return become(state, next, detail);
    }
    case 'absent':
      return onAbsent(policy, state, sighting, atMs);
  }
}

function onAbsent(
  policy: ProcessPolicy,
  state: ProcessState,
  { wish, detail }: Extract<ProcessSighting, { seen: 'absent' }>,
  atMs: number,
): ProcessDecision {
  if (state.phase === 'unseen' || state.phase === 'failed' || state.phase === 'stopped')
    return { state, effects: [] };
  const { life } = state;
  if (wish === 'stopped') return become(state, { phase: 'stopped', life }, detail);
  const before = state.phase === 'missing' ? state : { misses: 0, sinceMs: atMs };
  const { sinceMs } = before;
  const counts = wish === 'none' || atMs - sinceMs > policy.restartGraceMs;
  const misses = before.misses + (counts ? 1 : 0);
  if (misses < policy.failureThreshold)
    return become(state, { phase: 'missing', life, misses, sinceMs }, detail);
  return { state: { phase: 'failed', life }, effects: [{ type: 'died', life, misses, sinceMs, detail }] };
}

function become(from: ProcessState, to: ProcessState, detail: string): ProcessDecision {
  const isOtherLife = from.phase === 'running' && to.phase === 'running' && from.life !== to.life;
  if (from.phase === to.phase && !isOtherLife) return { state: to, effects: [] };
  const words = isOtherLife ? `${detail}; somebody restarted it` : detail;
  return { state: to, effects: [{ type: 'moved', from: from.phase, to: to.phase, detail: words }] };
}
