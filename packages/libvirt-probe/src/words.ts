/**
 * libvirt's numbers in the words of `GuestSignal`. A number no table holds becomes `unknown-N`, never an error: daemons are
 * newer than their clients.
 */
import {
  type DomainState,
  type LifecycleEvent,
  lifecycleDetails,
  stateReasons,
  type WatchdogAction,
} from '@instance-ha/guest-health';
import {
  AgentLifecycleReason,
  AgentLifecycleState,
  IoErrorAction,
  DomainState as VirDomainState,
  LifecycleEvent as VirLifecycleEvent,
  WatchdogAction as VirWatchdogAction,
} from '@instance-ha/libvirt-rpc';

type Words<Word extends string> = Readonly<Record<number, Word>>;

const lifecycleEvents: Words<LifecycleEvent> = {
  [VirLifecycleEvent.DEFINED]: 'defined',
  [VirLifecycleEvent.UNDEFINED]: 'undefined',
  [VirLifecycleEvent.STARTED]: 'started',
  [VirLifecycleEvent.SUSPENDED]: 'suspended',
  [VirLifecycleEvent.RESUMED]: 'resumed',
  [VirLifecycleEvent.STOPPED]: 'stopped',
  [VirLifecycleEvent.SHUTDOWN]: 'shutdown',
  [VirLifecycleEvent.PMSUSPENDED]: 'pmsuspended',
  [VirLifecycleEvent.CRASHED]: 'crashed',
};

const domainStates: Words<DomainState> = {
  [VirDomainState.NOSTATE]: 'nostate',
  [VirDomainState.RUNNING]: 'running',
  [VirDomainState.BLOCKED]: 'blocked',
  [VirDomainState.PAUSED]: 'paused',
  [VirDomainState.SHUTDOWN]: 'shutdown',
  [VirDomainState.SHUTOFF]: 'shutoff',
  [VirDomainState.CRASHED]: 'crashed',
  [VirDomainState.PMSUSPENDED]: 'pmsuspended',
};

const watchdogActions: Words<WatchdogAction> = {
  [VirWatchdogAction.NONE]: 'none',
  [VirWatchdogAction.PAUSE]: 'pause',
  [VirWatchdogAction.RESET]: 'reset',
  [VirWatchdogAction.POWEROFF]: 'poweroff',
  [VirWatchdogAction.SHUTDOWN]: 'shutdown',
  [VirWatchdogAction.DEBUG]: 'debug',
  [VirWatchdogAction.INJECTNMI]: 'inject-nmi',
};

const ioErrorActions: Words<'none' | 'pause' | 'report'> = {
  [IoErrorAction.NONE]: 'none',
  [IoErrorAction.PAUSE]: 'pause',
  [IoErrorAction.REPORT]: 'report',
};

const agentStates: Words<'connected' | 'disconnected'> = {
  [AgentLifecycleState.CONNECTED]: 'connected',
  [AgentLifecycleState.DISCONNECTED]: 'disconnected',
};

const agentReasons: Words<'domain-started' | 'channel'> = {
  [AgentLifecycleReason.DOMAIN_STARTED]: 'domain-started',
  [AgentLifecycleReason.CHANNEL]: 'channel',
};

/** Undefined for an event libvirt did not have when this was written: there is no word to judge it by. */
export function lifecycleWords(
  event: number,
  detail: number,
): { event: LifecycleEvent; detail: string } | undefined {
  const word = lifecycleEvents[event];
  return word && { event: word, detail: lifecycleDetails[word][detail] ?? `unknown-${detail}` };
}

/** A state libvirt did not have when this was written is `nostate`, with its number in the reason. */
export function stateWords(state: number, reason: number): { state: DomainState; reason: string } {
  const word = domainStates[state];
  return word
    ? { state: word, reason: stateReasons[word][reason] ?? `unknown-${reason}` }
    : { state: 'nostate', reason: `unknown-${state}-${reason}` };
}

export const watchdogWord = (action: number): WatchdogAction | `unknown-${number}` =>
  watchdogActions[action] ?? `unknown-${action}`;

export const ioErrorWord = (action: number): 'none' | 'pause' | 'report' | `unknown-${number}` =>
  ioErrorActions[action] ?? `unknown-${action}`;

/** Undefined for a state that is neither: nothing can be concluded from it. */
export const agentStateWord = (state: number): 'connected' | 'disconnected' | undefined => agentStates[state];

export const agentReasonWord = (reason: number): 'domain-started' | 'channel' | 'unknown' =>
  agentReasons[reason] ?? 'unknown';
