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

/** Sensible for guests that boot within two minutes on hosts of some hundred guests. */
export const defaultGuestPolicy: GuestPolicy = {
  checkIntervalMs: 30_000,
  failureThreshold: 3,
  bootGraceMs: 120_000,
  agentLostGraceMs: 60_000,
  pauseConfirmMs: 2_000,
  incidentWindowMs: 10_000,
  evidenceMaxAgeMs: 300_000,
  secondSign: true,
  cpuStallMs: 5_000,
  // A panic loop cannot be told from a guest that is rebooted again and again by its owner: only many in a row count.
  bootLoopCount: 10,
  bootLoopWindowMs: 600_000,
};

export const defaultGatePolicy: GatePolicy = { hostSuspectRatio: 0.5, hostSuspectMinGuests: 3 };

export const defaultRestartBudget: RestartBudget = { restarts: 3, windowMs: 3_600_000 };

/**
 * With the second sign so many misses in a row are enough: half of `failureThreshold`, rounded up, and never none.
 */
export const secondSignMisses = (policy: GuestPolicy): number =>
  Math.max(1, Math.ceil(policy.failureThreshold / 2));

/** What is wrong with a policy, one sentence each; empty when nothing is. */
export function policyProblems({ guest, gate }: { guest: GuestPolicy; gate: GatePolicy }): string[] {
  const problems: string[] = [];
  for (const [name, value] of Object.entries({ ...guest, ...gate })) {
    if (typeof value === 'number' && !(Number.isFinite(value) && value >= 0))
      problems.push(`${name} must be a number of at least 0, found ${value}`);
  }
  if (!Number.isInteger(guest.failureThreshold) || guest.failureThreshold < 1)
    problems.push(`failureThreshold must be a whole number of at least 1, found ${guest.failureThreshold}`);
  if (guest.bootLoopCount < 2)
    problems.push(`bootLoopCount must be at least 2, found ${guest.bootLoopCount}`);
  const rowMs = guest.failureThreshold * guest.checkIntervalMs;
  if (guest.evidenceMaxAgeMs < rowMs)
    problems.push(
      `evidenceMaxAgeMs (${guest.evidenceMaxAgeMs}) must be at least failureThreshold × checkIntervalMs (${rowMs}): misses would grow too old before they are enough`,
    );
  if (guest.evidenceMaxAgeMs < 2 * guest.pauseConfirmMs)
    problems.push(`evidenceMaxAgeMs (${guest.evidenceMaxAgeMs}) must be at least twice pauseConfirmMs`);
  if (gate.hostSuspectRatio > 1)
    problems.push(`hostSuspectRatio must be at most 1, found ${gate.hostSuspectRatio}`);
  return problems;
}
