import { vmoveStatuses, vmoveTypes } from '@instance-ha/notification';
import { z } from 'zod';
import { listParameters, MasakariLinks, MasakariStamp, stamps } from './common.ts';

/** One instance that was moved off a failed host, or is to be. */
export const MasakariVmove = z.strictObject({
  id: z.int(),
  uuid: z.string(),
  notification_uuid: z.string(),
  instance_uuid: z.string(),
  instance_name: z.string().nullable(),
  source_host: z.string(),
  dest_host: z.string().nullable(),
  start_time: MasakariStamp.nullable(),
  end_time: MasakariStamp.nullable(),
  type: z.enum(vmoveTypes),
  status: z.enum(vmoveStatuses),
  message: z.string().nullable(),
  ...stamps,
});
export type MasakariVmove = z.infer<typeof MasakariVmove>;

export const MasakariVmoveQuery = z.object({
  type: z.string().max(255).optional(),
  status: z.string().max(255).optional(),
  ...listParameters,
});
export type MasakariVmoveQuery = z.infer<typeof MasakariVmoveQuery>;

export const MasakariVmoveList = z.strictObject({
  vmoves: z.array(MasakariVmove),
  vmoves_links: MasakariLinks.optional(),
});
