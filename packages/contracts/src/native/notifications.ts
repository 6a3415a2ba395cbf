import {
  EvidenceSchema,
  HostNameSchema,
  IncidentKeySchema,
  NotificationPayloadSchema,
  NotificationStatusSchema,
  NotificationTypeSchema,
  RulingKindSchema,
} from '@instance-ha/notification';
import { timelinePhases } from '@instance-ha/recovery';
import { z } from 'zod';
import { IsoTime, Limit, QueryTime, text, Uuid } from '../wire.ts';

/** What a monitor sends when it files a notification. */
export const FiledNotification = z.strictObject({
  incidentKey: IncidentKeySchema,
  host: HostNameSchema,
  faultAt: IsoTime,
  detectedAt: IsoTime,
  payload: NotificationPayloadSchema,
  evidence: EvidenceSchema.nullable(),
});
export type FiledNotification = z.infer<typeof FiledNotification>;

/**
 * A notification with everything that is stored of it. `sourceHostUuid` and `failoverSegmentUuid` name the host and the
 * segment it was filed of as they stood then; both are null for a host that was in no segment.
 */
export const NotificationRecord = z.strictObject({
  id: z.int(),
  uuid: Uuid,
  incidentKey: IncidentKeySchema,
  type: NotificationTypeSchema,
  status: NotificationStatusSchema,
  host: HostNameSchema,
  sourceHostUuid: Uuid.nullable(),
  failoverSegmentUuid: Uuid.nullable(),
  instanceUuid: z.string().nullable(),
  instanceName: z.string().nullable(),
  faultAt: IsoTime,
  detectedAt: IsoTime,
  acceptedAt: IsoTime,
  updatedAt: IsoTime,
  endedAt: IsoTime.nullable(),
  payload: NotificationPayloadSchema,
  evidence: EvidenceSchema.nullable(),
  message: z.string().nullable(),
  duplicates: z.int(),
  filedBy: z.string(),
});
export type NotificationRecord = z.infer<typeof NotificationRecord>;

/** A notification in a list: all but its evidence. */
export const NotificationSummary = NotificationRecord.omit({ evidence: true });
export type NotificationSummary = z.infer<typeof NotificationSummary>;

/** One recorded fact of a recovery; `event` is the recovery machine's event as it was stored. */
export const JournalEntry = z.strictObject({
  sequence: z.int(),
  at: IsoTime,
  worker: z.string(),
  event: z.unknown(),
});
export type JournalEntry = z.infer<typeof JournalEntry>;

/** One phase of the way from the fault to the end, in the order in which they happen. `offsetMs` counts from the fault. */
export const TimelineEntry = z.strictObject({
  phase: z.enum(timelinePhases),
  at: IsoTime,
  offsetMs: z.number(),
  detail: z.string().nullable(),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;

/** That it waits for an operator: why, and since when. */
export const Hold = z.strictObject({ why: z.string(), since: IsoTime });
export type Hold = z.infer<typeof Hold>;

/**
 * What an operator ruled. `round` counts the retries before it: rulings of an earlier round have no say any more.
 */
export const Ruling = z.strictObject({
  ruling: RulingKindSchema,
  by: z.string(),
  reason: z.string().nullable(),
  at: IsoTime,
  round: z.int(),
});
export type Ruling = z.infer<typeof Ruling>;

/** Why one rules so: shown with the notification and in the audit. */
export const RulingRequest = z.strictObject({ reason: text(500).optional() });
export type RulingRequest = z.infer<typeof RulingRequest>;

/** `made` is false when just that had been ruled already: `ruling` is then the one that stands. */
export const RulingMade = z.strictObject({
  notification: NotificationRecord,
  ruling: Ruling,
  made: z.boolean(),
});
export type RulingMade = z.infer<typeof RulingMade>;

/** Everything there is to know of one notification. `rulings`: the oldest first; `possible`: what may be ruled now. */
export const NotificationDetail = z.strictObject({
  notification: NotificationRecord,
  held: Hold.nullable(),
  rulings: z.array(Ruling),
  possible: z.array(RulingKindSchema),
  timeline: z.array(TimelineEntry),
  journal: z.array(JournalEntry),
});
export type NotificationDetail = z.infer<typeof NotificationDetail>;

/**
 * Which notifications, newest first. `status` may be repeated or separated by commas. `instance` is a UUID or an exact
 * name. `since` and `until` bound `detectedAt` (from, and before). `cursor` is the `nextCursor` of the page before.
 */
export const NotificationQuery = z.strictObject({
  type: NotificationTypeSchema.optional(),
  status: z.array(NotificationStatusSchema).min(1).max(16).optional(),
  host: HostNameSchema.optional(),
  instance: text(255).optional(),
  since: QueryTime.optional(),
  until: QueryTime.optional(),
  limit: Limit.optional(),
  cursor: z
    .string()
    .regex(/^[0-9]{1,15}$/, 'must be the nextCursor of another page')
    .optional(),
});
export type NotificationQuery = z.infer<typeof NotificationQuery>;

/**
 * One page. `nextCursor` and `next` (the path and query of the following page) are null on the last one. Rows that
 * arrive while somebody turns pages never move a row from one page to another.
 */
export const NotificationPage = z.strictObject({
  notifications: z.array(NotificationSummary),
  nextCursor: z.string().nullable(),
  next: z.string().nullable(),
});
export type NotificationPage = z.infer<typeof NotificationPage>;
