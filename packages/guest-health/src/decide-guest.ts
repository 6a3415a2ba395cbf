import type { GuestEffect } from './effect.ts';
import type { GuestState } from './guest-state.ts';
import { recogniseLife, withLife } from './lives.ts';
import type { GuestPolicy } from './policy.ts';
import { printable } from './printable.ts';
import { sentences } from './sentence.ts';
import type { GuestSignal } from './signal.ts';
import { judgeStall, trackCpu } from './silence.ts';
import {
  andThen,
  askNow,
  becomeStopped,
  becomeUnmonitored,
  becomeUnproven,
  type Step,
  stay,
} from './step.ts';
import { stepOnReboot, stepOnWatchdog } from './step-hardware.ts';
import { stepOnMeaning } from './step-meaning.ts';
import { stepOnAgent, stepOnPing } from './step-ping.ts';
import { stepOnBlind, stepOnSighted, stepOnTick } from './step-time.ts';
import { remember } from './trail.ts';
import { convict } from './verdict.ts';
import { type Meaning, meaningOfEvent, meaningOfState } from './words.ts';

/**
 * One guest's machine.
 *
 *   unknown ──runs──▶ unproven ──answers──▶ alive ──misses──▶ suspect ──N misses──▶ confirming
 *      │                 ▲  ▲                ▲ ▲                │ ▲                  │      │
 *      │   no channel    │  │                │ └────answers─────┤ │                  │      │ the host
 *      ├──▶ unmonitored  │  └──reboots───────┤                  │ └──host recovers── held ◀─┤ is suspect
 *      │                 │                   │                  ▼                           │
 *      └──is off──▶ stopped               heartbeat-back ◀── failed ◀────neighbours answer──┘
 *                        │ starts            answers            ▲
 *                        └──────▶ unproven                      │ notify
 *                                                               │
 *   any phase but stopped ── a certain failure, or a doubtful one confirmed ─────┘
 *   any running phase ── paused, saving, migrating ──▶ suspended ── resumed ──▶ unproven
 *   any phase ── ended by a wish ──▶ stopped
 *   any phase ── the probe is blind ──▶ the same, its misses forgotten
 *
 * Reads no clock and does no I/O. A verdict that rests on silence ends in `confirming`: only the gate over all guests
 * of the host (`decideHost`) may let it become `failed`. Answers null for a guest that is gone from the host.
 *
 * `wallAtMs`: the wall clock when the signal was seen; it goes into the name of a life that begins and nowhere else.
 */
export function decideGuest(
  policy: GuestPolicy,
  state: GuestState,
  signal: GuestSignal,
  wallAtMs: number,
): { guest: GuestState | null; effects: GuestEffect[] } {
  const guest = remember(state, signal);
  const { atMs } = signal;
  switch (signal.type) {
    case 'lifecycle':
      return onLifecycle(policy, guest, signal, wallAtMs);
    case 'state':
      return onRow(policy, guest, signal, wallAtMs);
    case 'reboot':
      return stepOnReboot(policy, guest, atMs, wallAtMs);
    case 'watchdog':
      return stepOnWatchdog(policy, guest, signal);
    case 'io-error':
    case 'control-error':
      return stay(guest); // Remembered for the evidence; no failure by itself.
    case 'agent':
      return stepOnAgent(policy, guest, signal);
    case 'ping':
      return stepOnPing(policy, guest, signal);
    case 'profile':
      return onProfile(guest, signal);
    case 'absent':
      return onAbsent(guest, atMs);
    case 'blind':
      return stepOnBlind(guest, signal.cause, atMs);
    case 'sighted':
      return stepOnSighted(policy, guest, atMs);
    case 'tick':
      return stepOnTick(policy, guest, atMs);
  }
}

function onLifecycle(
  policy: GuestPolicy,
  guest: GuestState,
  signal: Extract<GuestSignal, { type: 'lifecycle' }>,
  wallAtMs: number,
): Step {
  const { event, detail, domainId, atMs } = signal;
  const meaning = meaningOfEvent(event, detail);
  const seen = { domainId, atMs, wallAtMs };
  const { guest: known, isNew } = recognise(guest, meaning, seen);
  const sight = { by: 'event' as const, words: `${event}/${detail}`, isNewLife: isNew, ...seen };
  return stepOnMeaning(policy, known, meaning, sight);
}

