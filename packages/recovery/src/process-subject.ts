import { ProcessSightingSchema } from '@instance-ha/process-health';
import { z } from 'zod';

/** What the monitor of a host may be asked to do to a process there. Its own configuration decides whether it does. */
export const monitorActionKinds = ['look-at-process', 'restart-process'] as const;
export const MonitorActionKind = z.enum(monitorActionKinds);
export type MonitorActionKind = z.infer<typeof MonitorActionKind>;

/**
 * What came of asking a monitor.
 *
 * | outcome    | what is known                                                                                    |
 * | ---------- | ------------------------------------------------------------------------------------------------ |
 * | `done`     | it was done; of a restart, another process of that name was seen running afterwards               |
 * | `failed`   | it was tried                                                                                      |
 * | `refused`  | it was not begun: the monitor's configuration does not name the process, or no command for it; or the process that was meant is not there any more, and the one that is, or somebody's wish that there be none, was left alone |
 * | `in-doubt` | it was begun, or may have been, and nobody knows how it ended: look before asking again           |
 * | `expired`  | the monitor did not take it in time: it was not and will not be begun                            |
 */
export const monitorOutcomes = ['done', 'failed', 'refused', 'in-doubt', 'expired'] as const;
export const MonitorAnswer = z.object({
  outcome: z.enum(monitorOutcomes),
  detail: z.string(),
  /** What the monitor saw of the process afterwards; null where it did not look. */
  sighting: ProcessSightingSchema.nullable(),
});
export type MonitorAnswer = z.infer<typeof MonitorAnswer>;
