import { z } from 'zod';
import { IsoTime, Limit, QueryTime, text } from '../wire.ts';
import { Cursor } from './inventory.ts';

/**
 * Who did what to what, with which outcome: the fields of CADF (DSP0262) under our names. In `changes` a secret is `***`: one
 * sees that it changed and not what it is.
 */
export const AuditEvent = z.strictObject({
  id: z.int(),
  at: IsoTime,
  action: z.string(),
  outcome: z.enum(['success', 'failure']),
  initiator: z.strictObject({ id: z.string().nullable(), name: z.string(), project: z.string().nullable() }),
  target: z.strictObject({ type: z.string(), id: z.string().nullable(), name: z.string().nullable() }),
  reason: z.string().nullable(),
  requestId: z.string(),
  changes: z.array(z.strictObject({ field: z.string(), before: z.unknown(), after: z.unknown() })),
});
export type AuditEvent = z.infer<typeof AuditEvent>;

/** Which events, newest first. `initiator` is a name. `since` and `until` bound `at` (from, and before). */
export const AuditQuery = z.strictObject({
  action: text(64).optional(),
  outcome: z.enum(['success', 'failure']).optional(),
  initiator: text(255).optional(),
  targetType: text(64).optional(),
  targetId: text(255).optional(),
  requestId: text(64).optional(),
  since: QueryTime.optional(),
  until: QueryTime.optional(),
  limit: Limit.optional(),
  cursor: Cursor.optional(),
});

export const AuditPage = z.strictObject({
  events: z.array(AuditEvent),
  nextCursor: z.string().nullable(),
  next: z.string().nullable(),
});
