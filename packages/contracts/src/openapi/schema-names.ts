import {
  EvidenceSchema,
  HostPayloadSchema,
  InstancePayloadSchema,
  NotificationPayloadSchema,
  NotificationStatusSchema,
  NotificationTypeSchema,
  ProcessPayloadSchema,
} from '@instance-ha/notification';
import { z } from 'zod';
import { ErrorBody } from '../error-body.ts';
import { MasakariFault } from '../masakari/fault.ts';
import { MasakariHost, MasakariHostChange, MasakariNewHost } from '../masakari/hosts.ts';
import { MasakariFiled, MasakariNotification } from '../masakari/notifications.ts';
import { MasakariNewSegment, MasakariSegment, MasakariSegmentChange } from '../masakari/segments.ts';
import { MasakariVmove } from '../masakari/vmoves.ts';
import { AuditEvent } from '../native/audit.ts';
import {
  CatalogueOption,
  ConfigurationFile,
  ConfigurationFileText,
  ConfigurationProblem,
  ConfigurationRevision,
  DiffLine,
  HostPreview,
  OptionChange,
  RevisionDetail,
  RunningReport,
  Wanted,
} from '../native/configuration.ts';
import { GuestPhase, GuestRecord, ReportedGuest } from '../native/guests.ts';
import { Host, HostChange, NewHost, NewSegment, Segment, SegmentChange, Vmove } from '../native/inventory.ts';
import { MonitorRecord, MonitorReport } from '../native/monitors.ts';
import {
  FiledNotification,
  Hold,
  JournalEntry,
  NotificationDetail,
  NotificationRecord,
  NotificationSummary,
  Ruling,
  RulingMade,
  RulingRequest,
  TimelineEntry,
} from '../native/notifications.ts';
import {
  NewOperation,
  OperationDetail,
  OperationProgress,
  OperationRow,
  OperationSummary,
  ServiceRecord,
} from '../native/operations.ts';
import { Pause, PauseRequest } from '../native/pause.ts';
import { Session, SignIn } from '../native/session.ts';

/**
 * The names of the document's components. A registry of its own: zod's global one is shared by every copy of every
 * package in a process, and refuses a name that is taken.
 */
export const schemaNames = z.registry<{ id: string }>();

const named: Readonly<Record<string, z.ZodType>> = {
  AuditEvent,
  CatalogueOption,
  ConfigurationFile,
  ConfigurationFileText,
  ConfigurationProblem,
  ConfigurationRevision,
  DiffLine,
  Error: ErrorBody,
  Evidence: EvidenceSchema,
  FiledNotification,
  Guest: GuestRecord,
  GuestPhase,
  Hold,
  Host,
  HostChange,
  HostPayload: HostPayloadSchema,
  HostPreview,
  InstancePayload: InstancePayloadSchema,
  JournalEntry,
  MasakariFault,
  MasakariFiledNotification: MasakariFiled,
  MasakariHost,
  MasakariHostChange,
  MasakariNewHost,
  MasakariNewSegment,
  MasakariNotification,
  MasakariSegment,
  MasakariSegmentChange,
  MasakariVmove,
  Monitor: MonitorRecord,
  MonitorReport,
  NewHost,
  NewOperation,
  NewSegment,
  Notification: NotificationRecord,
  NotificationDetail,
  NotificationPayload: NotificationPayloadSchema,
  NotificationStatus: NotificationStatusSchema,
  NotificationSummary,
  NotificationType: NotificationTypeSchema,
  OperationDetail,
  OperationProgress,
  OperationRow,
  OperationSummary,
  OptionChange,
  Pause,
  PauseRequest,
  ProcessPayload: ProcessPayloadSchema,
  ReportedGuest,
  RevisionDetail,
  Ruling,
  RulingMade,
  RulingRequest,
  RunningReport,
  Segment,
  SegmentChange,
  ServiceRecord,
  Session,
  SignIn,
  TimelineEntry,
  Vmove,
  Wanted,
};
for (const [id, schema] of Object.entries(named)) schemaNames.add(schema, { id });
