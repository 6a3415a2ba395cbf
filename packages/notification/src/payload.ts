import { z } from 'zod';
import { GuestFault, Handler } from './fault.ts';
import { text } from './text.ts';

/** A compute host's name, as Nova names its compute service: letters, digits, `.`, `-`, `_`; at most 255. */
export const HostName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[a-zA-Z0-9._-]+$/, 'must hold only letters, digits, ".", "-" and "_"');
export type HostName = z.infer<typeof HostName>;

/** Lower-case, dashed. */
export const InstanceUuid = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'must be a lower-case dashed UUID');
export type InstanceUuid = z.infer<typeof InstanceUuid>;

/**
 * One guest failed.
 *
 * `boot` names the life of the domain that failed (see `incidentKey`); `domainId` is libvirt's id of that life, or
 * null where there is none; `hadHeartbeat` tells whether the guest had ever answered in it, hence whether
 * recovery may wait for it to answer again. `libvirtEvent` is the event that decided, in Masakari's spelling, or
 * null when the verdict came from polling.
 */
export const InstancePayload = z.strictObject({
  type: z.literal('COMPUTE_INSTANCE'),
  instanceUuid: InstanceUuid,
  instanceName: text(255),
  fault: GuestFault,
  handledBy: Handler,
  hadHeartbeat: z.boolean(),
  boot: text(128),
  domainId: z.int().nullable(),
  libvirtEvent: z.strictObject({ event: text(255), virDomainEvent: text(255) }).nullable(),
});
export type InstancePayload = z.infer<typeof InstancePayload>;

/** A compute host failed or came back. Field values are Masakari's. */
export const HostPayload = z.strictObject({
  type: z.literal('COMPUTE_HOST'),
  event: z.enum(['STARTED', 'STOPPED']),
  hostStatus: z.enum(['NORMAL', 'UNKNOWN']).nullable(),
  clusterStatus: z.enum(['ONLINE', 'OFFLINE']).nullable(),
});
export type HostPayload = z.infer<typeof HostPayload>;

/** A process on a compute host died or came back. */
export const ProcessPayload = z.strictObject({
  type: z.literal('COMPUTE_PROCESS'),
  event: z.enum(['STARTED', 'STOPPED']),
  processName: text(255),
});
export type ProcessPayload = z.infer<typeof ProcessPayload>;

/** What a notification says, by type. */
export const NotificationPayload = z.discriminatedUnion('type', [
  InstancePayload,
  HostPayload,
  ProcessPayload,
]);
export type NotificationPayload = z.infer<typeof NotificationPayload>;
