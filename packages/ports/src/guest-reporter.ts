import type { GuestPhase } from '@instance-ha/guest-health';
import type { IncidentKey } from '@instance-ha/notification';

/** One guest as its monitor believes it to be. */
export type ReportedGuest = {
  instanceUuid: string;
  instanceName: string;
  phase: GuestPhase;
  why: string;
  since: string;
  lastBeatAt: string | null;
  misses: number;
  boot: string;
  agentChannel: boolean;
  /** The guest's last incident, and when it was heard again after it, and in which boot. */
  incidentKey: IncidentKey | null;
  heardAgainAt: string | null;
  heardAgainBoot: string | null;
};

/** What a monitor tells about itself and its guests. */
export type MonitorReport = {
  host: string;
  /** New for each start of the monitor; a report of an older session is dropped. */
  session: string;
  /** Counts up within a session: a report overtaken by a newer one is dropped. */
  sequence: number;
  version: string;
  startedAt: string;
  /** When it was made, by the monitor's clock: so the database sees how far the two clocks are apart. */
  sentAt?: string | undefined;
  state: 'starting' | 'watching' | 'blind';
  /** Why it is blind, null otherwise. */
  cause: string | null;
  mode: 'libvirt';
  checkIntervalMs: number;
  gate: { suspect: boolean; silent: number; heard: number };
  spoolDepth: number;
  /** True: `guests` is every guest of the host, any other is gone. False: only those that changed. */
  complete: boolean;
  guests: ReportedGuest[];
};

export interface GuestReporter {
  /** Resolves to false when the report was not taken; the next complete one mends it. */
  report(report: MonitorReport, options: { signal: AbortSignal }): Promise<boolean>;
}
