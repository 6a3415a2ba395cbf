import {
  type InstancePayload,
  type NotificationPayload,
  NotificationPayloadSchema,
} from '@instance-ha/notification';
import { z } from 'zod';

/** The notification under recovery, as far as the judgement needs it. */
export const RecoverySubject = z.object({
  notificationUuid: z.string(),
  incidentKey: z.string(),
  host: z.string(),
  payload: NotificationPayloadSchema,
  /** ISO 8601: when the notification was accepted, by the database's clock, and the first sign of the fault, by the monitor's. */
  acceptedAt: z.string().optional(),
  faultAt: z.string().optional(),
});
export type RecoverySubject = {
  notificationUuid: string;
  incidentKey: string;
  host: string;
  payload: NotificationPayload;
  acceptedAt?: string | undefined;
  faultAt?: string | undefined;
};

/** The notification of one failed instance. */
export type InstanceSubject = Omit<RecoverySubject, 'payload'> & { payload: InstancePayload };

/**
 * What was seen of an instance when the hypervisor or Nova was asked.
 *
 * `life` tells one boot of the instance from the next (libvirt: the domain id as text); null where it is off or
 * where the control cannot tell. A restart is only ever done to the life that failed. `byOperator` is true for a pause
 * or stop that a person or a program asked for; a pause by failure is false. `detail` is in the control's own words,
 * e.g. `shut off (crashed)` or `vm_state active, power_state SHUTDOWN`. `byRecord` is true where the control repeats what a
 * cloud noted last and did not ask the hypervisor: a QEMU that has just died may still run in Nova's books.
 *
 * What only a cloud can tell is absent elsewhere: `metadata` as its owner wrote it; `bootedAt`, when the boot that runs now was
 * asked for (ISO 8601, by the cloud's clock); `hostService`, whether the cloud hears from the host, or was told that it is down;
 * `movedTo`, the host an instance is on that is not on the one asked about.
 */
export const InstanceSighting = z.discriminatedUnion('seen', [
  z.object({
    seen: z.literal('instance'),
    state: z.enum(['running', 'paused', 'stopped', 'crashed', 'error', 'rescued', 'suspended', 'busy']),
    life: z.string().nullable(),
    byOperator: z.boolean(),
    detail: z.string(),
    byRecord: z.boolean().optional(),
    metadata: z.record(z.string(), z.string()).optional(),
    bootedAt: z.string().optional(),
    hostService: z.enum(['up', 'down', 'forced-down']).optional(),
  }),
  z.object({ seen: z.literal('nothing'), detail: z.string(), movedTo: z.string().optional() }),
  z.object({ seen: z.literal('could-not-look'), detail: z.string() }),
]);
export type InstanceSighting = z.infer<typeof InstanceSighting>;

/** What may be done to an instance. Each is safe to ask twice. `evacuate` rebuilds it on another host and makes it run there. */
export const instanceActs = ['stop', 'start', 'hard-reboot', 'evacuate'] as const;
export const InstanceAct = z.enum(instanceActs);
export type InstanceAct = z.infer<typeof InstanceAct>;

/** How an act ended. `refused`: asking again the same way will not help. */
export const ActOutcome = z.object({ outcome: z.enum(['done', 'refused', 'failed']), detail: z.string() });
export type ActOutcome = z.infer<typeof ActOutcome>;

/** `sighting`: what the look that verified the act saw of the instance; absent where a further look would tell more. */
export const InstanceActOutcome = ActOutcome.extend({ sighting: InstanceSighting.optional() });
export type InstanceActOutcome = z.infer<typeof InstanceActOutcome>;

/**
 * Whether the guest was heard again after the incident, as its monitor tells. `atMs` is when, in milliseconds since
 * 1970-01-01T00:00:00Z by the monitor's clock: for people, never to reckon with. `nobody-listens`: the host's monitor
 * is away or blind, or has not asked anew since it was, so silence is no evidence; `forMs`: for so long already.
 */
export const HeartbeatSighting = z.discriminatedUnion('heartbeat', [
  z.object({ heartbeat: z.literal('heard'), atMs: z.number() }),
  z.object({ heartbeat: z.literal('not-yet') }),
  z.object({ heartbeat: z.literal('nobody-listens'), detail: z.string(), forMs: z.number().optional() }),
]);
export type HeartbeatSighting = z.infer<typeof HeartbeatSighting>;
