import type { GatePolicy, GuestPolicy } from '@instance-ha/guest-health';
import type {
  Clock,
  FiledNotification,
  GuestProbe,
  GuestReporter,
  Logger,
  Metrics,
  NotificationSink,
  RecordingSink,
} from '@instance-ha/ports';
import type { BackoffPolicy, Spool } from '@instance-ha/runtime';
import type { ProcessPatrolOptions } from './process-options.ts';
import type { TellingRule } from './telling.ts';

/** Where notifications wait until the API has them: runtime's `Spool`, or a test's. */
export type NotificationSpool = Pick<
  Spool<FiledNotification>,
  'append' | 'waiting' | 'acknowledge' | 'depth'
>;

/** What may change while the patrol runs; read anew at each use. */
export type PatrolPolicy = {
  guest: GuestPolicy;
  gate: GatePolicy;
  /** How long the agent of a guest may take to answer. */
  pingTimeoutMs: number;
  /** Pings under way at once over the whole host; libvirt bears at most 4. */
  maxPingsInFlight: number;
  /** How often every guest is reported, changed or not. */
  reportIntervalMs: number;
  /** How often what was seen is sent to whoever keeps recordings; 0: nothing is recorded. */
  recordIntervalMs: number;
};

/** Where what must survive a restart of the monitor is kept. `load` answers undefined when there is nothing. */
export interface RecordFile {
  load(): Promise<unknown>;
  save(record: unknown): Promise<void>;
}

export type PatrolOptions = {
  /** Name of this compute host, as Nova spells it. */
  host: string;
  /** New for each start of the monitor. */
  session: string;
  version: string;
  probe: GuestProbe;
  sink: NotificationSink;
  reporter: GuestReporter;
  /** Who keeps what was seen; absent: nobody does. */
  recordings?: RecordingSink | undefined;
  spool: NotificationSpool;
  record: RecordFile;
  /** Processes of the host that are watched beside its guests. */
  processes?: ProcessPatrolOptions | undefined;
  policy: () => PatrolPolicy;
  /** Before each attempt to deliver a notification: is it to be told? Absent: every one is. */
  telling?: TellingRule | undefined;
  deliveryBackoff: BackoffPolicy;
  /** Called each time the control loop turns: proof of progress for a watchdog. */
  onProgress?: () => void;
  clock: Clock;
  /** Numbers in [0, 1), for the jitter of waits: hosts that lost one API shall not come back to it in step. */
  random: () => number;
  log: Logger;
  metrics: Metrics;
  /** Stops the patrol: it ends when what it has seen is spooled and recorded. */
  signal: AbortSignal;
};
