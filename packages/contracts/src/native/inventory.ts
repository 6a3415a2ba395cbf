import { recoveryMethods, vmoveStatuses, vmoveTypes } from '@instance-ha/notification';
import { z } from 'zod';
import { MasakariName, MasakariText } from '../masakari/common.ts';
import { IsoTime, Limit, text, Uuid } from '../wire.ts';

/** A page of a list by `id`, newest first: the `nextCursor` of the page before. */
export const Cursor = z.string().regex(/^[0-9]{1,15}$/, 'must be the nextCursor of another page');
const page = { limit: Limit.optional(), cursor: Cursor.optional() } as const;
const pageEnd = { nextCursor: z.string().nullable(), next: z.string().nullable() } as const;

/** Why somebody does it, for the audit. */
const Reason = text(500);
const RecoveryMethod = z.enum(recoveryMethods);
const HostType = z
  .string()
  .max(255)
  .regex(/^[a-zA-Z0-9]*$/, 'must be letters and digits');

/** A failover segment: hosts that stand in for one another. `updatedAt` is null until it is changed for the first time. */
export const Segment = z.strictObject({
  id: z.int(),
  uuid: Uuid,
  name: z.string(),
  description: z.string().nullable(),
  serviceType: z.string(),
  recoveryMethod: RecoveryMethod,
  /** False: notifications of its hosts are not acted on. */
  enabled: z.boolean(),
  createdAt: IsoTime,
  updatedAt: IsoTime.nullable(),
});
export type Segment = z.infer<typeof Segment>;

export const NewSegment = z.strictObject({
  name: MasakariName,
  description: MasakariText.nullable().default(null),
  serviceType: MasakariName.default('COMPUTE'),
  recoveryMethod: RecoveryMethod.default('auto'),
  enabled: z.boolean().default(true),
  reason: Reason.optional(),
});

/** What is left out stays as it is. */
export const SegmentChange = z.strictObject({
  name: MasakariName.optional(),
  description: MasakariText.nullable().optional(),
  serviceType: MasakariName.optional(),
  recoveryMethod: RecoveryMethod.optional(),
  enabled: z.boolean().optional(),
  reason: Reason.optional(),
});

export const SegmentQuery = z.strictObject({
  name: text(255).optional(),
  serviceType: text(255).optional(),
  recoveryMethod: RecoveryMethod.optional(),
  enabled: z.boolean().optional(),
  ...page,
});
export const SegmentPage = z.strictObject({ segments: z.array(Segment), ...pageEnd });

/** A compute host of a segment. `controlAttributes` is `***` for whoever may not change it. */
export const Host = z.strictObject({
  id: z.int(),
  uuid: Uuid,
  /** As Nova spells its compute service; unique over all segments. */
  name: z.string(),
  segmentUuid: Uuid,
  type: z.string(),
  /** Kept free for the instances of another one. */
  reserved: z.boolean(),
  /** Nothing that happens to it is acted on. */
  onMaintenance: z.boolean(),
  controlAttributes: z.string(),
  createdAt: IsoTime,
  updatedAt: IsoTime.nullable(),
});
export type Host = z.infer<typeof Host>;

export const NewHost = z.strictObject({
  name: MasakariName,
  segmentUuid: Uuid,
  type: HostType.default('COMPUTE'),
  reserved: z.boolean().default(false),
  onMaintenance: z.boolean().default(false),
  controlAttributes: MasakariText.default(''),
  reason: Reason.optional(),
});

/** What is left out stays as it is. */
export const HostChange = z.strictObject({
  name: MasakariName.optional(),
  type: HostType.optional(),
  reserved: z.boolean().optional(),
  onMaintenance: z.boolean().optional(),
  controlAttributes: MasakariText.optional(),
  reason: Reason.optional(),
});

export const HostQuery = z.strictObject({
  segmentUuid: Uuid.optional(),
  name: text(255).optional(),
  type: text(255).optional(),
  reserved: z.boolean().optional(),
  onMaintenance: z.boolean().optional(),
  ...page,
});
export const HostPage = z.strictObject({ hosts: z.array(Host), ...pageEnd });

/** Whether the instances of a host would be evacuated if it were reported as failed now, and why; `notes`: what else one should know. */
export const HostReadiness = z.strictObject({
  uuid: Uuid,
  name: z.string(),
  recovered: z.boolean(),
  because: z.string(),
  notes: z.array(z.string()),
});
export type HostReadiness = z.infer<typeof HostReadiness>;

/** What a removal may be told. */
export const RemovalQuery = z.strictObject({ reason: Reason.optional() });

/** One instance that a recovery of a host moves, or wants to. */
export const Vmove = z.strictObject({
  id: z.int(),
  uuid: Uuid,
  notificationUuid: Uuid,
  instanceUuid: Uuid,
  instanceName: z.string().nullable(),
  sourceHost: z.string(),
  destHost: z.string().nullable(),
  startTime: IsoTime.nullable(),
  endTime: IsoTime.nullable(),
  type: z.enum(vmoveTypes),
  status: z.enum(vmoveStatuses),
  message: z.string().nullable(),
  createdAt: IsoTime,
  updatedAt: IsoTime.nullable(),
});
export type Vmove = z.infer<typeof Vmove>;

export const VmoveQuery = z.strictObject({
  notificationUuid: Uuid.optional(),
  instanceUuid: Uuid.optional(),
  type: z.enum(vmoveTypes).optional(),
  status: z.enum(vmoveStatuses).optional(),
  ...page,
});
export const VmovePage = z.strictObject({ vmoves: z.array(Vmove), ...pageEnd });
