import type { ProcessSighting } from '@instance-ha/process-health';
import type { ActOutcome } from '@instance-ha/recovery';
import type { ReportedAnswer, TakenAction } from './monitor-actions.ts';

export type ProcessLimits = { timeoutMs: number; signal: AbortSignal };

/** Eyes on the processes of this host. */
export interface ProcessProbe {
  /** Names this run of the host's kernel: what was seen in another one is over. */
  readonly bootId: string;
  /** Looks for a process by its name; has no effect. Rejects only when `signal` aborts. */
  look(processName: string, limits: ProcessLimits): Promise<ProcessSighting>;
}

/** Hands on them. */
export interface ProcessHands {
  /**
   * Runs the command that the host's own configuration names for this process; `done` when it ended well, which proves
   * nothing of the process. `refused` when none is named. Rejects only when `signal` aborts: then it may have run.
   */
  restart(processName: string, limits: ProcessLimits): Promise<ActOutcome>;
}

/** What is asked of this host's monitor, as it comes from the API. */
export interface ActionSource {
  /**
   * What is to be done, at once when there is something, else after at most `waitMs`: what was given before and has not been
   * reported comes again. Null when nobody could be asked.
   */
  take(options: { waitMs: number; signal: AbortSignal }): Promise<readonly TakenAction[] | null>;
  /** `over`: it is not to be reported any more. `unavailable`: report it again. */
  report(
    uuid: string,
    answer: ReportedAnswer,
    options: { signal: AbortSignal },
  ): Promise<'taken' | 'over' | 'unavailable'>;
}
