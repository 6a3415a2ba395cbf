import type { RecoveryEffect, RecoveryEnd } from './effect.ts';
import type { RecoveryEvent } from './event.ts';
import { beginHost, decideHostRecovery } from './host/decide.ts';
import { beginInstance, decideInstance } from './instance/decide.ts';
import type { RecoveryPolicy } from './policy.ts';
import { beginProcess, decideProcessRecovery } from './process/decide.ts';
import { initialRecovery, type RecoveryState } from './state.ts';
import type { InstanceSubject, RecoverySubject } from './subject.ts';

export type RecoveryDecision = { state: RecoveryState; effects: RecoveryEffect[] };

/**
 * One notification's recovery, as a pure machine: a recorded fact in, the new state and the next thing to do out. Reads
 * no clock and does no I/O, so a journal replayed under the same policy gives the same state. The first fact, `begun`,
 * chooses the workflow by the notification's type.
 */
export function decide(policy: RecoveryPolicy, state: RecoveryState, event: RecoveryEvent): RecoveryDecision {
  switch (state.workflow) {
    case 'instance':
      return decideInstance(policy, state, event);
    case 'host':
      return decideHostRecovery(policy, state, event);
    case 'process':
      return decideProcessRecovery(policy, state, event);
    case 'none':
      if (event.type === 'begun') return beginOrRetry(policy, event);
      if (event.type === 'ended' && state.phase === 'ending')
        return { state: { ...state, phase: 'ended' }, effects: [] };
      return { state, effects: [] };
  }
}

/** One that had no workflow when it ended has one now: an operator's retry of it is as careful as of any other. */
function beginOrRetry(
  policy: RecoveryPolicy,
  event: Extract<RecoveryEvent, { type: 'begun' }>,
): RecoveryDecision {
  const begun = begin(policy, event.subject);
  if (!event.retry) return begun;
  const end: RecoveryEnd = { status: 'ignored', rule: 'no-workflow', reason: '' };
  const { state } = begun;
  switch (state.workflow) {
    case 'instance':
      return decideInstance(policy, { workflow: 'instance', facts: state.facts, phase: 'ended', end }, event);
    case 'host':
      return decideHostRecovery(policy, { workflow: 'host', facts: state.facts, phase: 'ended', end }, event);
    case 'process':
      return decideProcessRecovery(
        policy,
        { workflow: 'process', facts: state.facts, phase: 'ended', end },
        event,
      );
    case 'none':
      return begun;
  }
}

function begin(policy: RecoveryPolicy, subject: RecoverySubject): RecoveryDecision {
  const { payload } = subject;
  switch (payload.type) {
    case 'COMPUTE_INSTANCE':
      return beginInstance({ ...subject, payload } satisfies InstanceSubject);
    case 'COMPUTE_HOST':
      if (policy.host.hasControl) return beginHost(subject);
      return noWorkflow('hosts are recovered through Nova alone: [worker] driver is not nova');
    case 'COMPUTE_PROCESS':
      return beginProcess(policy, { ...subject, payload });
  }
}

function noWorkflow(reason: string): RecoveryDecision {
  const end: RecoveryEnd = { status: 'ignored', rule: 'no-workflow', reason };
  return { state: { workflow: 'none', phase: 'ending', end }, effects: [{ type: 'end', end }] };
}

/** The state that these facts led to. */
export const fold = (policy: RecoveryPolicy, events: readonly RecoveryEvent[]): RecoveryState =>
  events.reduce((state, event) => decide(policy, state, event).state, initialRecovery);

/**
 * True from our own stop until the start that ends it: a worker that is asked to stop goes on so far, because the guest
 * is off by our hand.
 */
export const isMidRestart = (state: RecoveryState): boolean =>
  state.workflow === 'instance' &&
  state.phase === 'acting' &&
  (state.facts.progress.made === 'stop-begun' ||
    state.facts.progress.made === 'stop-done' ||
    state.facts.progress.made === 'start-begun' ||
    state.facts.progress.made === 'hard-reboot-begun');
