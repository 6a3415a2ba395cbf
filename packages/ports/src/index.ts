export type { Clock } from './clock.ts';
export type { GuestProbe, Listing, ProbeSignal } from './guest-probe.ts';
export type { GuestReporter, MonitorReport, ReportedGuest } from './guest-reporter.ts';
export type { HostControl, HostControlLimits } from './host-control.ts';
export type { InstanceControl, InstanceRef } from './instance-control.ts';
export type { Logger } from './logger.ts';
export type { Counter, Gauge, Histogram, MetricOptions, Metrics } from './metrics.ts';
export type { Delivery, FiledNotification, NotificationSink } from './notification-sink.ts';
export type {
  Change,
  ChangeFeed,
  Claim,
  ClaimEnd,
  GuestRecord,
  GuestStore,
  JournalEntry,
  MonitorRecord,
  MonitorStore,
  NotedSilence,
  NotificationFilter,
  NotificationRecord,
  NotificationStore,
  NotificationSummary,
  Page,
  Pause,
  PauseStore,
  RecoveryStore,
  Stores,
  TokenIdentity,
  TokenScope,
  TokenStore,
} from './stores.ts';
export { askedWithinMs } from './stores.ts';
