import type { Charge, GuestState, Incident, Standing } from './guest-state.ts';
import type { HostState } from './host-state.ts';
import type { GuestProfile } from './signal.ts';

/**
 * What has to survive a restart of the monitor, as JSON. Instants are wall-clock milliseconds, because the monotonic
 * clock starts anew. What is not in here starts anew too: misses, CPU samples, the trail, doubts that rest on time;
 * a restart is to the judgement what a time of blindness is.
 */
export type HostRecord = {
  version: typeof recordVersion;
  /** Since when the host has been suspect; null when it is not. */
  suspectSince: number | null;
  guests: GuestRecord[];
};

export type GuestRecord = {
  instanceUuid: string;
  instanceName: string;
  profile: GuestProfile | null;
  standing: StandingRecord;
  why: string;
  sinceAt: number;
  boot: string;
  domainId: number | null;
  ended: boolean;
  heard: boolean;
  proven: boolean;
  lastBeatAt: number | null;
  incidents: number;
  runningReason: string | null;
  /** Decimal, in nanoseconds. */
  cpuFloorNs: string | null;
  incident:
    | (Omit<Incident, 'filedAtMs' | 'heardAgainAtMs'> & { filedAt: number; heardAgainAt: number | null })
    | null;
  watchdog: { action: 'poweroff' | 'shutdown'; at: number } | null;
  reboots: number[];
};

export type StandingRecord =
  | { phase: 'unknown' | 'unmonitored' | 'alive' | 'suspect' }
  | { phase: 'unproven'; graceUntil: number }
  | { phase: 'confirming'; charge: ChargeRecord; due: number | null }
  | { phase: 'failed'; condition: 'off' | 'paused' | 'running'; silentUntil: number | null }
  | { phase: 'suspended'; by: 'wish' | 'migration' }
  | { phase: 'stopped'; reason: string };

export type ChargeRecord =
  | { kind: 'paused'; rule: 'watchdog-paused' | 'found-panicked'; sign: string; firstAt: number }
  | { kind: 'panicked' | 'watchdog-poweroff' | 'watchdog-shutdown'; firstAt: number };

/** A record of another version is not read: the monitor then starts as if it had none. */
export const recordVersion = 1;

/** Snapshot for the disk; safe for `JSON.stringify`. `nowMs` and `wallNowMs` are one instant on both clocks. */
export function toRecord(state: HostState, nowMs: number, wallNowMs: number): HostRecord {
  const wall = (atMs: number): number => Math.round(wallNowMs - (nowMs - atMs));
  return {
    version: recordVersion,
    suspectSince: state.gate.suspect ? wall(state.gate.sinceMs) : null,
    guests: Array.from(state.guests.values(), guest => guestToRecord(guest, wall)),
  };
}

type Turn = (instant: number) => number;
const orNull = (turn: Turn, instant: number | null): number | null =>
  instant === null ? null : turn(instant);

/** One guest of it. */
export function guestToRecord(guest: GuestState, wall: Turn): GuestRecord {
  const { life, incident, watchdog } = guest;
  return {
    instanceUuid: guest.instanceUuid,
    instanceName: guest.instanceName,
    profile: guest.profile,
    standing: standingToRecord(guest.standing, wall),
    why: guest.why,
    sinceAt: wall(guest.sinceMs),
    boot: life.boot,
    domainId: life.domainId,
    ended: life.ended,
    heard: life.heard,
    proven: life.proven,
    lastBeatAt: orNull(wall, life.lastBeatMs),
    incidents: life.incidents,
    runningReason: life.runningReason,
    cpuFloorNs: life.cpuFloorNs?.toString() ?? null,
    incident: incident && {
      boot: incident.boot,
      sequence: incident.sequence,
      fault: incident.fault,
      handledBy: incident.handledBy,
      hadHeartbeat: incident.hadHeartbeat,
      filedAt: wall(incident.filedAtMs),
      heardAgainAt: orNull(wall, incident.heardAgainAtMs),
      heardAgainBoot: incident.heardAgainBoot,
    },
    watchdog: watchdog && { action: watchdog.action, at: wall(watchdog.atMs) },
    reboots: guest.reboots.map(wall),
  };
}

function standingToRecord(standing: Standing, wall: Turn): StandingRecord {
  switch (standing.phase) {
    case 'unknown':
    case 'unmonitored':
    case 'alive':
    case 'suspect':
      return { phase: standing.phase };
    case 'held':
      return { phase: 'suspect' };
    case 'unproven':
      return { phase: 'unproven', graceUntil: wall(standing.graceUntilMs) };
    case 'confirming': {
      const charge = chargeToRecord(standing.charge, wall);
      return charge
        ? { phase: 'confirming', charge, due: orNull(wall, standing.dueAtMs) }
        : { phase: 'suspect' };
    }
    case 'failed': {
      const { condition, silentUntilMs } = standing;
      return { phase: 'failed', condition, silentUntil: orNull(wall, silentUntilMs) };
    }
    case 'suspended':
      return { phase: 'suspended', by: standing.by };
    case 'stopped':
      return { phase: 'stopped', reason: standing.reason };
  }
}

function chargeToRecord(charge: Charge, wall: Turn): ChargeRecord | null {
  switch (charge.kind) {
    case 'agent-away':
    case 'silence':
      return null;
    case 'paused':
      return { kind: charge.kind, rule: charge.rule, sign: charge.sign, firstAt: wall(charge.firstAtMs) };
    case 'panicked':
    case 'watchdog-poweroff':
    case 'watchdog-shutdown':
      return { kind: charge.kind, firstAt: wall(charge.firstAtMs) };
  }
}
