import type { RecoveryEffect, RecoveryEnd } from '../effect.ts';
import type { Ruled } from '../event.ts';
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
  /** Instances that somebody else evacuated already when those were listed. */
  underWay: readonly string[];
  /** Null until the instances were listed for the first time: how they were then is what they are brought back to. */
  moves: readonly Move[] | null;
  /** Reserved hosts that this recovery took. */
  taken: readonly string[];
  /** Those of them that were given back: nothing had gone there. */
  givenBack: readonly string[];
  /** Questions and acts in a row that failed. */
  failures: number;
  /** Why it was held; it is until somebody rules, though the hosts beside it may have come back. */
  held: string | null;
  /** It has its turn to be evacuated. */
  turn: boolean;
  /** We began to take it back into service. */
  returning: boolean;
  aborted: Ruled | null;
  /** From when `expiryMs` counts: the acceptance, or the last retry by an operator. */
  expiresFromMs: number;
  /** An operator wants it tried again: whether it is down at all is asked first. */
  mustLook: boolean;
  /** Then, what became of the evacuations that were asked for before. */
  mustFollow: boolean;
};

export type HostStep =
  | { phase: 'asking' }
  | { phase: 'asking-turn' }
  | { phase: 'looking' }
  | { phase: 'acting'; act: HostAct; host: string }
  | { phase: 'listing-before' }
  | { phase: 'listing-instances' }
  | { phase: 'evacuating' }
  | { phase: 'following' }
  | { phase: 'restoring' }
  | { phase: 'waiting'; untilMs: number; why: 'retry' | 'pause' | 'held' | 'poll' }
  | { phase: 'waiting'; untilMs: number; why: 'turn'; hosts: readonly string[] }
  | { phase: 'ending' | 'ended'; end: RecoveryEnd };

export type HostRecovery = { workflow: 'host'; facts: HostFacts } & HostStep;
export type HostDecision = { state: HostRecovery; effects: RecoveryEffect[] };

/** The only way to move: facts go along, what belonged to the step before is dropped. */
export const become = (facts: HostFacts, step: HostStep, ...effects: RecoveryEffect[]): HostDecision => ({
  state: { ...step, workflow: 'host', facts },
  effects,
});

export const failedHost = ({ subject }: HostFacts): string => subject.host;
