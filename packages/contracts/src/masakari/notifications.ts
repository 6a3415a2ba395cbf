import {
  HostNameSchema,
  masakariTypes,
  notificationStatuses,
  notificationTypes,
} from '@instance-ha/notification';
import { z } from 'zod';
import { listParameters, MasakariLinks, stamps } from './common.ts';

/** Masakari's field rules, from masakari/api/openstack/ha/schemas/notifications.py and payload.py at ae98f25. */
const word = z.string().min(1).max(255);

/** With or without dashes, in either case. */
const InstanceUuid = z
  .string()
  .regex(/^[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}$/, 'is not a uuid');

/** `2017-04-24 08:34:46`, `…T…`, with or without fractions and an offset; none means UTC. */
export const MasakariTime = z
  .string()
  .regex(
    /^[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[ T]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)?$/,
    "is not a 'date-time'",
  );

const envelope = { hostname: HostNameSchema, generated_time: MasakariTime };

export const MasakariInstancePayload = z.strictObject({
  instance_uuid: InstanceUuid,
  vir_domain_event: word,
  event: word,
});
export type MasakariInstancePayload = z.infer<typeof MasakariInstancePayload>;

export const MasakariHostPayload = z.strictObject({
  event: z.enum(['STARTED', 'STOPPED']),
  host_status: z.enum(['NORMAL', 'UNKNOWN']).optional(),
  cluster_status: z.enum(['ONLINE', 'OFFLINE']).optional(),
});
export type MasakariHostPayload = z.infer<typeof MasakariHostPayload>;

export const MasakariProcessPayload = z.strictObject({
  event: z.enum(['STARTED', 'STOPPED']),
  process_name: word,
});
export type MasakariProcessPayload = z.infer<typeof MasakariProcessPayload>;

/** A notification as monitors file it. Both spellings of the types are taken. */
export const MasakariFiled = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('COMPUTE_HOST'), ...envelope, payload: MasakariHostPayload }),
  z.strictObject({ type: z.enum(['VM', 'COMPUTE_INSTANCE']), ...envelope, payload: MasakariInstancePayload }),
  z.strictObject({
    type: z.enum(['PROCESS', 'COMPUTE_PROCESS']),
    ...envelope,
    payload: MasakariProcessPayload,
  }),
]);
export type MasakariFiled = z.infer<typeof MasakariFiled>;

/**
 * A notification as Masakari shows it. The type is spelt Masakari's way up to microversion 1.3 and ours from 1.4, which
 * also tells the host's name and the instance. `failover_segment_uuid` is null for a host that was in no segment, as it is
 * for notifications from before Masakari 20.
 */
export const MasakariNotification = z.strictObject({
  id: z.int(),
  notification_uuid: z.string(),
  generated_time: z.string(),
  source_host_uuid: z.string(),
  type: z.enum([...new Set([...masakariTypes, ...notificationTypes])] as [string, ...string[]]),
  payload: z.record(z.string(), z.string()),
  status: z.enum(notificationStatuses),
  failover_segment_uuid: z.string().nullable(),
  message: z.string().nullable(),
  /** From microversion 1.4, as the two that follow. */
  hostname: z.string().optional(),
  instance_uuid: z.string().nullable().optional(),
  instance_name: z.string().nullable().optional(),
  ...stamps,
});
export type MasakariNotification = z.infer<typeof MasakariNotification>;

export const MasakariNotificationList = z.strictObject({
  notifications: z.array(MasakariNotification),
  notifications_links: MasakariLinks.optional(),
});

/** One task of a recovery, as `GET /v1/notifications/{id}` tells it from microversion 1.1. */
export const MasakariWorkflowStep = z.strictObject({
  name: z.string(),
  progress: z.number(),
  state: z.string(),
  progress_details: z.array(
    z.strictObject({ timestamp: z.string(), progress: z.string(), message: z.string() }),
  ),
});
export type MasakariWorkflowStep = z.infer<typeof MasakariWorkflowStep>;

export const MasakariNotificationQuery = z.object({
  status: z.string().max(255).optional(),
  type: z.string().max(255).optional(),
  source_host_uuid: z.string().max(255).optional(),
  'generated-since': z.string().max(64).optional(),
  ...listParameters,
});
export type MasakariNotificationQuery = z.infer<typeof MasakariNotificationQuery>;
