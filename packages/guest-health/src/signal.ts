/**
 * What the world tells about one guest. Words are libvirt's, lower-case with dashes; numbers stay at the wire.
 *
 * `atMs` is the monitor's monotonic clock in milliseconds when the signal was seen: ages and orders are reckoned
 * by it alone, so a wall clock that jumps changes nothing.
 */

/** `virDomainEventType`. */
export type LifecycleEvent =
  | 'defined'
  | 'undefined'
  | 'started'
  | 'suspended'
  | 'resumed'
  | 'stopped'
  | 'shutdown'
  | 'pmsuspended'
  | 'crashed';

/** `virDomainState`. */
export type DomainState =
  | 'nostate'
  | 'running'
  | 'blocked'
  | 'paused'
  | 'shutdown'
  | 'shutoff'
  | 'crashed'
  | 'pmsuspended';

/** `virDomainWatchdogAction`. */
export type WatchdogAction = 'none' | 'pause' | 'reset' | 'poweroff' | 'shutdown' | 'debug' | 'inject-nmi';

/**
 * The word for each number of libvirt's `virDomainEvent*DetailType`: the place in the list is the number. A number past
 * the end is spelt `unknown-N`. Source: libvirt `include/libvirt/libvirt-domain.h`.
 */
export const lifecycleDetails = {
  defined: ['added', 'updated', 'renamed', 'from-snapshot'],
  undefined: ['removed', 'renamed'],
  started: ['booted', 'migrated', 'restored', 'from-snapshot', 'wakeup'],
  suspended: [
    'paused',
    'migrated',
    'ioerror',
    'watchdog',
    'restored',
    'from-snapshot',
    'api-error',
    'postcopy',
    'postcopy-failed',
  ],
  resumed: ['unpaused', 'migrated', 'from-snapshot', 'postcopy', 'postcopy-failed'],
  stopped: ['shutdown', 'destroyed', 'crashed', 'migrated', 'saved', 'failed', 'from-snapshot'],
  shutdown: ['finished', 'guest', 'host'],
  pmsuspended: ['memory', 'disk'],
  crashed: ['panicked', 'crashloaded'],
} as const satisfies Record<LifecycleEvent, readonly string[]>;

/** The word for each number of libvirt's `virDomain*Reason`, as in `lifecycleDetails`. */
export const stateReasons = {
  nostate: ['unknown'],
  running: [
    'unknown',
    'booted',
    'migrated',
    'restored',
    'from-snapshot',
    'unpaused',
    'migration-canceled',
    'save-canceled',
    'wakeup',
    'crashed',
    'postcopy',
    'postcopy-failed',
  ],
  blocked: ['unknown'],
  paused: [
    'unknown',
    'user',
    'migration',
    'save',
    'dump',
    'ioerror',
    'watchdog',
    'from-snapshot',
    'shutting-down',
    'snapshot',
    'crashed',
    'starting-up',
    'postcopy',
    'postcopy-failed',
    'api-error',
  ],
  shutdown: ['unknown', 'user'],
  shutoff: [
    'unknown',
    'shutdown',
    'destroyed',
    'crashed',
    'migrated',
    'saved',
    'failed',
    'from-snapshot',
    'daemon',
  ],
  crashed: ['unknown', 'panicked'],
  pmsuspended: ['unknown'],
} as const satisfies Record<DomainState, readonly string[]>;

/** What the definition of the domain says about how it can fail and be heard. */
export type GuestProfile = {
  /** Has a virtio channel for the QEMU guest agent. Without one its silence means nothing: it is unmonitored. */
  agentChannel: boolean;
  /** libvirt's `<on_crash>`: who acts after a panic that the panic device reported. */
  onCrash: 'destroy' | 'restart' | 'preserve' | 'rename-restart' | 'coredump-destroy' | 'coredump-restart';
  panicDevice: boolean;
  /** The `action` of the watchdog device, null without one. */
  watchdog: WatchdogAction | null;
  /** False for a transient domain, which is gone for ever once it stops. */
  persistent: boolean;
};

export type GuestSignal =
  /** `detail` is a word of `lifecycleDetails`, or `unknown-N` for a number libvirt's headers did not name. */
  | { type: 'lifecycle'; event: LifecycleEvent; detail: string; domainId: number | null; atMs: number }
  | { type: 'reboot'; atMs: number }
  | { type: 'watchdog'; action: WatchdogAction | `unknown-${number}`; atMs: number }
  | {
      type: 'io-error';
      action: 'none' | 'pause' | 'report' | `unknown-${number}`;
      reason: string | null;
      atMs: number;
    }
  | { type: 'control-error'; atMs: number }
  | {
      type: 'agent';
      state: 'connected' | 'disconnected';
      reason: 'domain-started' | 'channel' | 'unknown';
      atMs: number;
    }
  /** What an agent ping saw. `askedAtMs` is when it was sent. `could-not-look` is no evidence against the guest. */
  | {
      type: 'ping';
      outcome: 'answered' | 'no-answer' | 'not-connected' | 'not-configured' | 'could-not-look';
      detail: string | null;
      askedAtMs: number;
      atMs: number;
    }
  /** One row of a listing. `reason` is a word of `stateReasons`. `cpuTimeNs` is the CPU time QEMU has used in this boot, null when unknown. */
  | {
      type: 'state';
      state: DomainState;
      reason: string;
      domainId: number | null;
      cpuTimeNs: bigint | null;
      atMs: number;
    }
  /** The definition, read when the guest is first seen and again whenever it starts or is redefined. */
  | { type: 'profile'; profile: GuestProfile; name: string; atMs: number }
  /** A complete listing did not hold this guest. */
  | { type: 'absent'; atMs: number }
  /** The probe could not look at this guest or this host (libvirtd away, hung, refused). Never evidence. */
  | { type: 'blind'; cause: string; atMs: number }
  /** The probe can look again and has begun to list. */
  | { type: 'sighted'; atMs: number }
  /** Time has passed: sent at the `wakeAtMs` a decision asked for. */
  | { type: 'tick'; atMs: number };
