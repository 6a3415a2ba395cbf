/** How one instance is recovered; durations in milliseconds. */
export type RecoveryPolicy = {
  /** `observe` decides and records everything and touches nothing. */
  mode: 'act' | 'observe';
  /** `auto`: stop and start in place, then once a hard reboot; `restart`: the first only; `hard-reboot`: the second only. */
  method: 'auto' | 'restart' | 'hard-reboot';
  /** Whether an instance that is already in ERROR is recovered. */
  recoverIgnoringErrorInstances: boolean;
  /** Restarts admitted for one instance within the window. */
  budget: { restarts: number; windowMs: number };
  /** How long one act may take. */
  actTimeoutMs: number;
  /** How long the heartbeat may take to come back after a restart. */
  heartbeatWaitMs: number;
  /** How long to wait for a heartbeat that nobody listens for, before saying that it could not be verified. */
  nobodyListensMs: number;
  /** Attempts at one act that failed or could not be looked at, and the pause before the second, doubled each time. */
  attemptLimit: number;
  retryMs: number;
};
