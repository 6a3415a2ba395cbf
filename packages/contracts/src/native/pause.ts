import { z } from 'zod';
import { IsoTime, text } from '../wire.ts';

/** A pause ends by itself after this long at the latest: 30 days. */
export const maxPauseMs = 30 * 24 * 3_600_000;

/** Nothing is acted on while a pause stands. It ends by itself at `until`. */
export const Pause = z.strictObject({ reason: z.string(), by: z.string(), from: IsoTime, until: IsoTime });
export type Pause = z.infer<typeof Pause>;

/** `pause` is null when nothing is paused. */
export const PauseAnswer = z.strictObject({ pause: Pause.nullable() });
export type PauseAnswer = z.infer<typeof PauseAnswer>;

/** Why, and either for how long or until when (at least a second, at most 30 days from now). */
export const PauseRequest = z
  .strictObject({
    reason: text(500),
    forMs: z.int().min(1000).max(maxPauseMs).optional(),
    until: IsoTime.optional(),
  })
  .refine(pause => (pause.forMs === undefined) !== (pause.until === undefined), {
    error: 'must hold either forMs or until, and not both',
  });
export type PauseRequest = z.infer<typeof PauseRequest>;

/** `wasPaused` is false when there was nothing to end. */
export const ResumeAnswer = z.strictObject({ pause: z.null(), wasPaused: z.boolean() });
export type ResumeAnswer = z.infer<typeof ResumeAnswer>;
