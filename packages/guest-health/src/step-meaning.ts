import { convictSeen, type Failure, type Sight } from './convict-seen.ts';
import type { GuestState } from './guest-state.ts';
import { beginLife, withLife } from './lives.ts';
import type { GuestPolicy } from './policy.ts';
import {
  andThen,
  askNow,
  becomeRunning,
  becomeStopped,
  becomeSuspended,
  graceFrom,
  type Step,
  stay,
} from './step.ts';
import { convictPanicked, isBroughtBack, onDoubtfulPause, onPanic } from './step-doubt.ts';
import type { Meaning } from './words.ts';

/** One guest after a lifecycle event or a row of a listing. */
export function stepOnMeaning(policy: GuestPolicy, guest: GuestState, meaning: Meaning, sight: Sight): Step {
  switch (meaning.kind) {
    case 'nothing':
      return stay(guest);
    case 'fails':
      return onFailure(policy, guest, meaning, sight);
    case 'panics':
      return onPanic(policy, guest, sight);
    case 'doubtful-pause':
      return onDoubtfulPause(policy, guest, meaning.rule, sight);
    case 'starts':
      return onStart(policy, guest, sight);
    case 'comes-in':
      return becomeSuspended(startedLife(guest, sight), 'migration', 'comes in by migration', sight.atMs);
    case 'runs':
      return onRunning(policy, guest, sight);
    case 'pauses':
      return onPause(guest, meaning.by, sight);
    case 'dumps-itself':
      return onSelfDump(policy, guest, sight);
    case 'shuts-down':
      return onShutdown(guest, sight);
    case 'stops':
      return onStop(policy, guest, sight);
  }
}

/** A failure whose words leave no doubt. What it means still depends on what was going on. */
function onFailure(
  policy: GuestPolicy,
  guest: GuestState,
  failure: Extract<Meaning, { kind: 'fails' }>,
  sight: Sight,
): Step {
  const { standing } = guest;
  // libvirt restarts it by way of this state.
  if (failure.rule === 'found-panicked' && isBroughtBack(guest))
    return onDoubtfulPause(policy, guest, 'found-panicked', sight);
  if (standing.phase === 'stopped') return onFailureOfStopped(policy, guest, failure, sight);
  if (failure.past && standing.phase === 'unknown')
    return becomeStopped(
      withLife(guest, { ended: true }),
      'crashed',
      'had crashed before it was first seen: when, nobody can tell',
      sight.atMs,
    );
  if (failure.leaves === 'off' && standing.phase === 'suspended' && standing.by === 'migration')
    return becomeStopped(
      withLife(guest, { ended: true }),
      'crashed',
      'ended while it was migrating: the other host answers for it',
      sight.atMs,
    );
  const poweredOff =
    failure.leaves === 'off' && isFresh(guest.watchdog, 'poweroff', sight.atMs, policy.incidentWindowMs);
  return poweredOff
    ? convictSeen(policy, guest, { ...failure, rule: 'watchdog-poweroff', fault: 'watchdog-stopped' }, sight)
    : convictSeen(policy, guest, failure, sight);
}

/** A guest that is off cannot fail; but what a listing shows may have begun and ended while nobody looked. */
function onFailureOfStopped(
  policy: GuestPolicy,
  guest: GuestState,
  failure: Extract<Meaning, { kind: 'fails' }>,
  sight: Sight,
): Step {
  const known = guest.standing.phase === 'stopped' ? guest.standing.reason : null;
  if (failure.leaves !== 'off') {
    const stale = guest.life.ended && !sight.isNewLife;
    return stale ? stay(guest) : convictSeen(policy, guest, failure, sight);
  }
  const endedOtherwise = guest.life.ended && knownEnds.has(known ?? '');
  if (sight.by === 'listing' && endedOtherwise)
    return convictSeen(policy, beginLife(guest, { ...sight, domainId: null }), failure, sight);
  return becomeStopped(withLife(guest, { ended: true }), 'crashed', guest.why, sight.atMs);
}

