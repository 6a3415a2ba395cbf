import type { Recording } from '@instance-ha/guest-health';
import type { AuditEvent, NewAuditEvent } from '../audit.ts';
import type { Clock } from '../clock.ts';
import type { ConfigurationRevision, ServiceSighting } from '../configuration.ts';
import type { HostRecord, SegmentRecord, VmoveRecord } from '../inventory.ts';
import type { MonitorActionRecord } from '../monitor-actions.ts';
import type { Hold, Ruling } from '../rulings.ts';
import type {
  Change,
  GuestRecord,
  JournalEntry,
  MonitorRecord,
  NotificationRecord,
  Pause,
  TokenIdentity,
  WorkerRecord,
} from '../stores.ts';
import type { Trend } from '../trends.ts';
import type { OperationEntry } from './memory-operations.ts';

/** A notification with what only the database knows of it. Instants ending in `Ms` are monotonic. */
export type NotificationRow = {
  record: NotificationRecord;
  acceptedAtMs: number;
  endedAtMs: number | null;
  /** From when it may be claimed; null when nothing is to be done any more. */
  claimableAtMs: number | null;
  worker: string | null;
  fence: number;
  journal: JournalEntry[];
  restartBegunAtMs: number | null;
  held: Hold | null;
  /** It has its turn to evacuate its host. */
  evacuates: boolean;
  rulings: Ruling[];
};

export type MonitorRow = {
  record: Omit<MonitorRecord, 'guestsByPhase'>;
  sequence: number;
  startedAtMs: number;
  lastSeenAtMs: number;
  /** Since when it watches without a break; null while it does not. */
  watchingSinceMs: number | null;
  notedSilent: boolean;
};

/** `dueMs`: when it ends by itself, by the monotonic clock; null once it has ended. */
export type ActionRow = {
  record: MonitorActionRecord;
  key: string;
  dueMs: number | null;
  endedAtMs: number | null;
};

/** The tables, and what every store needs: the time, a check that the database is there, and the change feed. */
export type MemoryDatabase = {
  clock: Clock;
  notifications: NotificationRow[];
  monitors: Map<string, MonitorRow>;
  workers: Map<string, { record: WorkerRecord; lastSeenAtMs: number; notedSilent: boolean }>;
  trends: { trend: Trend; notedAtMs: number }[];
  recordings: { host: string; recording: Recording; keptAtMs: number }[];
  /** By host and instance. */
  guests: Map<string, GuestRecord>;
  /** When and in which boot the guest of an incident was heard again, kept though the guest has failed anew since. */
  heardAgain: Map<string, { at: string; boot: string | null }>;
  pause: (Pause & { untilMs: number }) | undefined;
  changes: { change: Change; atMs: number }[];
  tokens: Map<string, TokenIdentity & { digest: string; createdAt: string }>;
  segments: SegmentRecord[];
  hosts: HostRecord[];
  vmoves: VmoveRecord[];
  audit: { event: AuditEvent; atMs: number }[];
  actions: ActionRow[];
  revisions: { record: ConfigurationRevision; savedAtMs: number }[];
  /** What hosts are to run; by null all that were told nothing of their own. */
  targets: Map<string | null, number>;
  operations: OperationEntry[];
  services: Map<string, { record: ServiceSighting; seenAtMs: number }>;
  /** Ids are never given twice, not even after a purge. */
  nextId(
    table: 'notification' | 'segment' | 'host' | 'vmove' | 'audit' | 'action' | 'revision' | 'operation',
  ): number;
  now(): string;
  /** Rejects when the database was taken away (`fail`) or closed. */
  enter(): Promise<void>;
  record(event: NewAuditEvent): void;
  emit(kind: Change['kind'], subject: string, data: unknown): void;
};

/** What comes out of the database shares nothing with what is in it. */
export const copy = <T>(value: T): T => structuredClone(value);

/** As a real database keeps text: what is no character at all becomes U+FFFD. */
export const storableText = (text: string): string => text.replaceAll('\0', '\ufffd').toWellFormed();

/** A copy of a flat row as a database keeps it. */
export const storableRow = <T extends object>(row: T): T =>
  Object.fromEntries(
    Object.entries(copy(row)).map(([field, value]) => [
      field,
      typeof value === 'string' ? storableText(value) : value,
    ]),
  ) as T;

export const iso = (wallMs: number): string => new Date(wallMs).toISOString();

/** Not random, so that a story told twice is the same story. */
export const uuidOf = (id: number, table = 0): string =>
  `00000000-0000-4000-8000-${table.toString(16)}${id.toString(16).padStart(11, '0')}`;
