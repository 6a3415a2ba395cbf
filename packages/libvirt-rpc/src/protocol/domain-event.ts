/**
 * Events of a domain and their details. Numbers and spelling of libvirt `include/libvirt/libvirt-domain.h`;
 * each table names the C enum it mirrors, keys without its prefix. There is no event id for a guest's
 * panic: it arrives as lifecycle CRASHED/PANICKED.
 */

import { symbolOf } from './domain-state.ts';

/** `virDomainEventType`, without `VIR_DOMAIN_EVENT_`: what a lifecycle event says. */
export const LifecycleEvent = {
  DEFINED: 0,
  UNDEFINED: 1,
  STARTED: 2,
  SUSPENDED: 3,
  RESUMED: 4,
  STOPPED: 5,
  SHUTDOWN: 6,
  PMSUSPENDED: 7,
  CRASHED: 8,
} as const;
export type LifecycleEvent = (typeof LifecycleEvent)[keyof typeof LifecycleEvent];

/** `virDomainEventDefinedDetailType`, without `VIR_DOMAIN_EVENT_DEFINED_`. */
export const DefinedDetail = { ADDED: 0, UPDATED: 1, RENAMED: 2, FROM_SNAPSHOT: 3 } as const;
export type DefinedDetail = (typeof DefinedDetail)[keyof typeof DefinedDetail];

/** `virDomainEventUndefinedDetailType`, without `VIR_DOMAIN_EVENT_UNDEFINED_`. */
export const UndefinedDetail = { REMOVED: 0, RENAMED: 1 } as const;
export type UndefinedDetail = (typeof UndefinedDetail)[keyof typeof UndefinedDetail];

/** `virDomainEventStartedDetailType`, without `VIR_DOMAIN_EVENT_STARTED_`. */
export const StartedDetail = { BOOTED: 0, MIGRATED: 1, RESTORED: 2, FROM_SNAPSHOT: 3, WAKEUP: 4 } as const;
export type StartedDetail = (typeof StartedDetail)[keyof typeof StartedDetail];

/** `virDomainEventSuspendedDetailType`, without `VIR_DOMAIN_EVENT_SUSPENDED_`. */
export const SuspendedDetail = {
  PAUSED: 0,
  MIGRATED: 1,
  IOERROR: 2,
  WATCHDOG: 3,
  RESTORED: 4,
  FROM_SNAPSHOT: 5,
  API_ERROR: 6,
  POSTCOPY: 7,
  POSTCOPY_FAILED: 8,
} as const;
export type SuspendedDetail = (typeof SuspendedDetail)[keyof typeof SuspendedDetail];

/** `virDomainEventResumedDetailType`, without `VIR_DOMAIN_EVENT_RESUMED_`. */
export const ResumedDetail = {
  UNPAUSED: 0,
  MIGRATED: 1,
  FROM_SNAPSHOT: 2,
  POSTCOPY: 3,
  POSTCOPY_FAILED: 4,
} as const;
export type ResumedDetail = (typeof ResumedDetail)[keyof typeof ResumedDetail];

/** `virDomainEventStoppedDetailType`, without `VIR_DOMAIN_EVENT_STOPPED_`. */
export const StoppedDetail = {
  SHUTDOWN: 0,
  DESTROYED: 1,
  CRASHED: 2,
  MIGRATED: 3,
  SAVED: 4,
  FAILED: 5,
  FROM_SNAPSHOT: 6,
} as const;
export type StoppedDetail = (typeof StoppedDetail)[keyof typeof StoppedDetail];

/** `virDomainEventShutdownDetailType`, without `VIR_DOMAIN_EVENT_SHUTDOWN_`. */
export const ShutdownDetail = { FINISHED: 0, GUEST: 1, HOST: 2 } as const;
export type ShutdownDetail = (typeof ShutdownDetail)[keyof typeof ShutdownDetail];

/** `virDomainEventPMSuspendedDetailType`, without `VIR_DOMAIN_EVENT_PMSUSPENDED_`. */
export const PmSuspendedDetail = { MEMORY: 0, DISK: 1 } as const;
export type PmSuspendedDetail = (typeof PmSuspendedDetail)[keyof typeof PmSuspendedDetail];

/** `virDomainEventCrashedDetailType`, without `VIR_DOMAIN_EVENT_CRASHED_`. */
export const CrashedDetail = { PANICKED: 0, CRASHLOADED: 1 } as const;
export type CrashedDetail = (typeof CrashedDetail)[keyof typeof CrashedDetail];

/** `virDomainEventWatchdogAction`, without `VIR_DOMAIN_EVENT_WATCHDOG_`: what the hypervisor does about it. */
export const WatchdogAction = {
  NONE: 0,
  PAUSE: 1,
  RESET: 2,
  POWEROFF: 3,
  SHUTDOWN: 4,
  DEBUG: 5,
  INJECTNMI: 6,
} as const;
export type WatchdogAction = (typeof WatchdogAction)[keyof typeof WatchdogAction];

/** `virDomainEventIOErrorAction`, without `VIR_DOMAIN_EVENT_IO_ERROR_`. */
export const IoErrorAction = { NONE: 0, PAUSE: 1, REPORT: 2 } as const;
export type IoErrorAction = (typeof IoErrorAction)[keyof typeof IoErrorAction];

/**
 * `virConnectDomainEventAgentLifecycleState`, without `VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_`.
 */
export const AgentLifecycleState = { CONNECTED: 1, DISCONNECTED: 2 } as const;
export type AgentLifecycleState = (typeof AgentLifecycleState)[keyof typeof AgentLifecycleState];

/**
 * `virConnectDomainEventAgentLifecycleReason`, without `VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_`.
 */
export const AgentLifecycleReason = { UNKNOWN: 0, DOMAIN_STARTED: 1, CHANNEL: 2 } as const;
export type AgentLifecycleReason = (typeof AgentLifecycleReason)[keyof typeof AgentLifecycleReason];

const detailsByEvent: Readonly<Record<LifecycleEvent, Readonly<Record<string, number>>>> = {
  [LifecycleEvent.DEFINED]: DefinedDetail,
  [LifecycleEvent.UNDEFINED]: UndefinedDetail,
  [LifecycleEvent.STARTED]: StartedDetail,
  [LifecycleEvent.SUSPENDED]: SuspendedDetail,
  [LifecycleEvent.RESUMED]: ResumedDetail,
  [LifecycleEvent.STOPPED]: StoppedDetail,
  [LifecycleEvent.SHUTDOWN]: ShutdownDetail,
  [LifecycleEvent.PMSUSPENDED]: PmSuspendedDetail,
  [LifecycleEvent.CRASHED]: CrashedDetail,
};

/** A lifecycle event in libvirt's words, for people: `STOPPED/FAILED`; unknown numbers stay numbers. */
export function describeLifecycle(event: number, detail: number): string {
  const details = detailsByEvent[event as LifecycleEvent] ?? {};
  return `${symbolOf(LifecycleEvent, event)}/${symbolOf(details, detail)}`;
}
