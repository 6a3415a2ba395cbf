import type {
  Evidence,
  IncidentKey,
  NotificationPayload,
  NotificationStatus,
  NotificationType,
} from '@instance-ha/notification';
import type { HeartbeatSighting } from '@instance-ha/recovery';
import type { AuditStore, NewAuditEvent } from './audit.ts';
import type { ConfigurationStore, OperationStore, ServiceStore } from './configuration.ts';
import type { MonitorReport, ReportedGuest } from './guest-reporter.ts';
import type { HostStore, SegmentStore, VmoveStore } from './inventory.ts';
import type { MonitorActionStore } from './monitor-actions.ts';
import type { FiledNotification } from './notification-sink.ts';
import type { RecordingStore } from './recordings.ts';
import type { Ruling, RulingStore } from './rulings.ts';
import type { TrendStore } from './trends.ts';

/** Times are ISO 8601 with milliseconds and `Z`. What the database stamps (`acceptedAt`, `updatedAt`, …) is by its own clock. */
export type NotificationRecord = {
  id: number;
  uuid: string;
  incidentKey: IncidentKey;
  type: NotificationType;
  status: NotificationStatus;
  host: string;
  /** The host and the segment it was filed of, as they stood then; null for a host that was in no segment. */
  sourceHostUuid: string | null;
  failoverSegmentUuid: string | null;
  instanceUuid: string | null;
  instanceName: string | null;
  faultAt: string;
  detectedAt: string;
  acceptedAt: string;
  updatedAt: string;
  endedAt: string | null;
  payload: NotificationPayload;
  evidence: Evidence | null;
  /** Why it has the status it has, in one sentence. */
  message: string | null;
  /** How often the same incident was filed again. */
  duplicates: number;
  /** Name of the token or monitor that filed it first. */
  filedBy: string;
};

/** A notification in a list: all but its evidence, which is the largest part and nobody's reason to look at a list. */
export type NotificationSummary = Omit<NotificationRecord, 'evidence'>;

export type NotificationFilter = {
  type?: NotificationType | undefined;
  status?: readonly NotificationStatus[] | undefined;
  host?: string | undefined;
  /** Null: only those of hosts that were in no segment. */
  sourceHostUuid?: string | null | undefined;
  /** UUID or exact name. */
  instance?: string | undefined;
  /** `detectedAt` at or after, and before. */
  since?: string | undefined;
  until?: string | undefined;
};

/** Newest first by `id`, which never changes: pages stay stable while rows arrive. `after` is the last id of the page before. */
export type Page = { limit: number; after?: number | undefined };

/** One key of an order, the first being the most significant. */
export type SortBy<Key extends string> = { key: Key; direction: 'asc' | 'desc' };

/**
 * A page in an order of one's own; without one, newest first. Null comes before every value. Equal rows are told apart by
 * `id`, downwards unless it is among the keys, so that the order is total.
 */
export type SortedPage<Key extends string> = Page & { sort?: readonly SortBy<Key>[] | undefined };

export const notificationSortKeys = [
  'id',
  'uuid',
  'type',
  'status',
  'host',
  'sourceHostUuid',
  'failoverSegmentUuid',
  'message',
  'detectedAt',
  'acceptedAt',
  'updatedAt',
] as const;
export type NotificationSortKey = (typeof notificationSortKeys)[number];

export interface NotificationStore {
  /** Stores it, or finds the record with the same incident key and counts the duplicate. */
  file(
    notification: FiledNotification,
    by: { name: string },
  ): Promise<{ record: NotificationRecord; duplicate: boolean }>;
  get(uuid: string): Promise<NotificationRecord | undefined>;
  list(filter: NotificationFilter, page: SortedPage<NotificationSortKey>): Promise<NotificationSummary[]>;
  /** The `id` of the row that this id or UUID names. */
  idOf(reference: string): Promise<number | undefined>;
  /** The journal of its recovery, oldest first. */
  journal(uuid: string): Promise<JournalEntry[]>;
}

