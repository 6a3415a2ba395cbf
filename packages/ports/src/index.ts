export {
  type Actor,
  type AuditChange,
  type AuditEvent,
  type AuditFilter,
  type AuditInitiator,
  type AuditOutcome,
  type AuditStore,
  type AuditTarget,
  auditChanges,
  auditOutcomes,
  type NewAuditEvent,
} from './audit.ts';
export type { Clock } from './clock.ts';
export type { GuestProbe, Listing, ProbeSignal } from './guest-probe.ts';
export type { GuestReporter, MonitorReport, ReportedGuest } from './guest-reporter.ts';
export type { HostControl, HostControlLimits } from './host-control.ts';
export type { HostFence } from './host-fence.ts';
export type { InstanceControl, InstanceRef } from './instance-control.ts';
export {
  type HostChange,
  type HostFilter,
  type HostRecord,
  type HostSortKey,
  type HostStore,
  hostSortKeys,
  type NewHost,
  type NewSegment,
  type NewVmove,
  type SegmentChange,
  type SegmentFilter,
  type SegmentRecord,
  type SegmentSortKey,
  type SegmentStore,
  segmentSortKeys,
  type VmoveChange,
  type VmoveFilter,
  type VmoveRecord,
  type VmoveSortKey,
  type VmoveStore,
  vmoveSortKeys,
  type Written,
} from './inventory.ts';
export type { Logger } from './logger.ts';
export type { Counter, Gauge, Histogram, MetricOptions, Metrics } from './metrics.ts';
export {
  type MonitorActionRecord,
  type MonitorActionStatus,
  type MonitorActionStore,
  monitorActionStatuses,
  type NewMonitorAction,
  openActionsMax,
  type ReportedAnswer,
  type TakenAction,
} from './monitor-actions.ts';
export {
  type DeclineCode,
  type Delivery,
  declineCodes,
  type FiledNotification,
  type NotificationSink,
} from './notification-sink.ts';
export type { ActionSource, ProcessHands, ProcessLimits, ProcessProbe } from './process-control.ts';
export {
  type Hold,
  judgeRuling,
  possibleNow,
  type Ruling,
  type RulingAnswer,
  type RulingStore,
  type RulingsOf,
  rulingsMax,
  standingRulings,
} from './rulings.ts';
export {
  askedWithinMs,
  type Change,
  type ChangeFeed,
  type Claim,
  type ClaimEnd,
  type FactsNote,
  type GuestRecord,
  type GuestStore,
  type JournalEntry,
  type MonitorRecord,
  type MonitorStore,
  type NotedSilence,
  type NotificationFilter,
  type NotificationRecord,
  type NotificationSortKey,
  type NotificationStore,
  type NotificationSummary,
  notificationSortKeys,
  type Page,
  type Pause,
  type PauseStore,
  type RecoveryStore,
  type SortBy,
  type SortedPage,
  type Stores,
  type TokenIdentity,
  type TokenScope,
  type TokenStore,
  type WorkerPresence,
  type WorkerRecord,
  type WorkerStore,
  workerForgottenAfterMs,
} from './stores.ts';
