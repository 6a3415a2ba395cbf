import type { GuestFault, Handler } from '@instance-ha/notification';
import type { GuestProfile } from './signal.ts';

/** One life of a domain: from its start to the end of its QEMU. */
export type Life = {
  /** Names the life, `DOMAIN-ID@WALL-CLOCK-OF-FIRST-SIGHT`: made once, kept over restarts of the monitor. */
  boot: string;
  domainId: number | null;
  /** Its QEMU ended: a listing that says it runs is older than that. */
  ended: boolean;
  /** Answered at least once in this life. */
  heard: boolean;
  /** Answered since the guest last started or rebooted: from then on its silence means something. */
  proven: boolean;
  lastBeatMs: number | null;
  /** Incidents filed in this life. */
  incidents: number;
  /** libvirt's reason in the last listing that found it running. */
  runningReason: string | null;
  cpu: CpuTrack | null;
  /** CPU time it has used at least: a lower value is another life. */
  cpuFloorNs: bigint | null;
};

/** Progress of QEMU's CPU time: the latest sample, the one before, and since when the value has not moved. */
export type CpuTrack = {
  ns: bigint;
  atMs: number;
  stillSinceMs: number;
  before: { ns: bigint; atMs: number } | null;
};

/** How the guest is asked, and what came of it. */
export type Hearing = {
  /** When the last ping that has ended was sent; null when none was. */
  askedAtMs: number | null;
  /** The same of the last ping that told something about the guest. */
  lookedAtMs: number | null;
  /** Pings without an answer in a row, also those that are no evidence: the measure of backing off. */
  unanswered: number;
  /** Pings sent before this instant belong to a situation that has passed. */
  heedFromMs: number;
  /** Since when the agent is away; null when it is not known to be. */
  awaySinceMs: number | null;
  /** Until then a missing agent may be a reboot that nobody saw. */
  awayIsNothingUntilMs: number;
};

/** A ping without an answer that counts against the guest. */
export type Miss = {
  outcome: 'no-answer' | 'not-connected';
  detail: string | null;
  askedAtMs: number;
  atMs: number;
};

/** Something seen, kept for a while so that a verdict can tell what went before it. Equal ones in a row are counted. */
export type Sign = { signal: string; value: string; firstAtMs: number; atMs: number; count: number };

/** The last failure that was notified. It is open until the guest is heard again. */
export type Incident = {
  boot: string;
  sequence: number;
  fault: GuestFault;
  handledBy: Handler;
  /** It was heard in the life that failed, or is owed to be heard from an incident before it: who brings it back must hear it. */
  hadHeartbeat: boolean;
  filedAtMs: number;
  /** When it was heard after that, and in which life: an answer of the life that failed proves no later one. */
  heardAgainAtMs: number | null;
  heardAgainBoot: string | null;
};

/** What a sign of failure waits for before it is believed. */
export type Charge =
  /** The agent went away and has a grace to come back. */
  | { kind: 'agent-away' }
  /** Paused by its watchdog or by a panic in the making; a dump resumes it at once. */
  | { kind: 'paused'; rule: 'watchdog-paused' | 'found-panicked'; firstAtMs: number; sign: string }
  /** Panicked, and its definition is not known yet: whether libvirt restarts it will show in a moment. */
  | { kind: 'panicked'; firstAtMs: number }
  /** The watchdog powers it off: its end is due. */
  | { kind: 'watchdog-poweroff'; firstAtMs: number }
  /** The watchdog asked it to shut down: it stops, falls silent, or goes on. */
  | { kind: 'watchdog-shutdown'; firstAtMs: number }
  /** Judged silent; waits until its neighbours were asked too. */
  | {
      kind: 'silence';
      rule: 'misses-reached-threshold' | 'silent-and-cpu-stalled' | 'agent-stayed-away';
      misses: readonly Miss[];
      needed: number;
      stall: { sinceMs: number; untilMs: number } | null;
    };

/** In which condition a failure leaves the domain. */
export type Condition = 'off' | 'paused' | 'running';

/** The phase, with the data only it needs. */
export type Standing =
  | { phase: 'unknown' }
  | { phase: 'unmonitored' }
  | { phase: 'unproven'; graceUntilMs: number }
  | { phase: 'alive' }
  | { phase: 'suspect'; misses: readonly Miss[] }
  /** `dueAtMs` null: waits for a look, not for time. */
  | { phase: 'confirming'; charge: Charge; dueAtMs: number | null }
  | { phase: 'held'; misses: readonly Miss[] }
  /** `silentUntilMs`: failed by its silence, and so long counted among the silent of its host; null when not. */
  | { phase: 'failed'; condition: Condition; silentUntilMs: number | null }
  | { phase: 'suspended'; by: 'wish' | 'migration' }
  /** `reason` is libvirt's word, or `absent`, or `shutting-down`. */
  | { phase: 'stopped'; reason: string };

/** All that is believed of one guest. Immutable: every decision makes a new one. */
export type GuestState = {
  readonly instanceUuid: string;
  readonly instanceName: string;
  readonly profile: GuestProfile | null;
  readonly standing: Standing;
  /** One sentence: why this phase. */
  readonly why: string;
  readonly sinceMs: number;
  readonly life: Life;
  readonly hearing: Hearing;
  readonly incident: Incident | null;
  /** The watchdog's last demand that may still end the guest. */
  readonly watchdog: { action: 'poweroff' | 'shutdown'; atMs: number } | null;
  /** First instants of the reboots seen, one for each burst of events. */
  readonly reboots: readonly number[];
  readonly trail: readonly Sign[];
  /** Since when the probe cannot look at it. */
  readonly blindSinceMs: number | null;
  /** Events may have been missed since the last listing: the next row is read for what they would have told. */
  readonly lookedAway: boolean;
};