/** One recorded fact of a recovery. `event` is the recovery machine's event, replayable. */
export type JournalEntry = { sequence: number; at: string; worker: string; event: unknown };

/** A right to work on one notification until `leaseUntil`; `fence` grows with each claim, so that a late writer is refused. */
export type Claim = {
  notification: NotificationRecord;
  fence: number;
  journal: JournalEntry[];
  /** True when another worker had begun and did not end: its last act is in doubt. */
  takenOver: boolean;
  /**
   * Milliseconds from `notification.acceptedAt` to this claim, by the database's clock. Events of a recovery carry
   * `atMs` reckoned from the same instant, so that facts of several workers lie on one line of time.
   */
  ageMs: number;
  /** What operators have ruled about it so far, the oldest first. */
  rulings: Ruling[];
};

export type ClaimEnd = {
  status: 'finished' | 'failed' | 'ignored' | 'error';
  message: string;
  retryInMs?: number | undefined;
  /** Written in the same transaction. */
  audit?: readonly NewAuditEvent[] | undefined;
};

/** What is written together with facts, in one transaction. */
export type FactsNote = {
  /** Replaces the notification's. */
  message?: string;
  /** Why it waits for an operator, null when it does not; without it the hold stays as it is. Since when is kept while one stands. */
  held?: string | null;
  audit?: readonly NewAuditEvent[];
};

/**
 * Every method that takes a `Claim` answers `fenced` and changes nothing when the claim has passed to another worker, was
 * let go, or its lease ran out; only `renew` revives a lease that ran out and that nobody took. One instance is
 * recovered by one worker at a time: its notifications are claimed one after the other, in the order they came. So are the
 * COMPUTE_HOST notifications of one host, whatever its segment.
 *
 * While a host is evacuated (it has its turn) no COMPUTE_INSTANCE notification of that host is claimed: its instances are
 * brought back by the evacuation, and a restart beside it would be refused by Nova or spoil it. They wait, and look first
 * when the evacuation is over. One that was begun before goes on, and sees in Nova's books what happens to its instance.
 * A host that is merely held, or waits for its turn, keeps nobody waiting.
 *
 * A call that rejects may or may not have been carried out: let the claim go and claim anew.
 */
export interface RecoveryStore {
  /** Takes at most `limit` notifications that are new, due again, or whose lease ran out. Takes none while paused. */
  claim(options: { worker: string; leaseMs: number; limit: number }): Promise<Claim[]>;
  renew(claim: Claim, options: { leaseMs: number }): Promise<'held' | 'fenced'>;
  /** Appends facts to the journal in one transaction; a `message` replaces the notification's. */
  append(claim: Claim, events: readonly unknown[], note?: FactsNote): Promise<'stored' | 'fenced'>;
  end(claim: Claim, events: readonly unknown[], end: ClaimEnd): Promise<'stored' | 'fenced'>;
  /**
   * Takes one of `most` turns to evacuate a host, over all workers; answers the hosts that have them when none is left. A turn
   * is kept over claims and given back by `end`. Taking it twice is taking it once.
   */
  takeTurn(
    claim: Claim,
    options: { most: number },
  ): Promise<{ taken: true } | { taken: false; hosts: string[] } | 'fenced'>;
  /** Lets go without ending, e.g. when the worker stops: another may take it at once. */
  release(claim: Claim): Promise<void>;
  /** How many milliseconds ago each restart of this instance was begun, newest first, within the window. */
  restartsAgoMs(
    instanceUuid: string,
    options: { windowMs: number; exceptNotification: string },
  ): Promise<number[]>;
  /** Whether a further notification of the same instance was filed after this one. */
  furtherFiled(claim: Claim): Promise<boolean>;
  /** Milliseconds until something may be claimable again, at most `limitMs`. */
  nextDueInMs(limitMs: number): Promise<number>;
}

