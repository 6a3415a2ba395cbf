export { decide, fold, isMidRestart, type RecoveryDecision } from './decide.ts';
export type { RecoveryEffect, RecoveryEnd } from './effect.ts';
export type { EvacuationAsk, Ruled } from './event.ts';
export { parseRecoveryEvents, type RecoveryEvent, RecoveryEvent as RecoveryEventSchema } from './event.ts';
export { type HostContext, HostContext as HostContextSchema, type HostPolicy } from './host/context.ts';
export { type Move, type ToldMove, toldMove } from './host/move.ts';
export { type HostReadiness, hostReadiness, type ReadinessFacts } from './host/readiness.ts';
export type { HostRecovery } from './host/state.ts';
export {
  type Evacuation,
  Evacuation as EvacuationSchema,
  type EvacuationAnswer,
  EvacuationAnswer as EvacuationAnswerSchema,
  type Evacuations,
  Evacuations as EvacuationsSchema,
  evacuationAnswers,
  type HostAct,
  HostAct as HostActSchema,
  type HostInstance,
  HostInstance as HostInstanceSchema,
  type HostInstances,
  HostInstances as HostInstancesSchema,
  type HostSighting,
  HostSighting as HostSightingSchema,
  hostActs,
} from './host-subject.ts';
export { longestRetryMs } from './instance/ending.ts';
export type { Facts, InstanceRecovery, Listening, Progress, SeenInstance } from './instance/state.ts';
export { type RecoveryPolicy, RecoveryPolicy as RecoveryPolicySchema } from './policy.ts';
export {
  computeProcess,
  type ProcessContext,
  ProcessContext as ProcessContextSchema,
  type ProcessRecoveryPolicy,
} from './process/context.ts';
export { disabledBecause } from './process/service-reason.ts';
export type { ProcessRecovery } from './process/state.ts';
export {
  type MonitorActionKind,
  MonitorActionKind as MonitorActionKindSchema,
  type MonitorAnswer,
  MonitorAnswer as MonitorAnswerSchema,
  monitorActionKinds,
  monitorOutcomes,
} from './process-subject.ts';
export { withoutPrivateMetadata } from './protection.ts';
export { type RecoveryEndStatus, type RecoveryRule, recoveryEndStatuses, recoveryRules } from './rule.ts';
export { initialRecovery, type RecoveryState } from './state.ts';
export {
  type ActOutcome,
  ActOutcome as ActOutcomeSchema,
  type HeartbeatSighting,
  HeartbeatSighting as HeartbeatSightingSchema,
  type InstanceAct,
  InstanceAct as InstanceActSchema,
  type InstanceActOutcome,
  InstanceActOutcome as InstanceActOutcomeSchema,
  type InstanceSighting,
  InstanceSighting as InstanceSightingSchema,
  type InstanceSubject,
  instanceActs,
  type RecoverySubject,
  RecoverySubject as RecoverySubjectSchema,
} from './subject.ts';
export {
  type TimelineEntry,
  type TimelineNotification,
  type TimelinePhase,
  timeline,
  timelinePhases,
} from './timeline.ts';
export { recoveryInWords } from './words.ts';
