import type { ProcessPayload } from '@instance-ha/notification';
import type { RecoveryEffect, RecoveryEnd } from '../effect.ts';
import type { RecoverySubject } from '../subject.ts';
import type { ProcessContext } from './context.ts';

export type ProcessSubject = Omit<RecoverySubject, 'payload'> & { payload: ProcessPayload };

/**
 * What is to be done next:
 *
 * | stage       | is                                                                            |
 * | ----------- | ----------------------------------------------------------------------------- |
 * | `context`   | ask what the books say                                                        |
 * | `look`      | ask the monitor whether the process runs                                      |
 * | `restart`   | ask the monitor to restart it                                                 |
 * | `verify`    | look until the cloud sees its compute service again                           |
 * | `disable`   | disable the compute service                                                   |
 * | `returning` | look whether the compute service of a process that is back was disabled by us |
 * | `enable`    | enable it again                                                               |
 */
export type ProcessStage = 'context' | 'look' | 'restart' | 'verify' | 'disable' | 'returning' | 'enable';

/** What is known by recorded facts alone, whatever the machine waits for. */
export type ProcessFacts = {
  subject: ProcessSubject;
  stage: ProcessStage;
  context: ProcessContext | null;
  /** Questions and requests that the monitor has answered: the next one has this number plus one. */
  answered: number;
  /** Restarts that were asked for. */
  restarts: number;
  /** What the monitor saw last; `unknown` when it could not be asked. */
  seen: 'running' | 'absent' | 'unknown';
  /** Which process it saw last; null when none. */
  life: string | null;
  /** While verifying: since when, and when the cloud had heard its compute service last when it was first looked at. */
  verifying: { sinceMs: number; reportedAt: string | null } | null;
  /** Questions in a row that were not answered. */
  failures: number;
  /** Why it is not back yet, in words. */
  why: string | null;
  /** An operator left it. */
  aborted: { by: string; reason: string | null } | null;
  /** An operator had it tried again, however often it died before. */
  retried: boolean;
  /** Its time to live counts from here: from its acceptance, or from the retry. */
  expiresFromMs: number;
};

export type ProcessRecovery = { workflow: 'process'; facts: ProcessFacts } & (
  | { phase: 'doing' }
  | { phase: 'waiting'; untilMs: number; why: 'retry' | 'busy' | 'pause' | 'poll' }
  | { phase: 'ending' | 'ended'; end: RecoveryEnd }
);
export type ProcessDecision = { state: ProcessRecovery; effects: RecoveryEffect[] };
