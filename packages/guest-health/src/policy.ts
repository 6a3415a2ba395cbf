/** Thresholds of the judgement, all durations in milliseconds. */
export type GuestPolicy = {
  /** How often a guest is asked. */
  checkIntervalMs: number;
  /** Misses in a row, after at least one answer in this boot, that make a guest reportable: N means N. */
  failureThreshold: number;
  /** After a start, reboot, resume or restore: silence is no evidence for so long, or until the first answer. */
  bootGraceMs: number;
  /** An agent that went away has so long to come back before its absence counts. */
  agentLostGraceMs: number;
  /** A watchdog or error pause is believed when it has lasted so long (a dump pauses and resumes at once). */
  pauseConfirmMs: number;
  /** Events of one incident that arrive within so long of its first one belong to it. */
  incidentWindowMs: number;
  /** No verdict rests on evidence older than this. */
  evidenceMaxAgeMs: number;
  /** Whether a QEMU whose CPU time stands still while its agent is silent is judged without waiting for every miss. */
  secondSign: boolean;
  /** So long without any CPU time counts as standing still. */
  cpuStallMs: number;
  /** So many reboots that the guest did by itself within the window make a boot loop. */
  bootLoopCount: number;
  bootLoopWindowMs: number;
};

/** The gate over all guests of one host. */
export type GatePolicy = {
  /** When at least so large a share of the heard guests is silent together … */
  hostSuspectRatio: number;
  /** … and at least so many, the host is suspect and verdicts from silence are held. */
  hostSuspectMinGuests: number;
};

/** How often one instance may be restarted. */
export type RestartBudget = { restarts: number; windowMs: number };
