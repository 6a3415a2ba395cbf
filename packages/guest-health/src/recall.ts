import { guestFaults } from '@instance-ha/notification';
import type { Charge, GuestState, Incident, Standing } from './guest-state.ts';
import { type HostState, initialHost } from './host-state.ts';
import {
  aBoolean,
  aCount,
  aNumber,
  anObject,
  aString,
  digits,
  listOf,
  nullable,
  oneOf,
  type Read,
  taggedBy,
  Unreadable,
} from './read.ts';
import { type ChargeRecord, type GuestRecord, recordVersion, type StandingRecord } from './record.ts';
import type { GuestProfile } from './signal.ts';

/**
 * What a monitor knew before it was restarted, as far as it can be read.
 *
 * `record` is what `toRecord` gave, parsed, or its JSON text. Never throws. A guest whose entry is broken is left out (it
 * has to prove itself again) and told in `damaged`; of a record that is broken as a whole, or of another version,
 * nothing is believed. `nowMs` and `wallNowMs` are one instant on both clocks; a wall clock that has jumped makes ages
 * wrong and never a time in the past one in the future.
 */
export function fromRecord(
  record: unknown,
  nowMs: number,
  wallNowMs: number,
): { state: HostState; damaged: string[] } {
  const damaged: string[] = [];
  const { guests, suspectSince } = readHost(record, damaged);
  const monotonic = (at: number): number => nowMs - (wallNowMs - at);
  const turn: Turn = {
    past: at => Math.min(nowMs, monotonic(at)),
    future: at => Math.min(nowMs + farthestFutureMs, monotonic(at)),
    nowMs,
  };
  let state = initialHost();
  if (suspectSince !== null) state = { ...state, gate: { suspect: true, sinceMs: turn.past(suspectSince) } };
  for (const [index, entry] of guests.entries()) {
    try {
      const guest = recall(aGuest(entry, `guests[${index}]`), turn);
      if (state.guests.has(guest.instanceUuid))
        damaged.push(`guests[${index}] names ${guest.instanceUuid} a second time`);
      else state = { ...state, guests: state.guests.with(guest) };
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      damaged.push(error.message);
    }
  }
  return { state, damaged };
}

/** No grace reaches farther; a clock set back would else extend one by as much. */
const farthestFutureMs = 3_600_000;

/** libvirt lists no more domains than this. */
const mostGuests = 16_384;

type Turn = { past: (at: number) => number; future: (at: number) => number; nowMs: number };
const orNull = <T>(value: T | null, turn: (value: T) => number): number | null =>
  value === null ? null : turn(value);

type Host = { suspectSince: number | null; guests: unknown[] };

function readHost(record: unknown, damaged: string[]): Host {
  try {
    const parsed: unknown = typeof record === 'string' ? JSON.parse(record) : record;
    const { version } = aVersion(parsed, 'record');
    if (version === recordVersion) return aHost(parsed, 'record');
    damaged.push(`record.version must be ${recordVersion}, found ${version}`);
  } catch (error) {
    damaged.push(error instanceof Error ? error.message : 'record cannot be read');
  }
  return { suspectSince: null, guests: [] };
}

const aVersion = anObject<{ version: number }>({ version: aNumber });

const aHost = anObject<Host>({
  suspectSince: nullable(aNumber),
  guests: listOf<unknown>(value => value, mostGuests),
});

export const aProfile = anObject<GuestProfile>({
  agentChannel: aBoolean,
  onCrash: oneOf([
    'destroy',
    'restart',
    'preserve',
    'rename-restart',
    'coredump-destroy',
    'coredump-restart',
  ]),
  panicDevice: aBoolean,
  watchdog: nullable(oneOf(['none', 'pause', 'reset', 'poweroff', 'shutdown', 'debug', 'inject-nmi'])),
  persistent: aBoolean,
});

type FirstAt<K extends string> = { kind: K; firstAt: number };
const since = <K extends ChargeRecord['kind']>(kind: K): Read<FirstAt<K>> =>
  anObject<FirstAt<K>>({ kind: oneOf([kind]), firstAt: aNumber });

const aCharge = taggedBy<ChargeRecord>('kind', {
  paused: anObject<Extract<ChargeRecord, { kind: 'paused' }>>({
    kind: oneOf(['paused']),
    rule: oneOf(['watchdog-paused', 'found-panicked']),
    sign: aString,
    firstAt: aNumber,
  }),
  panicked: since('panicked'),
  'watchdog-poweroff': since('watchdog-poweroff'),
  'watchdog-shutdown': since('watchdog-shutdown'),
});

type Of<P extends StandingRecord['phase']> = Extract<StandingRecord, { phase: P }>;
type Bare = { phase: 'unknown' | 'unmonitored' | 'alive' | 'suspect' };
const bare = anObject<Bare>({ phase: oneOf(['unknown', 'unmonitored', 'alive', 'suspect']) });

