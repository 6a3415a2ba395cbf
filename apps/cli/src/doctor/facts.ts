import type {
  GuestRecord,
  Host,
  Identity,
  MonitorRecord,
  NotificationSummary,
  Pause,
  Readiness,
  Segment,
  Vmove,
  WorkerRecord,
} from '@instance-ha/contracts';
import type { NovaService, NovaVersions } from '@instance-ha/openstack';

/** What was asked for, or why it could not be had. */
export type Told<T> = { ok: true; value: T } | { ok: false; why: string };

/** What the API says. Lists are cut at a bound; `failed` and `failedMoves` are the newest. */
export type ApiFacts = {
  url: string;
  /** By its OpenAPI document, which needs no token. */
  version: Told<string>;
  readiness: Told<Readiness>;
  identity: Told<Identity>;
  pause: Told<Pause | null>;
  workers: Told<WorkerRecord[]>;
  monitors: Told<MonitorRecord[]>;
  /** In status new, running or error. */
  open: Told<NotificationSummary[]>;
  failed: Told<NotificationSummary[]>;
  failedMoves: Told<Vmove[]>;
  unmonitored: Told<GuestRecord[]>;
  segments: Told<Segment[]>;
  hosts: Told<Host[]>;
};

/** Whether a policy of the cloud lets us; `detail` in its own words. */
export type Right = { allowed: boolean; detail: string };

/** What Keystone and Nova say. `settings` fails when they are missing or contradict each other. */
export type CloudFacts = {
  settings: Told<{ authUrl: string }>;
  login: Told<{ userId: string }>;
  versions: Told<NovaVersions>;
  services: Told<NovaService[]>;
  listAllServers: Told<Right>;
  updateServices: Told<Right>;
};

export type DoctorFacts = {
  /** The wall clock of this machine when the facts were had, in milliseconds since the epoch. */
  nowMs: number;
  cliVersion: string;
  neededMicroversion: string;
  api: ApiFacts;
  /** Undefined: nothing names a cloud. */
  cloud: CloudFacts | undefined;
};