export type GuestRecord = ReportedGuest & { host: string; reportedAt: string };

/** So long after its check interval a monitor has asked every guest: a ping, its timeout, and the report. */
export const askedWithinMs = 15_000;

export interface GuestStore {
  /**
   * Stores what is newer than what it has; answers false when the report was overtaken. A monitor that begins to watch, or
   * watches again, makes recoveries of its host that ended as `error` claimable at once: what kept them is likely over.
   */
  report(report: MonitorReport): Promise<boolean>;
  list(
    filter: { host?: string | undefined; phase?: string | undefined },
    page: { limit: number; after?: string | undefined },
  ): Promise<GuestRecord[]>;
  get(instanceUuid: string): Promise<GuestRecord | undefined>;
  /**
   * Whether the guest was heard again after this incident, or after a later one that was filed of it; with `notInBoot`,
   * only an answer of another boot counts.
   *
   * `not-yet` is told only where silence means something: by a monitor that watches, was heard within `silentAfterMs`,
   * has reported since the notification was accepted, and, where it began to watch after that, has had the time to ask
   * every guest (`check_interval` and `askedWithinMs`). Else nobody listens.
   */
  heartbeat(
    incident: { incidentKey: IncidentKey; instanceUuid: string; host: string },
    options: { silentAfterMs: number; notInBoot?: string | null },
  ): Promise<HeartbeatSighting>;
}

export type MonitorRecord = Omit<MonitorReport, 'guests' | 'complete' | 'sequence' | 'sentAt'> & {
  lastSeenAt: string;
  /**
   * How far its clock is ahead of the database's, in milliseconds; behind where negative, which includes the time that its
   * last report was on the way. Null for a monitor that does not tell when it sent.
   */
  clockAheadMs: number | null;
  guestsByPhase: Record<string, number>;
};

export interface MonitorStore {
  list(): Promise<MonitorRecord[]>;
  get(host: string): Promise<MonitorRecord | undefined>;
  /**
   * Notes which monitors have not been heard for more than `silentAfterMs`, and which of those noted before are heard again,
   * by the database's clock. Each is told to the change feed and answered here once: of several that ask at the same time, by one.
   */
  noteSilence(options: { silentAfterMs: number }): Promise<NotedSilence[]>;
}

/** A monitor that has fallen silent, or that was and is heard again. */
export type NotedSilence = Pick<MonitorRecord, 'host' | 'session' | 'state' | 'cause' | 'lastSeenAt'> & {
  silent: boolean;
};

/** What a worker tells of itself, every few seconds while it runs. */
export type WorkerPresence = {
  /** As in the journal: new for each start. */
  name: string;
  host: string;
  version: string;
  driver: 'libvirt' | 'nova';
  mode: 'act' | 'observe';
  startedAt: string;
  /** Recoveries it holds. */
  held: number;
};

export type WorkerRecord = WorkerPresence & { lastSeenAt: string };

/** Which workers there are. Nothing is decided by it: who may recover is a matter of leases alone. */
export interface WorkerStore {
  /** Stamped by the database's clock. Workers unheard for longer than `workerForgottenAfterMs` are forgotten by it. */
  seen(presence: WorkerPresence): Promise<void>;
  /** It stops in order, and is not missed. */
  left(name: string): Promise<void>;
  /** By name; those that died included, until they are forgotten. */
  list(): Promise<WorkerRecord[]>;
  /**
   * Notes which workers have not been heard for more than `silentAfterMs`, and which of those noted before are heard again. Each is
   * told to the change feed and answered here once: of several that ask at the same time, by one.
   */
  noteSilence(options: { silentAfterMs: number }): Promise<NotedWorker[]>;
}

/** A worker that has fallen silent, or that was and is heard again. */
export type NotedWorker = Pick<WorkerRecord, 'name' | 'host' | 'lastSeenAt'> & { silent: boolean };

