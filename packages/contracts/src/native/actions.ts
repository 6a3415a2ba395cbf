import { HostNameSchema } from '@instance-ha/notification';
import { ProcessSightingSchema } from '@instance-ha/process-health';
import { MonitorActionKindSchema, monitorOutcomes } from '@instance-ha/recovery';
import { z } from 'zod';
import { IsoTime, Limit, Uuid } from '../wire.ts';
import { Cursor } from './inventory.ts';

/** How long a monitor may wait for something to do, at most. */
export const maxActionWaitMs = 25_000;

const statuses = ['asked', 'taken', ...monitorOutcomes] as const;

/**
 * Something asked of the monitor of a host.
 *
 * | status     | it                                                                                     |
 * | ---------- | -------------------------------------------------------------------------------------- |
 * | `asked`    | waits for its monitor, or for another one of the same process                          |
 * | `taken`    | is being done                                                                          |
 * | `done`     | was done; of a restart, another process was seen running afterwards                     |
 * | `failed`   | was tried                                                                              |
 * | `refused`  | is not what the configuration of the monitor names                                     |
 * | `in-doubt` | was taken, and nobody knows how it ended                                               |
 * | `expired`  | was not taken in time                                                                  |
 */
export const MonitorAction = z.strictObject({
  id: z.int(),
  uuid: Uuid,
  host: HostNameSchema,
  kind: MonitorActionKindSchema,
  processName: z.string(),
  /** The process that is meant, as its monitor saw it last; null: none was seen. A restart leaves any other alone. */
  life: z.string().nullable(),
  status: z.enum(statuses),
  askedAt: IsoTime,
  takenAt: IsoTime.nullable(),
  endedAt: IsoTime.nullable(),
  doneWithinMs: z.int(),
  detail: z.string().nullable(),
  sighting: ProcessSightingSchema.nullable(),
});
export type MonitorAction = z.infer<typeof MonitorAction>;

export const MonitorActionQuery = z.strictObject({ limit: Limit.optional(), cursor: Cursor.optional() });

export const MonitorActionPage = z.strictObject({
  actions: z.array(MonitorAction),
  nextCursor: z.string().nullable(),
  next: z.string().nullable(),
});

/** `waitMs`: how long to wait when there is nothing to do. */
export const TakeActions = z.strictObject({ waitMs: z.int().nonnegative().max(maxActionWaitMs) });

/** `leftMs`: until the time of an action is over. */
export const TakenActions = z.strictObject({
  actions: z.array(MonitorAction.extend({ leftMs: z.int() })),
});

export const ActionAnswer = z.strictObject({
  outcome: z.enum(monitorOutcomes).exclude(['expired']),
  detail: z.string().max(2000),
  sighting: ProcessSightingSchema.nullable(),
});

/** `taken` is false when the action had ended before, or was not this host's. */
export const ActionAnswered = z.strictObject({ taken: z.boolean() });
