import type { GuestFault, Handler, InstancePayload } from '@instance-ha/notification';
import type { GuestEffect } from './effect.ts';
import { type Input, writeEvidence } from './evidence.ts';
import type { Condition, GuestState } from './guest-state.ts';
import { heedFrom, withLife } from './lives.ts';
import type { GuestPolicy } from './policy.ts';
import type { GuestRule } from './rule.ts';
import { becomeFailed, type Step, stay } from './step.ts';

/** A failure that is beyond doubt by its rule. */
export type Verdict = {
  rule: GuestRule;
  fault: GuestFault;
  handledBy: Handler;
  summary: string;
  inputs: readonly Input[];
  /** In which condition the domain is now. */
  leaves: Condition;
  /** Its QEMU has ended. */
  ended: boolean;
  /** Rests on silence, so it counts for the gate. */
  silent: boolean;
  faultAtMs: number;
  libvirtEvent: InstancePayload['libvirtEvent'];
};

/** Files the failure, unless it is part of the incident that was filed last. */
export function convict(policy: GuestPolicy, guest: GuestState, verdict: Verdict, atMs: number): Step {
  const seen = verdict.ended ? withLife(guest, { ended: true }) : guest;
  return belongsToLast(policy, guest, verdict, atMs)
    ? joinLast(seen, verdict, atMs)
    : file(policy, seen, verdict, atMs);
}

/**
 * One incident sends up to forty events, and a listing tells the same again each round. A failure is part of the last
 * incident when that one is open (the guest was not heard since), is of the same life, and …
 */
function belongsToLast(policy: GuestPolicy, guest: GuestState, verdict: Verdict, atMs: number): boolean {
  const { incident, standing } = guest;
  if (!incident || incident.heardAgainAtMs !== null || incident.boot !== guest.life.boot) return false;
  if (standing.phase === 'failed') {
    // … what is off cannot fail again without a new life,
    if (standing.condition === 'off') return true;
    // … or what is paused is paused, and a listing only repeats what is known,
    const same = verdict.leaves === standing.condition;
    if (same && (standing.condition === 'paused' || verdict.libvirtEvent === null)) return true;
  }
  // … or it comes within the window. Except that whoever was bringing the guest back failed at that: this is new.
  if (incident.handledBy !== 'none' && verdict.handledBy === 'none') return false;
  return atMs - incident.filedAtMs <= policy.incidentWindowMs;
}

function joinLast(guest: GuestState, verdict: Verdict, atMs: number): Step {
  const { standing } = guest;
  if (standing.phase === 'failed' && standing.condition === 'off') return stay(guest);
  return becomeFailed(
    heedFrom(guest, atMs),
    { condition: verdict.leaves, silentUntilMs: null },
    `${verdict.summary} (the incident that was reported)`,
    atMs,
  );
}

function file(policy: GuestPolicy, guest: GuestState, verdict: Verdict, atMs: number): Step {
  const { rule, fault, handledBy, summary, leaves, silent, libvirtEvent } = verdict;
  const { boot, domainId, heard } = guest.life;
  // A guest that fails while it boots after a failure was not heard since, and is awaited all the same.
  const owed = guest.incident?.heardAgainAtMs === null && guest.incident.hadHeartbeat;
  const hadHeartbeat = heard || owed;
  const sequence = guest.life.incidents + 1;
  const notify: GuestEffect = {
    type: 'notify',
    instanceUuid: guest.instanceUuid,
    instanceName: guest.instanceName,
    fault,
    handledBy,
    hadHeartbeat,
    boot,
    sequence,
    domainId,
    libvirtEvent,
    evidence: writeEvidence(policy, guest, verdict, atMs),
    faultAtMs: Math.min(verdict.faultAtMs, atMs),
    atMs,
  };
  const restartedByLibvirt = fault === 'panicked' && handledBy === 'libvirt';
  const filed: GuestState = {
    ...withLife(guest, {
      incidents: sequence,
      // libvirt will give `crashed` as the reason it runs: that is this incident, not another.
      runningReason: restartedByLibvirt ? 'crashed' : guest.life.runningReason,
    }),
    incident: {
      boot,
      sequence,
      fault,
      handledBy,
      hadHeartbeat,
      filedAtMs: atMs,
      heardAgainAtMs: null,
      heardAgainBoot: null,
    },
    watchdog: null,
  };
  const step = becomeFailed(
    // An answer under way disproves silence; it says nothing about a crash.
    silent ? filed : heedFrom(filed, atMs),
    { condition: leaves, silentUntilMs: silent ? atMs + policy.evidenceMaxAgeMs : null },
    `${rule}: ${summary}`,
    atMs,
  );
  return { guest: step.guest, effects: [notify, ...step.effects] };
}
