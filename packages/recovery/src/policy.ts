import { z } from 'zod';
import { HostPolicy } from './host/context.ts';
import { ProcessRecoveryPolicy } from './process/context.ts';

/** How one instance is recovered; durations in milliseconds. */
export const RecoveryPolicy = z.object({
  /** `observe` decides and records everything and touches nothing. */
  mode: z.enum(['act', 'observe']),
  /** `auto`: stop and start in place, then once a hard reboot; `restart`: the first only; `hard-reboot`: the second only. */
  method: z.enum(['auto', 'restart', 'hard-reboot']),
  /** `auto` may evacuate one whose QEMU is proven to be gone and whose compute service is down. */
  allowEvacuate: z.boolean(),
  /** Recover every instance; else only those that their metadata marks. Counts where there is metadata. */
  processAllInstances: z.boolean(),
  haEnabledKey: z.string(),
  /** Whether an instance that is already in ERROR is recovered. */
  recoverIgnoringErrorInstances: z.boolean(),
  /** Restarts admitted for one instance within the window. */
  budget: z.object({ restarts: z.number(), windowMs: z.number() }),
  /** How long one act may take. */
  actTimeoutMs: z.number(),
  /** How long the heartbeat may take to come back after a restart. */
  heartbeatWaitMs: z.number(),
  /** How long to wait for a heartbeat that nobody listens for, before saying that it could not be verified. */
  nobodyListensMs: z.number(),
  /**
   * Attempts at one act that failed or could not be looked at, and the pause before the second, doubled each time.
   * A recovery that ends as `error` is begun anew after a further doubled pause, in all as many times; one that nobody
   * could look at, act on or listen to is begun anew until `expiryMs`.
   */
  attemptLimit: z.number(),
  retryMs: z.number(),
  /** A notification so old is given up: the host could not be reached, or nobody listened, for all that time. */
  expiryMs: z.number(),
  host: HostPolicy,
  process: ProcessRecoveryPolicy,
});
export type RecoveryPolicy = z.infer<typeof RecoveryPolicy>;
