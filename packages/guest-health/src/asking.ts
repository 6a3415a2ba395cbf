import type { GuestState } from './guest-state.ts';
import type { GuestPolicy } from './policy.ts';

/** While a guest boots it is asked so often: an agent that is not there yet says so within milliseconds. */
const bootingIntervalMs = 2_000;

/**
 * A guest just judged by its silence is left alone for so long: recovery now stops it, and an agent command in flight while
 * libvirt destroys a hung QEMU leaves the agent of the next boot "not available due to an error" (seen on libvirt 9.0).
 */
const quietAfterVerdictMs = 30_000;

/** A guest known to be silent is asked at most so many times less often than a healthy one. */
const longestBackoff = 16;

/**
 * When this guest is next to be asked, and whether it is likely to keep its asker waiting; null when it is not to be asked
 * at all: it is paused, off, failed for good until it starts again, or has nobody to answer.
 *
 * A guest that has never been asked is due at once. A healthy or suspect one keeps its interval; one whose silence is
 * known already is asked at intervals that double up to 16 times the ordinary, so that the healthy ones keep theirs.
 */
export function shouldAsk(
  policy: GuestPolicy,
  guest: GuestState,
  nowMs: number,
): { dueMs: number; slow: boolean } | null {
  const { askedAtMs, unanswered } = guest.hearing;
  const after = (intervalMs: number): { dueMs: number; slow: boolean } => ({
    dueMs: askedAtMs === null ? nowMs : askedAtMs + intervalMs,
    slow: unanswered > 0,
  });
  const { standing } = guest;
  const { checkIntervalMs, failureThreshold } = policy;
  switch (standing.phase) {
    case 'unmonitored':
    case 'suspended':
    case 'stopped':
      return null;
    case 'unknown':
    case 'alive':
    case 'suspect':
      return after(checkIntervalMs);
    case 'unproven': {
      if (nowMs < standing.graceUntilMs) return after(Math.min(checkIntervalMs, bootingIntervalMs));
      if (guest.life.proven) return after(checkIntervalMs);
      // Nobody may ever answer here; the event of an agent that connects asks at once.
      return after(checkIntervalMs * backoff(unanswered - failureThreshold));
    }
    case 'confirming': {
      const { kind } = standing.charge;
      return kind === 'paused' || kind === 'panicked' ? null : after(checkIntervalMs);
    }
    case 'held':
      return after(checkIntervalMs * Math.min(4, backoff(unanswered - failureThreshold)));
    case 'failed': {
      if (standing.condition === 'paused' || guest.life.ended) return null;
      const { dueMs, slow } = after(checkIntervalMs * backoff(unanswered - failureThreshold));
      return { dueMs: unanswered > 0 ? Math.max(dueMs, guest.sinceMs + quietAfterVerdictMs) : dueMs, slow };
    }
  }
}

const backoff = (times: number): number => 2 ** Math.min(Math.log2(longestBackoff), Math.max(0, times));
