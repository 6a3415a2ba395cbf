import type { GuestState } from './guest-state.ts';
import { withLife } from './lives.ts';
import type { GuestPolicy } from './policy.ts';
import { printable } from './printable.ts';
import { becomeRunning, becomeSuspect, type Step, stay } from './step.ts';
import { convictPaused } from './step-doubt.ts';
import { convictPoweroff } from './step-hardware.ts';
import { endAgentGrace } from './step-ping.ts';

/** A tick so much too late shows that the monitor itself stood still: what it missed may still be on its way. */
const lateMs = 1_000;

/** One guest when the time it waited for has come. */
export function stepOnTick(policy: GuestPolicy, guest: GuestState, atMs: number): Step {
  const { standing } = guest;
  if (standing.phase === 'failed' && standing.silentUntilMs !== null && atMs >= standing.silentUntilMs)
    return stay({ ...guest, standing: { ...standing, silentUntilMs: null } });
  if (standing.phase !== 'confirming' || standing.dueAtMs === null || atMs < standing.dueAtMs)
    return stay(guest);

  const { charge, dueAtMs } = standing;
  const isLate = atMs - dueAtMs > lateMs;
  const again = (waitMs: number): Step =>
    stay({ ...guest, standing: { ...standing, dueAtMs: atMs + waitMs } });
  switch (charge.kind) {
    case 'agent-away':
      return endAgentGrace(guest, atMs);
    case 'paused':
    case 'panicked':
      return isLate ? again(policy.pauseConfirmMs) : convictPaused(policy, guest, atMs);
    case 'watchdog-poweroff':
      return isLate ? again(policy.pauseConfirmMs) : convictPoweroff(policy, guest, charge.firstAtMs, atMs);
    case 'watchdog-shutdown':
      return becomeRunning(
        guest,
        'its watchdog asked it to shut down, and it did not; not heard since',
        atMs,
        atMs,
      );
    case 'silence':
      return stay(guest); // The gate rules on it.
  }
}

/**
 * The probe cannot look. Nothing is concluded from that, and nothing seen before it is enough any more: misses start
 * again, and a doubt waits for a look.
 */
export function stepOnBlind(guest: GuestState, cause: string, atMs: number): Step {
  if (guest.blindSinceMs !== null) return stay(guest);
  const blind: GuestState = {
    ...withLife(guest, { cpu: null }),
    blindSinceMs: atMs,
    lookedAway: true,
    hearing: { ...guest.hearing, lookedAtMs: null, heedFromMs: atMs, awaySinceMs: null },
  };
  const why = printable(`${guest.why.replace(forgotten, '')}${forgottenText} (${cause})`, 400);
  const { standing } = blind;
  switch (standing.phase) {
    case 'suspect':
    case 'held':
      return becomeSuspect(blind, [], why, atMs);
    case 'confirming':
      if (standing.charge.kind === 'silence' || standing.charge.kind === 'agent-away')
        return becomeSuspect(blind, [], why, atMs);
      if (standing.charge.kind === 'watchdog-shutdown') return stay(blind);
      return stay({ ...blind, standing: { ...standing, dueAtMs: null } });
    case 'unknown':
    case 'unmonitored':
    case 'unproven':
    case 'alive':
    case 'failed':
    case 'suspended':
    case 'stopped':
      return stay(blind);
  }
}

const forgottenText = '; the probe went blind, misses count anew';
const forgotten = /; the probe went blind, misses count anew.*$/;

/** The probe can look again. A reboot may have gone unseen, so an agent that is missing now is no sign for a while. */
export function stepOnSighted(policy: GuestPolicy, guest: GuestState, atMs: number): Step {
  if (guest.blindSinceMs === null) return stay(guest);
  return stay({
    ...guest,
    blindSinceMs: null,
    hearing: {
      ...guest.hearing,
      heedFromMs: atMs,
      awaySinceMs: null,
      awayIsNothingUntilMs: atMs + policy.bootGraceMs,
      // Whoever waits for it must learn within one interval how it is: the backing-off begins anew.
      unanswered: Math.min(guest.hearing.unanswered, policy.failureThreshold),
    },
  });
}
