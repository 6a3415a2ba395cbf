export { type Evidence, Evidence as EvidenceSchema, type EvidenceInput } from './evidence.ts';
export {
  type GuestFault,
  GuestFault as GuestFaultSchema,
  guestFaults,
  type Handler,
  Handler as HandlerSchema,
} from './fault.ts';
export {
  type Incident,
  type IncidentKey,
  IncidentKey as IncidentKeySchema,
  incidentKey,
} from './incident-key.ts';
export {
  fromEitherSpelling,
  type MasakariType,
  masakariTypes,
  toMasakariTime,
  toMasakariType,
} from './masakari.ts';
export { actionableFault, type MasakariEvent } from './masakari-events.ts';
export { type MasakariPayload, toMasakariDemand, toMasakariPayload } from './masakari-payload.ts';
export {
  type HostName,
  HostName as HostNameSchema,
  type HostPayload,
  HostPayload as HostPayloadSchema,
  type InstancePayload,
  InstancePayload as InstancePayloadSchema,
  type InstanceUuid,
  InstanceUuid as InstanceUuidSchema,
  type NotificationPayload,
  NotificationPayload as NotificationPayloadSchema,
  type ProcessPayload,
  ProcessPayload as ProcessPayloadSchema,
} from './payload.ts';
export {
  possibleRulings,
  type RulingKind,
  RulingKind as RulingKindSchema,
  type RulingStanding,
  rulingKinds,
} from './ruling.ts';
export {
  type RecoveryMethod,
  RecoveryMethod as RecoveryMethodSchema,
  recoveryMethods,
  type VmoveStatus,
  VmoveStatus as VmoveStatusSchema,
  type VmoveType,
  VmoveType as VmoveTypeSchema,
  vmoveStatuses,
  vmoveTypes,
} from './segment.ts';
export {
  isFinal,
  mayBecome,
  type NotificationStatus,
  NotificationStatus as NotificationStatusSchema,
  notificationStatuses,
} from './status.ts';
export {
  type NotificationType,
  NotificationType as NotificationTypeSchema,
  notificationTypes,
} from './type.ts';
