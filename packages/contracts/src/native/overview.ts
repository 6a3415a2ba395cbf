import { z } from 'zod';
import { IsoTime, Uuid } from '../wire.ts';

/** A notification that waits for an operator. */
export const HeldNotification = z.strictObject({
  uuid: Uuid,
  type: z.string(),
  host: z.string(),
  instanceName: z.string().nullable(),
  why: z.string(),
  since: IsoTime,
});
export type HeldNotification = z.infer<typeof HeldNotification>;
export const HeldList = z.strictObject({ held: z.array(HeldNotification) });

/** How all guests were, minute by minute over the last day: `at` and each list of numbers are of one length. */
export const Trends = z.strictObject({
  at: z.array(IsoTime),
  /** By phase. */
  guests: z.record(z.string(), z.array(z.int())),
  /** Guests of monitors that were silent. */
  unheard: z.array(z.int()),
});
export type Trends = z.infer<typeof Trends>;