/** Ends that libvirt names and that a later `crashed` contradicts: there was another life in between. */
const knownEnds = new Set(['shutdown', 'destroyed', 'migrated', 'saved', 'from-snapshot']);

function onStart(policy: GuestPolicy, guest: GuestState, sight: Sight): Step {
  const { atMs } = sight;
  const started = withLife(startedLife(guest, sight), { proven: false });
  return becomeRunning(started, 'started; not heard yet', graceFrom(policy, atMs), atMs);
}

/** libvirt may tell `resumed` before `started`; then the life is known already. */
const startedLife = (guest: GuestState, sight: Sight): GuestState =>
  guest.life.ended && !sight.isNewLife ? beginLife(guest, sight) : guest;

/** Told to run, or found running. */
export function onRunning(policy: GuestPolicy, guest: GuestState, sight: Sight): Step {
  const { standing } = guest;
  const { atMs, isNewLife } = sight;
  const graceMs = graceFrom(policy, atMs);
  if (isNewLife && standing.phase !== 'unknown')
    return becomeRunning(guest, 'runs in a new life; not heard yet', graceMs, atMs);
  switch (standing.phase) {
    case 'unknown':
      return becomeRunning(guest, 'runs; not heard yet', atMs, atMs);
    case 'unmonitored':
    case 'alive':
    case 'suspect':
    case 'held':
      return stay(guest);
    case 'unproven':
      return sight.by === 'event' ? stay(renewGrace(guest, graceMs)) : stay(guest);
    case 'confirming':
      return onRunningInDoubt(policy, guest, sight);
    case 'failed':
      return onRunningAgain(policy, guest, sight);
    case 'suspended': {
      const why = standing.by === 'migration' ? 'runs here after its migration' : 'resumed; not heard since';
      const until = standing.by === 'migration' ? atMs : graceMs;
      return andThen(becomeRunning(guest, why, until, atMs), resumed => askNow(resumed, atMs));
    }
    case 'stopped':
      // A row that was made before the end, and read after it.
      if (guest.life.ended) return stay(guest);
      return becomeRunning(guest, 'runs after all; not heard since', graceMs, atMs);
  }
}

const renewGrace = (guest: GuestState, graceUntilMs: number): GuestState =>
  guest.standing.phase === 'unproven' ? { ...guest, standing: { ...guest.standing, graceUntilMs } } : guest;

function onRunningInDoubt(policy: GuestPolicy, guest: GuestState, sight: Sight): Step {
  if (guest.standing.phase !== 'confirming') return stay(guest);
  const { atMs } = sight;
  const { charge, dueAtMs } = guest.standing;
  switch (charge.kind) {
    case 'paused':
      return andThen(becomeRunning(guest, 'resumed at once: it was a dump', atMs, atMs), resumed =>
        askNow(resumed, atMs),
      );
    case 'panicked':
      return andThen(convictPanicked(policy, guest, 'libvirt', atMs), failed =>
        becomeRunning(failed, 'restarted by libvirt after its panic', graceFrom(policy, atMs), atMs),
      );
    case 'watchdog-poweroff':
      // Only after a time of blindness: else its end is still due.
      return dueAtMs === null
        ? becomeRunning(guest, 'runs after all; not heard since', atMs, atMs)
        : stay(guest);
    case 'agent-away':
    case 'watchdog-shutdown':
    case 'silence':
      return stay(guest);
  }
}

/** Running again after a failure: the incident stays open until the guest is heard. */
function onRunningAgain(policy: GuestPolicy, guest: GuestState, sight: Sight): Step {
  if (guest.standing.phase !== 'failed') return stay(guest);
  const { atMs } = sight;
  const { condition } = guest.standing;
  const again = (): Step =>
    becomeRunning(guest, 'runs again after its failure; not heard yet', graceFrom(policy, atMs), atMs);
  switch (condition) {
    case 'off': {
      // A row made before the end may be read after it; one that is much later shows that it never ended.
      const late = sight.by === 'event' || atMs - guest.sinceMs > policy.incidentWindowMs;
      return guest.life.ended || !late ? stay(guest) : again();
    }
    case 'paused':
      return again();
    case 'running':
      return sight.by === 'event' ? again() : stay(guest);
  }
}

