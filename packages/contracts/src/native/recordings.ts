import { z } from 'zod';

/**
 * What a monitor saw over a stretch of time: `Recording` of `@instance-ha/guest-health`, which reads it; what is wrong with it answers
 * 400. Only monitors send it.
 */
export const NewRecording = z.strictObject({ recording: z.record(z.string(), z.unknown()) });
export const RecordingKept = z.strictObject({ kept: z.literal(true) });