function onRow(
  policy: GuestPolicy,
  guest: GuestState,
  row: Extract<GuestSignal, { type: 'state' }>,
  wallAtMs: number,
): Step {
  const { state, reason, domainId, cpuTimeNs, atMs } = row;
  // A row made before the last event tells of a time that has passed.
  if (guest.trail.some(sign => sign.signal === 'lifecycle' && atMs < sign.atMs)) return stay(guest);
  // Whoever can list it can see it.
  const seen = guest.blindSinceMs !== null && atMs >= guest.blindSinceMs;
  const sighted = seen ? stepOnSighted(policy, guest, atMs) : stay(guest);
  return andThen(sighted, before => {
    const meaning = meaningOfState(state, reason);
    const { guest: known, isNew } = recognise(before, meaning, { domainId, cpuTimeNs, atMs, wallAtMs });
    const sight = {
      by: 'listing' as const,
      words: `${state}/${reason}`,
      isNewLife: isNew,
      domainId,
      atMs,
      wallAtMs,
    };
    const missedPanic = meaning.kind === 'runs' && reason === 'crashed' && panickedUnseen(known, isNew);
    const step = missedPanic
      ? convictRestarted(policy, known, atMs)
      : stepOnMeaning(policy, known, meaning, sight);
    return andThen(step, after =>
      readRow(policy, after.lookedAway ? { ...after, lookedAway: false } : after, meaning, row),
    );
  });
}

/** What a row tells beside the state: how the guest came to run, and whether its QEMU makes progress. */
function readRow(
  policy: GuestPolicy,
  guest: GuestState,
  meaning: Meaning,
  row: Extract<GuestSignal, { type: 'state' }>,
): Step {
  if (meaning.kind !== 'runs' || guest.life.ended) return stay(guest);
  const { life } = guest;
  // A row that tells nothing new leaves the guest as it is: most rows of most listings.
  if (row.cpuTimeNs === null && row.reason === life.runningReason) return judgeStall(policy, guest, row.atMs);
  const cpu = row.cpuTimeNs === null ? life.cpu : trackCpu(life.cpu, row.cpuTimeNs, row.atMs);
  return judgeStall(
    policy,
    withLife(guest, { runningReason: row.reason, cpu, cpuFloorNs: row.cpuTimeNs ?? life.cpuFloorNs }),
    row.atMs,
  );
}

/** In the same life it ran for another reason when last listed, and nobody looked since. */
const panickedUnseen = (guest: GuestState, isNew: boolean): boolean =>
  guest.lookedAway &&
  !isNew &&
  !guest.life.ended &&
  guest.life.runningReason !== null &&
  guest.life.runningReason !== 'crashed';

function convictRestarted(policy: GuestPolicy, guest: GuestState, atMs: number): Step {
  const rule = 'found-restarted-after-panic';
  return convict(
    policy,
    withLife(guest, { proven: false }),
    {
      rule,
      fault: 'panicked',
      handledBy: 'libvirt',
      summary: sentences[rule],
      inputs: [{ signal: 'state', value: 'running/crashed', atMs }],
      leaves: 'running',
      ended: false,
      silent: false,
      faultAtMs: atMs,
      libvirtEvent: null,
    },
    atMs,
  );
}

const onlyWhenOn = new Set<Meaning['kind']>([
  'starts',
  'comes-in',
  'runs',
  'pauses',
  'doubtful-pause',
  'panics',
  'dumps-itself',
]);

function recognise(
  guest: GuestState,
  meaning: Meaning,
  seen: { domainId: number | null; cpuTimeNs?: bigint | null; atMs: number; wallAtMs: number },
): { guest: GuestState; isNew: boolean } {
  const isOn = onlyWhenOn.has(meaning.kind) || (meaning.kind === 'fails' && meaning.leaves !== 'off');
  return isOn ? recogniseLife(guest, seen) : { guest, isNew: false };
}

function onProfile(guest: GuestState, signal: Extract<GuestSignal, { type: 'profile' }>): Step {
  const { profile, name, atMs } = signal;
  const known: GuestState = { ...guest, profile, instanceName: printable(name, 255) || guest.instanceName };
  const { phase } = known.standing;
  // One that was heard has a channel, whatever a definition for its next start says.
  if (!profile.agentChannel && phase === 'unproven' && !known.life.proven)
    return becomeUnmonitored(known, atMs);
  if (profile.agentChannel && phase === 'unmonitored')
    return andThen(becomeUnproven(known, 'has an agent channel now; not heard yet', atMs, atMs), unproven =>
      askNow(unproven, atMs),
    );
  return stay(known);
}

/** So long an incident that nobody has closed is kept for a domain that was undefined: a cloud may define it anew. */
const keepOpenIncidentMs = 3_600_000;

function onAbsent(guest: GuestState, atMs: number): { guest: GuestState | null; effects: GuestEffect[] } {
  const { standing, incident } = guest;
  if (standing.phase === 'unknown') return { guest: null, effects: [] };
  if (standing.phase !== 'stopped')
    return becomeStopped(guest, 'absent', 'not on this host any more; the cause is unknown', atMs);
  const open = incident?.heardAgainAtMs === null && atMs - incident.filedAtMs < keepOpenIncidentMs;
  return open ? stay(guest) : { guest: null, effects: [] };
}
