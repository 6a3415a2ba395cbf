/**
 * States of a domain and why it is in them. Numbers and spelling of libvirt
 * `include/libvirt/libvirt-domain.h`; each table names the C enum it mirrors, keys without its prefix. A newer
 * daemon may send a number that is in no table: treat it as unknown, never as an error.
 */

/** `virDomainState`, without `VIR_DOMAIN_`. */
export const DomainState = {
  NOSTATE: 0,
  RUNNING: 1,
  BLOCKED: 2,
  PAUSED: 3,
  SHUTDOWN: 4,
  SHUTOFF: 5,
  CRASHED: 6,
  PMSUSPENDED: 7,
} as const;
export type DomainState = (typeof DomainState)[keyof typeof DomainState];

/** `virDomainRunningReason`, without `VIR_DOMAIN_RUNNING_`. */
export const RunningReason = {
  UNKNOWN: 0,
  BOOTED: 1,
  MIGRATED: 2,
  RESTORED: 3,
  FROM_SNAPSHOT: 4,
  UNPAUSED: 5,
  MIGRATION_CANCELED: 6,
  SAVE_CANCELED: 7,
  WAKEUP: 8,
  CRASHED: 9,
  POSTCOPY: 10,
  POSTCOPY_FAILED: 11,
} as const;
export type RunningReason = (typeof RunningReason)[keyof typeof RunningReason];

/** `virDomainBlockedReason`, without `VIR_DOMAIN_BLOCKED_`. */
export const BlockedReason = { UNKNOWN: 0 } as const;
export type BlockedReason = (typeof BlockedReason)[keyof typeof BlockedReason];

/** `virDomainPausedReason`, without `VIR_DOMAIN_PAUSED_`. */
export const PausedReason = {
  UNKNOWN: 0,
  USER: 1,
  MIGRATION: 2,
  SAVE: 3,
  DUMP: 4,
  IOERROR: 5,
  WATCHDOG: 6,
  FROM_SNAPSHOT: 7,
  SHUTTING_DOWN: 8,
  SNAPSHOT: 9,
  CRASHED: 10,
  STARTING_UP: 11,
  POSTCOPY: 12,
  POSTCOPY_FAILED: 13,
} as const;
export type PausedReason = (typeof PausedReason)[keyof typeof PausedReason];

/** `virDomainShutdownReason`, without `VIR_DOMAIN_SHUTDOWN_`. */
export const ShutdownReason = { UNKNOWN: 0, USER: 1 } as const;
export type ShutdownReason = (typeof ShutdownReason)[keyof typeof ShutdownReason];

/** `virDomainShutoffReason`, without `VIR_DOMAIN_SHUTOFF_`. Lost (0) when the daemon restarts. */
export const ShutoffReason = {
  UNKNOWN: 0,
  SHUTDOWN: 1,
  DESTROYED: 2,
  CRASHED: 3,
  MIGRATED: 4,
  SAVED: 5,
  FAILED: 6,
  FROM_SNAPSHOT: 7,
  DAEMON: 8,
} as const;
export type ShutoffReason = (typeof ShutoffReason)[keyof typeof ShutoffReason];

/** `virDomainCrashedReason`, without `VIR_DOMAIN_CRASHED_`. */
export const CrashedReason = { UNKNOWN: 0, PANICKED: 1 } as const;
export type CrashedReason = (typeof CrashedReason)[keyof typeof CrashedReason];

/** `virDomainPMSuspendedReason`, without `VIR_DOMAIN_PMSUSPENDED_`. */
export const PmSuspendedReason = { UNKNOWN: 0 } as const;
export type PmSuspendedReason = (typeof PmSuspendedReason)[keyof typeof PmSuspendedReason];

/** `virDomainControlState`, without `VIR_DOMAIN_CONTROL_`: can the hypervisor's monitor be used? */
export const ControlState = { OK: 0, JOB: 1, OCCUPIED: 2, ERROR: 3 } as const;
export type ControlState = (typeof ControlState)[keyof typeof ControlState];

/** `virDomainControlErrorReason`, without `VIR_DOMAIN_CONTROL_ERROR_REASON_`. */
export const ControlErrorReason = { NONE: 0, UNKNOWN: 1, MONITOR: 2, INTERNAL: 3 } as const;
export type ControlErrorReason = (typeof ControlErrorReason)[keyof typeof ControlErrorReason];

const reasonsByState: Readonly<Record<DomainState, Readonly<Record<string, number>>>> = {
  [DomainState.NOSTATE]: {},
  [DomainState.RUNNING]: RunningReason,
  [DomainState.BLOCKED]: BlockedReason,
  [DomainState.PAUSED]: PausedReason,
  [DomainState.SHUTDOWN]: ShutdownReason,
  [DomainState.SHUTOFF]: ShutoffReason,
  [DomainState.CRASHED]: CrashedReason,
  [DomainState.PMSUSPENDED]: PmSuspendedReason,
};

/** A state with its reason in libvirt's words, for people: `SHUTOFF/CRASHED`; unknown numbers stay numbers. */
export function describeDomainState(state: number, reason: number): string {
  const reasons = reasonsByState[state as DomainState] ?? {};
  return `${symbolOf(DomainState, state)}/${symbolOf(reasons, reason)}`;
}

/** The key of `value` in one of these tables, or the number itself when the table does not know it. */
export function symbolOf(table: Readonly<Record<string, number>>, value: number): string {
  return Object.keys(table).find(key => table[key] === value) ?? String(value);
}
