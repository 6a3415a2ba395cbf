import { z } from 'zod';

/** What the books say of the host of a process, and what else was filed of that process. */
export const ProcessContext = z.object({
  /** Null: the host is in no segment. */
  segment: z.object({ name: z.string(), enabled: z.boolean() }).nullable(),
  onMaintenance: z.boolean(),
  /** An earlier notification of the same process has not come to its end. */
  earlierOpen: z.boolean(),
  /** How often the process was reported as dead within the window of the restart budget, this time included. */
  deaths: z.number(),
});
export type ProcessContext = z.infer<typeof ProcessContext>;

/** How dead processes of compute hosts are recovered; durations in milliseconds. */
export const ProcessRecoveryPolicy = z.object({
  /** Whether there is a cloud whose compute service can be looked at and disabled. */
  hasControl: z.boolean(),
  /** What is done about a process that is not the cloud's compute service. */
  otherProcesses: z.enum(['restart', 'record']),
  /** Restarts asked for in one recovery, at most. */
  restartAttempts: z.number(),
  /** How long one restart may take once its monitor has taken it. */
  restartTimeoutMs: z.number(),
  /** How long a monitor has to take what it is asked. */
  takeTimeoutMs: z.number(),
  /** How long the cloud may take to see the compute service again. */
  verifyTimeoutMs: z.number(),
  pollMs: z.number(),
  /** Deaths within the window after which it is not restarted any more. */
  budget: z.object({ restarts: z.number(), windowMs: z.number() }),
  /** Whether the compute service is disabled when its process cannot be brought back. */
  disableService: z.boolean(),
});
export type ProcessRecoveryPolicy = z.infer<typeof ProcessRecoveryPolicy>;

/** The process that is a cloud's compute service; Nova knows it by this name. */
export const computeProcess = 'nova-compute';