const aStanding = taggedBy<StandingRecord>('phase', {
  unknown: bare,
  unmonitored: bare,
  alive: bare,
  suspect: bare,
  unproven: anObject<Of<'unproven'>>({ phase: oneOf(['unproven']), graceUntil: aNumber }),
  confirming: anObject<Of<'confirming'>>({
    phase: oneOf(['confirming']),
    charge: aCharge,
    due: nullable(aNumber),
  }),
  failed: anObject<Of<'failed'>>({
    phase: oneOf(['failed']),
    condition: oneOf(['off', 'paused', 'running']),
    silentUntil: nullable(aNumber),
  }),
  suspended: anObject<Of<'suspended'>>({ phase: oneOf(['suspended']), by: oneOf(['wish', 'migration']) }),
  stopped: anObject<Of<'stopped'>>({ phase: oneOf(['stopped']), reason: aString }),
});

const aGuest = anObject<GuestRecord>({
  instanceUuid: aString,
  instanceName: aString,
  profile: nullable(aProfile),
  standing: aStanding,
  why: aString,
  sinceAt: aNumber,
  boot: aString,
  domainId: nullable(aNumber),
  ended: aBoolean,
  heard: aBoolean,
  proven: aBoolean,
  lastBeatAt: nullable(aNumber),
  incidents: aCount,
  runningReason: nullable(aString),
  cpuFloorNs: nullable(digits),
  incident: nullable(
    anObject<NonNullable<GuestRecord['incident']>>({
      boot: aString,
      sequence: aCount,
      fault: oneOf(guestFaults),
      handledBy: oneOf(['none', 'libvirt', 'qemu']),
      hadHeartbeat: aBoolean,
      filedAt: aNumber,
      heardAgainAt: nullable(aNumber),
      heardAgainBoot: nullable(aString),
    }),
  ),
  watchdog: nullable(
    anObject<NonNullable<GuestRecord['watchdog']>>({
      action: oneOf(['poweroff', 'shutdown']),
      at: aNumber,
    }),
  ),
  reboots: listOf(aNumber, 1_000),
});

/** Nobody has looked since: the first row, or word that the probe sees, ends that. */
function recall(entry: GuestRecord, { past, future, nowMs }: Turn): GuestState {
  const { incident, watchdog } = entry;
  return {
    instanceUuid: entry.instanceUuid,
    instanceName: entry.instanceName,
    profile: entry.profile,
    standing: recallStanding(entry.standing, { past, future, nowMs }),
    why: entry.why,
    sinceMs: past(entry.sinceAt),
    life: {
      boot: entry.boot,
      domainId: entry.domainId,
      ended: entry.ended,
      heard: entry.heard,
      proven: entry.proven,
      lastBeatMs: orNull(entry.lastBeatAt, past),
      incidents: entry.incidents,
      runningReason: entry.runningReason,
      cpu: null,
      cpuFloorNs: entry.cpuFloorNs === null ? null : BigInt(entry.cpuFloorNs),
    },
    hearing: {
      askedAtMs: null,
      lookedAtMs: null,
      unanswered: 0,
      heedFromMs: nowMs,
      awaySinceMs: null,
      awayIsNothingUntilMs: nowMs,
    },
    incident: incident && recallIncident(incident, past),
    watchdog: watchdog && { action: watchdog.action, atMs: past(watchdog.at) },
    reboots: entry.reboots.map(past),
    trail: [],
    blindSinceMs: nowMs,
    lookedAway: true,
  };
}

function recallIncident(
  incident: NonNullable<GuestRecord['incident']>,
  past: (at: number) => number,
): Incident {
  const { boot, sequence, fault, handledBy, hadHeartbeat, heardAgainBoot } = incident;
  return {
    boot,
    sequence,
    fault,
    handledBy,
    hadHeartbeat,
    filedAtMs: past(incident.filedAt),
    heardAgainAtMs: orNull(incident.heardAgainAt, past),
    heardAgainBoot,
  };
}

function recallStanding(standing: StandingRecord, turn: Turn): Standing {
  switch (standing.phase) {
    case 'unknown':
    case 'unmonitored':
    case 'alive':
      return { phase: standing.phase };
    case 'suspect':
      return { phase: 'suspect', misses: [] };
    case 'unproven':
      return { phase: 'unproven', graceUntilMs: turn.future(standing.graceUntil) };
    case 'confirming': {
      const charge = recallCharge(standing.charge, turn.past);
      // Only the request to shut down runs out by itself; the others wait for a look.
      const dueAtMs = charge.kind === 'watchdog-shutdown' ? orNull(standing.due, turn.future) : null;
      return { phase: 'confirming', charge, dueAtMs };
    }
    case 'failed':
      return {
        phase: 'failed',
        condition: standing.condition,
        silentUntilMs: orNull(standing.silentUntil, turn.future),
      };
    case 'suspended':
      return { phase: 'suspended', by: standing.by };
    case 'stopped':
      return { phase: 'stopped', reason: standing.reason };
  }
}

function recallCharge(charge: ChargeRecord, past: (at: number) => number): Charge {
  const firstAtMs = past(charge.firstAt);
  switch (charge.kind) {
    case 'paused':
      return { kind: 'paused', rule: charge.rule, sign: charge.sign, firstAtMs };
    case 'panicked':
    case 'watchdog-poweroff':
    case 'watchdog-shutdown':
      return { kind: charge.kind, firstAtMs };
  }
}
