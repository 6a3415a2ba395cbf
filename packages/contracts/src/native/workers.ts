import { z } from 'zod';
import { IsoTime } from '../wire.ts';

/**
 * One worker as last heard; it tells of itself every few seconds. `silent`: it has not for so long that it is dead or cannot
 * reach the database. One that stopped in order is not listed; one that died is, for a day.
 */
export const WorkerRecord = z.strictObject({
  name: z.string(),
  host: z.string(),
  version: z.string(),
  driver: z.enum(['libvirt', 'nova']),
  mode: z.enum(['act', 'observe']),
  startedAt: IsoTime,
  held: z.int().nonnegative(),
  lastSeenAt: IsoTime,
  silent: z.boolean(),
});
export type WorkerRecord = z.infer<typeof WorkerRecord>;

export const WorkerList = z.strictObject({ workers: z.array(WorkerRecord) });
