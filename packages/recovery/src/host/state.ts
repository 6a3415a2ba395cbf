import type { RecoveryEffect, RecoveryEnd } from '../effect.ts';
import type { HostAct } from '../host-subject.ts';
import type { RecoverySubject } from '../subject.ts';
import type { HostContext } from './context.ts';
import type { Move } from './move.ts';

/** What is known by recorded facts alone, whatever the machine waits for. */
export type HostFacts = {
  subject: RecoverySubject;
  round: number;
  context: HostContext | null;
  /** We began to put it out of service: a maintenance may be ours. */
  begun: boolean;
  /** It was put out of service by us. */
  outOfService: boolean;
  /** Evacuations that were there before we asked for any. */
  before: readonly string[] | null;
  /** Null until the instances were listed for the first time: how they were then is what they are brought back to. */
  moves: readonly Move[] | null;
  /** Reserved hosts that this recovery took. */
  taken: readonly string[];
  /** Those of them that were given back: nothing had gone there. */
  givenBack: readonly string[];
  /** Questions and acts in a row that failed. */
  failures: number;
};

export type HostStep =
  | { phase: 'asking' }
  | { phase: 'acting'; act: HostAct; host: string }
  | { phase: 'listing-before' }
  | { phase: 'listing-instances' }
  | { phase: 'evacuating' }
  | { phase: 'following' }
  | { phase: 'restoring' }
  | { phase: 'waiting'; untilMs: number; why: 'retry' | 'busy' | 'pause' | 'held' | 'poll' }
  | { phase: 'ending' | 'ended'; end: RecoveryEnd };

export type HostRecovery = { workflow: 'host'; facts: HostFacts } & HostStep;
export type HostDecision = { state: HostRecovery; effects: RecoveryEffect[] };

/** The only way to move: facts go along, what belonged to the step before is dropped. */
export const become = (facts: HostFacts, step: HostStep, ...effects: RecoveryEffect[]): HostDecision => ({
  state: { ...step, workflow: 'host', facts },
  effects,
});

export const failedHost = ({ subject }: HostFacts): string => subject.host;