/** A worker that died is told of for a day. */
export const workerForgottenAfterMs = 86_400_000;

/** Nothing is acted on while a pause stands. It ends by itself at `until`. */
export type Pause = { reason: string; by: string; from: string; until: string };

export interface PauseStore {
  current(): Promise<Pause | undefined>;
  set(pause: { reason: string; by: string; forMs: number }): Promise<Pause>;
  clear(by: { by: string }): Promise<boolean>;
}

/** Something changed. `id` grows; a reader that was away asks `since`. */
export type Change = {
  id: number;
  at: string;
  kind: 'notification' | 'guest' | 'monitor' | 'worker' | 'pause' | 'action' | 'configuration' | 'operation';
  /**
   * UUID of the notification or instance, the host of a monitor or an action, the name of a worker, the path of a file, the id of an
   * operation; empty for a pause.
   */
  subject: string;
  /**
   * - notification: `{ what: 'filed' | 'claimed' | 'noted' | 'ended' | 'released', id, type, status, host, instanceUuid, message }`;
   *   with `what: 'ruled'` also `{ ruling, by, reason }`
   * - guest: `{ host, phase, incidentKey, heardAgainAt }`, only when one of them changed; `{ host, gone: true }`
   * - monitor: `{ session, state, cause, suspect }`, when it started, went blind or back, or its host became suspect or not;
   *   `{ session, state, cause, silent, lastSeenAt }`, when it fell silent or is heard again
   * - action: `{ uuid, kind, processName, status, detail }`, when something was asked of a monitor, taken by it, or has ended by its
   *   report; what ends by time is not told
   * - worker: `{ host, silent, lastSeenAt }`, when it fell silent or is heard again
   * - pause: `{ pause }`, null when it was cleared; a pause that ran out is not told
   * - configuration: `{ revision, by, draft }`
   * - operation: `{ state, row? }`, when it began or ended, or a row of it changed
   */
  data: unknown;
};

export interface ChangeFeed {
  /**
   * Resolves once it listens. From then until `signal` aborts it calls `onChange` for each committed change, in order; it
   * reconnects by itself, and after a gap calls `onLost`, which asks the reader to catch up by `since`.
   */
  subscribe(listener: { onChange(change: Change): void; onLost(): void }, signal: AbortSignal): Promise<void>;
  since(id: number, limit: number): Promise<Change[]>;
  latestId(): Promise<number>;
}
export type TokenScope = 'admin' | 'reader' | 'monitor';
export type TokenIdentity = { name: string; scope: TokenScope; host: string | null };

/** Bearer tokens, kept as SHA-256 digests only. */
export interface TokenStore {
  add(identity: TokenIdentity, tokenDigest: Uint8Array): Promise<void>;
  find(tokenDigest: Uint8Array): Promise<TokenIdentity | undefined>;
  list(): Promise<(TokenIdentity & { createdAt: string })[]>;
  remove(name: string): Promise<boolean>;
}

/** All of one database. */
export interface Stores {
  notifications: NotificationStore;
  recoveries: RecoveryStore;
  rulings: RulingStore;
  guests: GuestStore;
  monitors: MonitorStore;
  workers: WorkerStore;
  recordings: RecordingStore;
  trends: TrendStore;
  pause: PauseStore;
  changes: ChangeFeed;
  tokens: TokenStore;
  segments: SegmentStore;
  hosts: HostStore;
  vmoves: VmoveStore;
  audit: AuditStore;
  actions: MonitorActionStore;
  configuration: ConfigurationStore;
  operations: OperationStore;
  services: ServiceStore;
  /** Deletes what is older than it must be kept, in bounded bites. Answers how many rows went. */
  purge(options: { olderThanDays: number; limit: number }): Promise<number>;
  /** Resolves when the database answers within the time; rejects otherwise. */
  ping(options: { timeoutMs: number }): Promise<void>;
  close(): Promise<void>;
}
