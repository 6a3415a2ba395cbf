import type { Handler } from '@instance-ha/notification';
import { convictSeen, type Sight } from './convict-seen.ts';
import type { Condition, GuestState } from './guest-state.ts';
import { heedFrom, withLife } from './lives.ts';
import type { GuestPolicy } from './policy.ts';
import { sentences } from './sentence.ts';
import { becomeConfirming, becomeFailed, type Step, stay } from './step.ts';
import { signSince } from './trail.ts';
import { convict } from './verdict.ts';

const restarts = new Set(['restart', 'rename-restart', 'coredump-restart']);

/** Who acts after a panic, and what becomes of the domain meanwhile. */
function afterPanic(guest: GuestState): { handledBy: Handler; leaves: Condition } {
  const onCrash = guest.profile?.onCrash ?? 'preserve';
  if (restarts.has(onCrash)) return { handledBy: 'libvirt', leaves: 'running' };
  return { handledBy: 'none', leaves: onCrash === 'preserve' ? 'paused' : 'off' };
}

/** Its last failure was left to libvirt or QEMU, and it was not heard since. */
export const isBroughtBack = ({ incident }: GuestState): boolean =>
  incident !== null && incident.heardAgainAtMs === null && incident.handledBy !== 'none';

/** The panic device spoke. */
export function onPanic(policy: GuestPolicy, guest: GuestState, sight: Sight): Step {
  if (guest.standing.phase === 'stopped' && guest.life.ended) return stay(guest);
  if (!guest.profile)
    return becomeConfirming(
      heedFrom(guest, sight.atMs),
      { charge: { kind: 'panicked', firstAtMs: sight.atMs }, dueAtMs: sight.atMs + policy.pauseConfirmMs },
      'panicked; whether libvirt restarts it will show in a moment',
      sight.atMs,
    );
  return convictSeen(
    policy,
    guest,
    { rule: 'crashed-panicked', fault: 'panicked', ...afterPanic(guest) },
    sight,
  );
}

/** Paused in a way that a dump ends at once and a failure does not. */
export function onDoubtfulPause(
  policy: GuestPolicy,
  guest: GuestState,
  rule: 'watchdog-paused' | 'found-panicked',
  sight: Sight,
): Step {
  const { standing } = guest;
  const { atMs } = sight;
  if (standing.phase === 'failed') {
    if (standing.condition !== 'running') return stay(guest);
    // Whoever was bringing it back may just be at it, or have failed at that: time tells. A core takes minutes to write.
    const dumps = rule === 'found-panicked' && (guest.profile?.onCrash.startsWith('coredump-') ?? false);
    if (dumps || !isBroughtBack(guest))
      return becomeFailed(guest, { condition: 'paused', silentUntilMs: null }, guest.why, atMs);
  }
  if (standing.phase === 'stopped' && guest.life.ended && !sight.isNewLife) return stay(guest);
  if (standing.phase === 'confirming' && standing.charge.kind === 'paused' && standing.charge.rule === rule) {
    // A look that finds it still paused when the time has passed is the best confirmation there is.
    if (standing.dueAtMs !== null && atMs >= standing.dueAtMs) return convictPaused(policy, guest, atMs);
    if (standing.dueAtMs !== null) return stay(guest);
  }
  const sinceMs = atMs - policy.incidentWindowMs;
  const fired = signSince(guest, { signal: 'watchdog', value: word => word === 'pause', sinceMs });
  const firstAtMs = rule === 'watchdog-paused' ? (fired ?? atMs) : atMs;
  return becomeConfirming(
    heedFrom(withLife(guest, { cpu: null }), atMs),
    {
      charge: { kind: 'paused', rule, firstAtMs, sign: sight.words },
      // A restart by libvirt passes through this state, and takes seconds on a busy host; a dump takes a moment.
      dueAtMs: atMs + (isBroughtBack(guest) ? policy.incidentWindowMs : policy.pauseConfirmMs),
    },
    rule === 'watchdog-paused' ? 'paused by its watchdog; a dump would resume it' : 'paused by a panic',
    atMs,
  );
}

/** It was paused in doubt and is paused still. */
export function convictPaused(policy: GuestPolicy, guest: GuestState, atMs: number): Step {
  const charge = guest.standing.phase === 'confirming' ? guest.standing.charge : null;
  if (charge?.kind === 'panicked') return convictPanicked(policy, guest, 'none', atMs);
  if (charge?.kind !== 'paused') return stay(guest);
  const { rule, firstAtMs } = charge;
  const after: { handledBy: Handler; leaves: Condition } =
    rule === 'found-panicked' && !isBroughtBack(guest)
      ? afterPanic(guest)
      : { handledBy: 'none', leaves: 'paused' };
  return convict(
    policy,
    guest,
    {
      rule,
      fault: rule === 'watchdog-paused' ? 'watchdog-paused' : 'panicked',
      ...after,
      summary: sentences[rule],
      inputs: [{ signal: 'paused', value: `${charge.sign} for ${Math.round(atMs - firstAtMs)} ms`, atMs }],
      ended: false,
      silent: false,
      faultAtMs: firstAtMs,
      libvirtEvent:
        rule === 'watchdog-paused' ? { event: 'LIFECYCLE', virDomainEvent: 'SUSPENDED_WATCHDOG' } : null,
    },
    atMs,
  );
}

/** It panicked before its definition was known, and what happened since shows who acts. */
export function convictPanicked(
  policy: GuestPolicy,
  guest: GuestState,
  handledBy: Handler,
  atMs: number,
): Step {
  const charge = guest.standing.phase === 'confirming' ? guest.standing.charge : null;
  const firstAtMs = charge?.kind === 'panicked' ? charge.firstAtMs : atMs;
  return convict(
    policy,
    guest,
    {
      rule: 'crashed-panicked',
      fault: 'panicked',
      handledBy,
      leaves: handledBy === 'libvirt' ? 'running' : 'paused',
      summary: sentences['crashed-panicked'],
      inputs: [{ signal: 'lifecycle', value: 'crashed/panicked', atMs: firstAtMs }],
      ended: false,
      silent: false,
      faultAtMs: firstAtMs,
      libvirtEvent: { event: 'LIFECYCLE', virDomainEvent: 'CRASHED_PANICKED' },
    },
    atMs,
  );
}
