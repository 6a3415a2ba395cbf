import type { RecoveryEffect, RecoveryEnd } from '../effect.ts';
import type { Ruled } from '../event.ts';
import type { InstanceAct, InstanceSighting, InstanceSubject } from '../subject.ts';

/** What was seen when the instance was found. */
export type SeenInstance = Extract<InstanceSighting, { seen: 'instance' }>;

/**
 * How far our own acts have come. `…-begun` was stored before the act and nothing after it: it may or may not have
 * happened. `life` is the boot the act was meant for; of `restart-done` it is the boot the restart made, null until it
 * was looked at or where it cannot be told. `offByUs`: our own stop came before the evacuation.
 */
export type Progress =
  | { made: 'nothing' }
  | { made: 'stop-begun'; life: string | null }
  | { made: 'stop-done'; life: string | null }
  | { made: 'start-begun'; life: string | null }
  | { made: 'hard-reboot-begun'; life: string | null }
  | { made: 'evacuate-begun'; life: string | null; sinceMs: number; offByUs: boolean }
  | { made: 'restart-done'; life: string | null; by: 'start' | 'hard-reboot' };

/** What is known by recorded facts alone, whatever the machine waits for. */
export type Facts = {
  subject: InstanceSubject;
  /** The boot we made failed again, and nobody filed that: this recovery goes on with that boot as the failed one. */
  again: { life: string | null; times: number } | null;
  /** Counts from 1; an end as `error` leads to a further one. */
  round: number;
  progress: Progress;
  /** How it was before our first act: whatever our acts led to is not how it was found. Null before the first. */
  original: SeenInstance['state'] | null;
  /** Restarts by this recovery that are known to have happened. */
  restarts: number;
  /** What its owner's metadata said and was not followed; told with the end. */
  remark: string | null;
  /** It was heard since it failed: nothing is done to it any more. */
  heard: boolean;
  /** The budget admitted the restart that comes next, or that was begun. */
  admitted: boolean;
  /** The hard reboot that follows a restart without a heartbeat was decided: it is the last means. */
  escalated: boolean;
  /** Whoever may be bringing the guest back already was given the time to do so. */
  gaveTime: boolean;
  /** Until when it may still be on its way down and up again in the hands of libvirt or QEMU; null before it was seen so. */
  settlesAtMs: number | null;
  /** Looks in a row that did not see the instance, or saw it busy. */
  lookFailures: number;
  /** Attempts at the next act that failed. */
  actFailures: number;
  /** What the last act said when it was refused or failed; null after one that was done. */
  refused: string | null;
  failed: string | null;
  /** How long the heartbeat was awaited for the present purpose while somebody listened. */
  listenedMs: number;
  /** How long in this round it was awaited while nobody listened. */
  deafMs: number;
  aborted: Ruled | null;
  /** From when `expiryMs` counts: the acceptance, or the last retry by an operator. */
  expiresFromMs: number;
};

/** What the heartbeat is awaited for. `before-acting` asks once whether the guest was heard since it failed. */
export type Listening = {
  phase: 'listening';
  purpose: 'verify' | 'handled' | 'another-life' | 'before-acting';
  known: 'not-yet' | 'nobody-listens' | null;
  /** Since when that is so: what passed before is counted in the facts. */
  sinceMs: number;
  /** What was seen of the instance when the listening began. */
  seen: SeenInstance;
};

/** What the machine waits for now. `ending`: the end was decided; `ended`: it is recorded. */
export type Step =
  | { phase: 'looking' }
  | { phase: 'budgeting'; seen: SeenInstance }
  /** The boot we made has failed: whether its monitor files that. */
  | { phase: 'asking-further'; seen: SeenInstance }
  | Listening
  | { phase: 'acting'; act: InstanceAct; life: string | null }
  | { phase: 'waiting'; untilMs: number; why: 'retry' | 'busy' | 'pause' }
  | { phase: 'ending' | 'ended'; end: RecoveryEnd };

/** It is off, if it is, by our own hand: that is nobody's wish, and it is not left so. */
export const isOffByUs = ({ progress }: Facts): boolean => {
  switch (progress.made) {
    case 'nothing':
    case 'restart-done':
      return false;
    case 'evacuate-begun':
      return progress.offByUs;
    case 'stop-begun':
    case 'stop-done':
    case 'start-begun':
    case 'hard-reboot-begun':
      return true;
  }
};

export type InstanceRecovery = { workflow: 'instance'; facts: Facts } & Step;

export type InstanceDecision = { state: InstanceRecovery; effects: RecoveryEffect[] };

/** The only way to move: facts go along, everything that belonged to the step before is dropped. */
export const become = (facts: Facts, step: Step, ...effects: RecoveryEffect[]): InstanceDecision => ({
  state: { ...step, workflow: 'instance', facts }, // A step may be a former state: its facts are old.
  effects,
});
