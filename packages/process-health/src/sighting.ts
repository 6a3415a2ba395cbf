import { z } from 'zod';

/**
 * What is to be seen of a process by its name.
 *
 * `life` tells one process of that name from the next, over restarts of the host too. `wish` says who wants an absent one to
 * be absent, as far as that can be told:
 *
 * | wish         | the process                                                                          |
 * | ------------ | ------------------------------------------------------------------------------------ |
 * | `none`       | – nobody is known to wish it: it failed, or nobody can tell                           |
 * | `stopped`    | was stopped in an orderly way, or is under maintenance                               |
 * | `restarting` | is being started by its service manager at this moment                               |
 */
export const ProcessSighting = z.discriminatedUnion('seen', [
  z.strictObject({ seen: z.literal('running'), life: z.string(), detail: z.string() }),
  z.strictObject({
    seen: z.literal('absent'),
    wish: z.enum(['none', 'stopped', 'restarting']),
    detail: z.string(),
  }),
  z.strictObject({ seen: z.literal('could-not-look'), detail: z.string() }),
]);
export type ProcessSighting = z.infer<typeof ProcessSighting>;