function onPause(guest: GuestState, by: 'wish' | 'migration', sight: Sight): Step {
  const { standing } = guest;
  const { atMs } = sight;
  if (standing.phase === 'failed' && standing.condition !== 'running' && !sight.isNewLife) return stay(guest);
  if (standing.phase === 'stopped' && guest.life.ended && !sight.isNewLife) return stay(guest);
  // An incoming guest is paused until its memory has come: only `resumed` ends that.
  const still = standing.phase === 'suspended' && standing.by === 'migration' && sight.by === 'listing';
  const why = by === 'migration' ? 'paused to be migrated' : `paused by a wish (${sight.words})`;
  return still ? stay(guest) : becomeSuspended(guest, by, why, atMs);
}

/** It had answered, so when the dump takes longer than a boot its silence counts again. */
function onSelfDump(policy: GuestPolicy, guest: GuestState, sight: Sight): Step {
  const { phase } = guest.standing;
  if (phase === 'stopped' || phase === 'failed') return stay(guest);
  return becomeRunning(
    guest,
    'its kernel crashed and its crash kernel writes a dump; it reboots itself after that',
    graceFrom(policy, sight.atMs),
    sight.atMs,
  );
}

function onShutdown(guest: GuestState, sight: Sight): Step {
  const { standing } = guest;
  if (standing.phase === 'failed' || standing.phase === 'stopped') return stay(guest);
  const demanded = standing.phase === 'confirming' && standing.charge.kind.startsWith('watchdog-');
  if (demanded) return stay(guest);
  if (guest.watchdog?.action === 'shutdown') return stay(guest); // Whose end it is shows when it ends.
  return becomeStopped(guest, 'shutting-down', `shuts down by a wish (${sight.words})`, sight.atMs);
}

function onStop(policy: GuestPolicy, guest: GuestState, sight: Sight): Step {
  const { standing } = guest;
  const { atMs } = sight;
  const reason = sight.words.split('/')[1] ?? 'unknown';
  const ended = withLife(guest, { ended: true });
  if (standing.phase === 'failed' && standing.condition === 'off' && !wished.has(reason)) return stay(ended);
  if (reason === 'shutdown' && standing.phase !== 'failed' && standing.phase !== 'stopped') {
    if (isFresh(guest.watchdog, 'poweroff', atMs, policy.incidentWindowMs))
      return convictSeen(policy, guest, watchdogStopped('watchdog-poweroff'), sight);
    if (isFresh(guest.watchdog, 'shutdown', atMs, policy.evidenceMaxAgeMs))
      return convictSeen(policy, guest, watchdogStopped('watchdog-shutdown'), sight);
  }
  return becomeStopped(ended, reason, stopSentence(reason), atMs);
}

/** Ends that somebody wanted, even of a guest that had failed. */
const wished = new Set(['shutdown', 'destroyed', 'migrated', 'saved', 'from-snapshot']);

const watchdogStopped = (rule: 'watchdog-poweroff' | 'watchdog-shutdown'): Failure => ({
  rule,
  fault: 'watchdog-stopped',
  leaves: 'off',
});

const stopSentence = (reason: string): string =>
  ({
    shutdown: 'shut down in an orderly way',
    destroyed: 'switched off by an operator or the cloud',
    migrated: 'migrated to another host',
    saved: 'saved to disk',
    'from-snapshot': 'reverted to a snapshot of a stopped guest',
    failed: 'off: its last start failed',
  })[reason] ?? 'off; the cause is unknown: libvirt no longer knows the reason';

const isFresh = (
  watchdog: GuestState['watchdog'],
  action: 'poweroff' | 'shutdown',
  atMs: number,
  maxAgeMs: number,
): boolean => watchdog?.action === action && atMs - watchdog.atMs <= maxAgeMs;
