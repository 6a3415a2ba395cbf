export { failurePolicies, operationStates, rowStates as operationRowStates } from '@instance-ha/rollout';
export {
  forAdmins,
  forEveryone,
  forMonitors,
  forReaders,
  forThePublic,
  type RouteAccess,
  type Scope,
  Scope as ScopeSchema,
  scopes,
} from './access.ts';
export {
  type ErrorBody,
  ErrorBody as ErrorBodySchema,
  type ErrorCode,
  ErrorCode as ErrorCodeSchema,
  type ErrorDetail,
  errorCodes,
  maxErrorDetails,
} from './error-body.ts';
export {
  invalidName as masakariInvalidName,
  isYes,
  type MasakariBoolean,
  type MasakariListQuery,
  masakariBooleans,
} from './masakari/common.ts';
export {
  masakariContract,
  masakariDiscoveryContract,
  masakariProjectContract,
  masakariRootContract,
} from './masakari/contract.ts';
export type { MasakariExtension, MasakariVersion, MasakariVersions } from './masakari/discovery.ts';
export {
  type KeystoneUnauthorized,
  keystoneUnauthorized,
  type MasakariFault,
  MasakariFault as MasakariFaultSchema,
  masakariFault,
} from './masakari/fault.ts';
export type {
  MasakariHost,
  MasakariHostChange,
  MasakariHostQuery,
  MasakariNewHost,
} from './masakari/hosts.ts';
export {
  chooseMicroversion,
  type Microversion,
  type MicroversionChoice,
  microversions,
  showMicroversion,
} from './masakari/microversion.ts';
export {
  type MasakariFiled,
  MasakariFiled as MasakariFiledSchema,
  type MasakariHostPayload,
  type MasakariInstancePayload,
  type MasakariNotification,
  MasakariNotification as MasakariNotificationSchema,
  type MasakariNotificationQuery,
  type MasakariProcessPayload,
  MasakariTime as MasakariTimeSchema,
  type MasakariWorkflowStep,
} from './masakari/notifications.ts';
export type {
  MasakariNewSegment,
  MasakariSegment,
  MasakariSegmentChange,
  MasakariSegmentQuery,
} from './masakari/segments.ts';
export type { MasakariVmove, MasakariVmoveQuery } from './masakari/vmoves.ts';
export {
  type MonitorAction,
  MonitorAction as MonitorActionSchema,
  maxActionWaitMs,
} from './native/actions.ts';
export { type AuditEvent, AuditEvent as AuditEventSchema } from './native/audit.ts';
export {
  type CatalogueOption,
  CatalogueOption as CatalogueOptionSchema,
  type ConfigurationFile,
  ConfigurationFile as ConfigurationFileSchema,
  type ConfigurationFileText,
  ConfigurationFileText as ConfigurationFileTextSchema,
  type ConfigurationProblem,
  ConfigurationProblem as ConfigurationProblemSchema,
  type ConfigurationRevision,
  ConfigurationRevision as ConfigurationRevisionSchema,
  type ConfigurationTree,
  type DiffLine,
  type HostPreview,
  type LastDay,
  maxConfigurationLength,
  type OptionChange,
  type Preview,
  type RevisionDetail,
  type RunningReport,
  type ServiceName,
  type Validation,
  type Wanted,
} from './native/configuration.ts';
export { nativeContract } from './native/contract.ts';
export {
  type Change,
  Change as ChangeSchema,
  type ChangeKind,
  changeKinds,
  type EventsQuery,
  type StreamPosition,
  StreamPosition as StreamPositionSchema,
} from './native/events.ts';
export {
  type GuestPage,
  type GuestPhase,
  GuestPhase as GuestPhaseSchema,
  type GuestQuery,
  type GuestRecord,
  GuestRecord as GuestRecordSchema,
  type ReportedGuest,
  ReportedGuest as ReportedGuestSchema,
} from './native/guests.ts';
export { type Identity, Identity as IdentitySchema } from './native/identity.ts';
export {
  type Host,
  Host as HostSchema,
  type HostReadiness,
  type Segment,
  Segment as SegmentSchema,
  type Vmove,
  Vmove as VmoveSchema,
} from './native/inventory.ts';
export {
  type MonitorList,
  type MonitorRecord,
  MonitorRecord as MonitorRecordSchema,
  type MonitorReport,
  MonitorReport as MonitorReportSchema,
  maxReportedGuests,
  type ReportAnswer,
} from './native/monitors.ts';
export {
  type FiledNotification,
  FiledNotification as FiledNotificationSchema,
  type JournalEntry,
  JournalEntry as JournalEntrySchema,
  type NotificationDetail,
  NotificationDetail as NotificationDetailSchema,
  type NotificationPage,
  type NotificationQuery,
  type NotificationRecord,
  NotificationRecord as NotificationRecordSchema,
  type NotificationSummary,
  NotificationSummary as NotificationSummarySchema,
  type Ruling,
  type RulingMade,
  type TimelineEntry,
  TimelineEntry as TimelineEntrySchema,
} from './native/notifications.ts';
export {
  type NewOperation,
  type OperationDetail,
  OperationDetail as OperationDetailSchema,
  type OperationProgress,
  type OperationRow,
  OperationRow as OperationRowSchema,
  type OperationSummary,
  OperationSummary as OperationSummarySchema,
  type ServiceRecord,
  ServiceRecord as ServiceRecordSchema,
} from './native/operations.ts';
export type { HeldNotification, Trends } from './native/overview.ts';
export {
  maxPauseMs,
  type Pause,
  Pause as PauseSchema,
  type PauseAnswer,
  type PauseRequest,
  PauseRequest as PauseRequestSchema,
  type ResumeAnswer,
} from './native/pause.ts';
export {
  type Session,
  Session as SessionSchema,
  type SessionAnswer,
  type SignIn,
  type SignInWay,
  sessionHeader,
} from './native/session.ts';
export { type WorkerRecord, WorkerRecord as WorkerRecordSchema } from './native/workers.ts';
export { type Health, type Readiness, serviceContract } from './service-contract.ts';
export { defaultPageSize, maxPageSize } from './wire.ts';
