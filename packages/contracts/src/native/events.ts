import { z } from 'zod';
import { IsoTime } from '../wire.ts';

export const changeKinds = [
  'notification',
  'guest',
  'monitor',
  'worker',
  'pause',
  'action',
  'configuration',
  'operation',
] as const;
export const ChangeKind = z.enum(changeKinds);
export type ChangeKind = z.infer<typeof ChangeKind>;

/**
 * Something changed: `subject` is the UUID of the notification or instance, the host of a monitor or of an action asked of it, the
 * name of a worker, the path of the file of a `configuration`, the id of an `operation`; empty for a pause. `id` grows
 * with every change of the whole service.
 */
export const Change = z.strictObject({
  id: z.int(),
  at: IsoTime,
  kind: ChangeKind,
  subject: z.string(),
  data: z.unknown(),
});
export type Change = z.infer<typeof Change>;

/**
 * What `GET /v2/events` sends (server-sent events), after `retry:`:
 *
 * - `event: ready`, data `{"id": N}`: the stream stands; everything after change N follows. Comes first.
 * - no event name, data a `Change`, `id:` its id.
 * - `event: lost`, data `{"id": N}`: this reader was too slow or away too long and changes up to N are not sent to it:
 *   it must read the lists again. The stream ends after it.
 * - `: beat` as a comment and `id:` alone while nothing happens: everything up to that id was sent or is of other kinds.
 *
 * After a broken connection send the last id seen as `Last-Event-ID` (or as `after`): nothing is left out.
 */
export const EventsQuery = z.strictObject({
  after: z.int().nonnegative().optional(),
  kind: z.array(ChangeKind).min(1).max(16).optional(),
});
export type EventsQuery = z.infer<typeof EventsQuery>;

/** The data of `ready` and `lost`. */
export const StreamPosition = z.strictObject({ id: z.int().nonnegative() });
export type StreamPosition = z.infer<typeof StreamPosition>;
