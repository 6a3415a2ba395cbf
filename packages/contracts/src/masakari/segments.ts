import { recoveryMethods } from '@instance-ha/notification';
import { z } from 'zod';
import {
  listParameters,
  MasakariBoolean,
  MasakariLinks,
  MasakariName,
  MasakariText,
  stamps,
} from './common.ts';

const RecoveryMethod = z.enum(recoveryMethods);

/** A failover segment as Masakari shows it, at every microversion. */
export const MasakariSegment = z.strictObject({
  id: z.int(),
  uuid: z.string(),
  name: z.string(),
  service_type: z.string(),
  enabled: z.boolean(),
  description: z.string().nullable(),
  recovery_method: RecoveryMethod,
  ...stamps,
});
export type MasakariSegment = z.infer<typeof MasakariSegment>;

const fields = {
  name: MasakariName,
  recovery_method: RecoveryMethod,
  service_type: MasakariName,
  description: MasakariText.nullable().optional(),
  /** From microversion 1.2. */
  enabled: MasakariBoolean.optional(),
} as const;

export const MasakariNewSegment = z.strictObject(fields);
export type MasakariNewSegment = z.infer<typeof MasakariNewSegment>;

export const MasakariSegmentChange = z
  .strictObject({
    ...fields,
    name: fields.name.optional(),
    recovery_method: RecoveryMethod.optional(),
    service_type: fields.service_type.optional(),
  })
  .refine(change => Object.keys(change).length > 0, { error: 'is not valid under any of the given schemas' });
export type MasakariSegmentChange = z.infer<typeof MasakariSegmentChange>;

export const MasakariSegmentQuery = z.object({
  name: z.string().max(255).optional(),
  recovery_method: z.string().max(255).optional(),
  service_type: z.string().max(255).optional(),
  enabled: z.string().max(16).optional(),
  ...listParameters,
});
export type MasakariSegmentQuery = z.infer<typeof MasakariSegmentQuery>;

export const MasakariSegmentList = z.strictObject({
  segments: z.array(MasakariSegment),
  segments_links: MasakariLinks.optional(),
});
