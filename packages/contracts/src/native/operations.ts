import { HostNameSchema } from '@instance-ha/notification';
import { failurePolicies, operationStates, rowStates } from '@instance-ha/rollout';
import { z } from 'zod';
import { IsoTime, Limit, text } from '../wire.ts';
import { Revision, ServiceName } from './configuration.ts';
import { Cursor } from './inventory.ts';

/**
 * Begins to bring a revision to hosts, a few at a time. Without `hosts`: to all, and to every one that comes later. `atOnce` hosts
 * at the same time; `answerWithinMs` is what each has before it counts as not answering.
 */
export const NewOperation = z.strictObject({
  kind: z.literal('reconfigure'),
  revision: Revision,
  hosts: z.array(HostNameSchema).min(1).max(1000).optional(),
  onFailure: z.enum(failurePolicies).default('stop'),
  atOnce: z.int().min(1).max(1000).default(10),
  answerWithinMs: z.int().min(1000).max(3_600_000).default(60_000),
  comment: text(500).optional(),
});
export type NewOperation = z.infer<typeof NewOperation>;

/** Rows by state. */
export const OperationProgress = z.strictObject({
  total: z.int(),
  pending: z.int(),
  applying: z.int(),
  applied: z.int(),
  failed: z.int(),
  notAnswering: z.int(),
  skipped: z.int(),
  rolledBack: z.int(),
});
export type OperationProgress = z.infer<typeof OperationProgress>;

export const OperationSummary = z.strictObject({
  id: z.int(),
  kind: z.literal('reconfigure'),
  revision: Revision,
  /** Null: all hosts. */
  hosts: z.array(z.string()).nullable(),
  onFailure: z.enum(failurePolicies),
  atOnce: z.int(),
  answerWithinMs: z.int(),
  comment: z.string().nullable(),
  state: z.enum(operationStates),
  /** Why it ended so, in a sentence; null while it runs. */
  message: z.string().nullable(),
  startedBy: z.string(),
  startedAt: IsoTime,
  endedAt: IsoTime.nullable(),
  progress: OperationProgress,
});
export type OperationSummary = z.infer<typeof OperationSummary>;

/** One service of one host. `before` is the revision it was to run until then, `running` the one it says it runs. */
export const OperationRow = z.strictObject({
  host: z.string(),
  service: ServiceName,
  state: z.enum(rowStates),
  before: Revision,
  running: Revision.nullable(),
  error: z.string().nullable(),
  toldAt: IsoTime.nullable(),
  changedAt: IsoTime,
});
export type OperationRow = z.infer<typeof OperationRow>;

export const OperationDetail = z.strictObject({
  operation: OperationSummary,
  rows: z.array(OperationRow),
});
export type OperationDetail = z.infer<typeof OperationDetail>;

export const OperationQuery = z.strictObject({
  state: z.enum(operationStates).optional(),
  limit: Limit.optional(),
  cursor: Cursor.optional(),
});
export const OperationPage = z.strictObject({
  operations: z.array(OperationSummary),
  nextCursor: z.string().nullable(),
  next: z.string().nullable(),
});

/**
 * A monitor or worker as last heard. `revision` is the pushed one it runs (0: none), `wanted` the one it is to run; null while it
 * never asked. `state`: `current`; `behind`: it has not taken it yet; `failed` with the error: it keeps what it has.
 */
export const ServiceRecord = z.strictObject({
  service: ServiceName,
  name: z.string(),
  host: z.string(),
  version: z.string(),
  startedAt: IsoTime.nullable(),
  lastSeenAt: IsoTime,
  /** Missing: not heard for several of the intervals at which it should tell of itself. */
  silent: z.boolean(),
  revision: Revision.nullable(),
  wanted: Revision.nullable(),
  state: z.enum(['current', 'behind', 'failed', 'unknown']),
  error: z.string().nullable(),
});
export type ServiceRecord = z.infer<typeof ServiceRecord>;

export const ServiceList = z.strictObject({ services: z.array(ServiceRecord) });
