import type { MonitorActionKind, MonitorAnswer } from '@instance-ha/recovery';

/**
 * The life of something asked of a monitor.
 *
 *   asked ──taken──▶ taken ──reported──▶ done │ failed │ refused │ in-doubt
 *     │                └── not reported in time ──▶ in-doubt
 *     └── not taken in time ──▶ expired
 *
 * Of one process one action is taken at a time, the oldest first.
 */
export const monitorActionStatuses = [
  'asked',
  'taken',
  'done',
  'failed',
  'refused',
  'in-doubt',
  'expired',
] as const;
export type MonitorActionStatus = (typeof monitorActionStatuses)[number];

/** Instants are ISO 8601 with milliseconds and `Z`, by the database's clock. */
export type MonitorActionRecord = {
  id: number;
  uuid: string;
  host: string;
  kind: MonitorActionKind;
  processName: string;
  /** The process that is meant, as its monitor saw it last; null: none was seen. A restart leaves any other alone. */
  life: string | null;
  status: MonitorActionStatus;
  askedAt: string;
  takenAt: string | null;
  endedAt: string | null;
  /** How many milliseconds it may take once it is taken. */
  doneWithinMs: number;
  /** In the monitor's words, once it has ended. */
  detail: string | null;
  sighting: MonitorAnswer['sighting'];
};

/** One that its monitor has to do; `leftMs`: until its time is over, when the answer was made. */
export type TakenAction = MonitorActionRecord & { leftMs: number };

export type NewMonitorAction = {
  /** Asking again with the same key asks nothing new. At most 200 characters. */
  key: string;
  host: string;
  kind: MonitorActionKind;
  processName: string;
  life: string | null;
  takeWithinMs: number;
  doneWithinMs: number;
};

/** What a monitor reports; `expired` is told by time alone. */
export type ReportedAnswer = MonitorAnswer & { outcome: Exclude<MonitorAnswer['outcome'], 'expired'> };

/** What is asked of the monitors of hosts, and what came of it. Deadlines are the database's clock's alone. */
export interface MonitorActionStore {
  /** Stores it, or finds what was asked with the same key. */
  ask(action: NewMonitorAction): Promise<MonitorActionRecord>;
  get(uuid: string): Promise<MonitorActionRecord | undefined>;
  /** The newest first. */
  list(
    filter: { host: string },
    page: { limit: number; after?: number | undefined },
  ): Promise<MonitorActionRecord[]>;
  /**
   * What the monitor of this host has to do: takes what is asked of it, and answers everything that is taken and has not
   * ended, the oldest first. A monitor whose answer was lost on the way gets it again: it must know by itself
   * what it has begun.
   */
  take(host: string): Promise<TakenAction[]>;
  /** Ends a taken one. False, and nothing changes, when it is not this host's, was never taken, or has ended. */
  report(uuid: string, host: string, answer: ReportedAnswer): Promise<boolean>;
}

/** Open actions that one host may have; what is asked beyond them is refused. */
export const openActionsMax = 64;
