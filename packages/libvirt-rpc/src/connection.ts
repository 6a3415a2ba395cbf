/** An open connection to one libvirt daemon: what can be asked of it, and what it tells unasked. */

import { type AgentCommand, type AgentPingOptions, agentCall } from './agent-call.ts';
import type { LibvirtError } from './libvirt-error.ts';
import type { DomainRef, TypedParameter } from './protocol/bodies.ts';
import type { LibvirtEventType } from './protocol/events.ts';
import { destroyGraceful, ListFlag, procedures, statsNoWait } from './protocol/procedures.ts';
import type { EventHub, EventListener, EventRegistration } from './session/event-hub.ts';
import type { CallOptions, ConnectionCounters, Session } from './session/session.ts';

/**
 * `virDomainStatsTypes` in libvirt-domain.h, without `VIR_DOMAIN_STATS_`. Only `state` and `cpu` (CPU_TOTAL)
 * never ask the hypervisor's monitor: the others cost about 10 ms a guest, and wait for a hung one.
 */
export const DomainStatsGroup = {
  state: 1 << 0,
  cpu: 1 << 1,
  balloon: 1 << 2,
  vcpu: 1 << 3,
  interface: 1 << 4,
  block: 1 << 5,
  perf: 1 << 6,
  iothread: 1 << 7,
  memory: 1 << 8,
  dirtyrate: 1 << 9,
  vm: 1 << 10,
} as const;
export type DomainStatsGroup = keyof typeof DomainStatsGroup;

/** `state` is a `DomainState`; `reason` is of that state's own table, `RunningReason`, `PausedReason`, … */
export type DomainStateAndReason = { state: number; reason: number };

export type DomainInfo = {
  state: number;
  maxMemoryKib: bigint;
  memoryKib: bigint;
  virtualCpus: number;
  cpuTimeNs: bigint;
};

/**
 * Whether the hypervisor's monitor is usable. `state` is a `ControlState`, `details` a `ControlErrorReason`
 * when it is ERROR. `stateTimeMs`: how long it has been so; 0 when OK.
 */
export type DomainControlInfo = { state: number; details: number; stateTimeMs: bigint };

/** Total CPU time the guest has used since its start, in nanoseconds. What the host does not tell is left out. */
export type DomainCpuTime = { timeNs: bigint; userNs?: bigint; systemNs?: bigint };

export type TypedValue = number | bigint | boolean | string;

export type DomainStats = {
  domain: DomainRef;
  /** With the group `state`. */
  state?: DomainStateAndReason;
  /** With the group `cpu`, for a running domain. */
  cpu?: DomainCpuTime;
  /** Every parameter as it came, by libvirt's name (`vcpu.0.time`); 64-bit ones are BigInt. */
  params: ReadonlyMap<string, TypedValue>;
};

/**
 * Calls take a `DomainRef` as lists, events and `lookupByUuid` give it; libvirt finds the domain by its UUID.
 * All of them reject with `LibvirtError`; with code `connection-lost` when the connection ends first. None
 * is repeated by itself, and none has to be: there is no reconnecting in here.
 */
export type LibvirtConnection = AsyncDisposable & {
  /** Settles when the connection is over: undefined after `close()`, else why it ended. Never rejects. */
  readonly closed: Promise<LibvirtError | undefined>;
  /** Calls the daemon owes a reply, those given up here included. It stops reading a client that has five. */
  readonly outstandingCalls: number;
  /** Counts since the connection began. */
  readonly counters: Readonly<ConnectionCounters>;

  /** Says goodbye when nothing is under way (waiting at most 1 s), and ends. Never rejects; safe to repeat. */
  close(): Promise<void>;

  /** The daemon's version as major × 1 000 000 + minor × 1 000 + release. */
  libVersion(options?: CallOptions): Promise<bigint>;
  hostname(options?: CallOptions): Promise<string>;

  /**
   * At most 16 384 domains. `active` true: only those that run, false: only those that are off; `persistent` true: only those
   * with a stored definition, false: only those that are gone once they stop. Absent: both.
   */
  listDomains(
    filter?: { active?: boolean; persistent?: boolean },
    options?: CallOptions,
  ): Promise<readonly DomainRef[]>;

  /**
   * One call for all domains. `noWait` leaves out, rather than waits for, what a monitor cannot tell that is busy with
   * another job; without it such a guest holds the call for 30 s. It does not help with a hung QEMU whose monitor is free: group
   * `cpu` is read there (libvirt 8.10 and newer) and then hangs without a bound. Group `state` alone never does.
   */
  allDomainStats(
    query: { groups: readonly DomainStatsGroup[]; active?: boolean; noWait?: boolean },
    options?: CallOptions,
  ): Promise<readonly DomainStats[]>;

  domainState(domain: DomainRef, options?: CallOptions): Promise<DomainStateAndReason>;
  domainInfo(domain: DomainRef, options?: CallOptions): Promise<DomainInfo>;
  /** The live definition of a running domain, the stored one of another; without secrets. */
  domainXml(domain: DomainRef, options?: CallOptions): Promise<string>;
  /** Rejects with `not-found` when there is no such domain. */
  lookupByUuid(uuid: string, options?: CallOptions): Promise<DomainRef>;
  controlInfo(domain: DomainRef, options?: CallOptions): Promise<DomainControlInfo>;

  /** Starts a defined domain; `operation-invalid` when it runs already. */
  create(domain: DomainRef, options?: CallOptions): Promise<void>;
  /**
   * Takes the power away. A hung QEMU takes libvirt 10 s; `graceful` sends SIGTERM only and then fails after
   * 25 s instead: allow `timeoutMs` for it.
   */
  destroy(domain: DomainRef, options?: CallOptions & { graceful?: boolean }): Promise<void>;
  /** The reset button. */
  reset(domain: DomainRef, options?: CallOptions): Promise<void>;
  suspend(domain: DomainRef, options?: CallOptions): Promise<void>;
  resume(domain: DomainRef, options?: CallOptions): Promise<void>;
  /** Asks the guest to shut down; resolves when it was asked, not when it is off. */
  shutdown(domain: DomainRef, options?: CallOptions): Promise<void>;

  /**
   * One command to the guest agent; resolves with its answer, JSON text. `timeoutS`: whole seconds ≥ 1 that
   * libvirt waits for the agent. After one timeout libvirt first re-synchronises, with 5 s of its own, and a
   * second command to the same guest queues behind the first; so the default deadline of this call is
   * `timeoutS` + 10 s. Rejects with `RangeError` for `guest-sync-delimited`, whose 0xFF byte breaks libvirt's
   * own parser until the agent reconnects.
   *
   * | seen | code |
   * | --- | --- |
   * | 86 AGENT_UNRESPONSIVE, 97, 112, end of the agent's socket | `agent-unresponsive` |
   * | an error the agent itself answered (1 with its words, 113) | `agent-error` |
   * | 74 ARGUMENT_UNSUPPORTED: no agent channel | `agent-not-configured` |
   * | 55: not running, or paused | `operation-invalid` |
   */
  agentCommand(
    domain: DomainRef,
    command: AgentCommand,
    timeoutS: number,
    options?: CallOptions,
  ): Promise<string>;

  /**
   * `guest-ping`: resolves when the agent answered. `timeoutMs` (default 5 000) is what libvirt waits for the
   * agent, rounded up to whole seconds; `deadlineMs` bounds the call (default: that + 10 s, see `agentCommand`).
   */
  agentPing(domain: DomainRef, options?: AgentPingOptions): Promise<void>;

  /**
   * Gives every event of these types to `listener`, in the order the daemon sent them, beginning with the
   * first one after this resolves. Register, then list: the other way round loses what happens in between.
   *
   * The listener runs outside the read loop. When it returns a promise, the next event waits for it; when it
   * falls `maxQueuedEvents` behind, the connection ends with code `event-overflow`, because an event must not
   * be lost unnoticed. Events received before the connection ended are still given.
   */
  onEvent<T extends LibvirtEventType>(
    types: readonly T[],
    listener: EventListener<T>,
    options?: CallOptions,
  ): Promise<EventRegistration>;
};

const closeTimeoutMs = 1_000;

export function createConnection(session: Session, events: EventHub): LibvirtConnection {
  const {
    DOMAIN_CREATE,
    DOMAIN_DESTROY,
    DOMAIN_DESTROY_FLAGS,
    DOMAIN_RESUME,
    DOMAIN_SHUTDOWN,
    DOMAIN_SUSPEND,
    ...calls
  } = procedures;

  const sayGoodbye = async () => {
    if (!session.ended && session.outstandingCalls === 0) {
      await session.call(calls.CONNECT_CLOSE, undefined, { timeoutMs: closeTimeoutMs }).catch(() => {});
    }
    session.end();
  };
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= sayGoodbye());

  return {
    closed: session.closed,
    get outstandingCalls() {
      return session.outstandingCalls;
    },
    counters: session.counters,
    close,
    [Symbol.asyncDispose]: close,

    libVersion: async options =>
      (await session.call(calls.CONNECT_GET_LIB_VERSION, undefined, options)).libVersion,
    hostname: async options => (await session.call(calls.CONNECT_GET_HOSTNAME, undefined, options)).hostname,
    listDomains: async (filter = {}, options) => {
      const args = { needResults: 1, flags: listFlags(filter.active) | persistenceFlags(filter.persistent) };
      return (await session.call(calls.CONNECT_LIST_ALL_DOMAINS, args, options)).domains;
    },
    allDomainStats: async (query, options) => {
      const stats = query.groups.reduce((bits, group) => bits | DomainStatsGroup[group], 0);
      const flags = listFlags(query.active) | (query.noWait ? statsNoWait : 0);
      const args = { domains: [], stats, flags };
      const { records } = await session.call(calls.CONNECT_GET_ALL_DOMAIN_STATS, args, options);
      return records.map(record => domainStats(record.domain, record.parameters));
    },

    domainState: (domain, options) => session.call(calls.DOMAIN_GET_STATE, { domain, flags: 0 }, options),
    domainInfo: async (domain, options) => {
      const info = await session.call(calls.DOMAIN_GET_INFO, { domain }, options);
      const {
        state,
        maxMem: maxMemoryKib,
        memory: memoryKib,
        nrVirtCpu: virtualCpus,
        cpuTime: cpuTimeNs,
      } = info;
      return { state, maxMemoryKib, memoryKib, virtualCpus, cpuTimeNs };
    },
    domainXml: async (domain, options) =>
      (await session.call(calls.DOMAIN_GET_XML_DESC, { domain, flags: 0 }, options)).xml,
    lookupByUuid: async (uuid, options) =>
      (await session.call(calls.DOMAIN_LOOKUP_BY_UUID, { uuid }, options)).domain,
    controlInfo: async (domain, options) => {
      const info = await session.call(calls.DOMAIN_GET_CONTROL_INFO, { domain, flags: 0 }, options);
      return { state: info.state, details: info.details, stateTimeMs: info.stateTime };
    },

    create: (domain, options) => session.call(DOMAIN_CREATE, { domain }, options),
    destroy: (domain, options) =>
      options?.graceful
        ? session.call(DOMAIN_DESTROY_FLAGS, { domain, flags: destroyGraceful }, options)
        : session.call(DOMAIN_DESTROY, { domain }, options),
    reset: (domain, options) => session.call(calls.DOMAIN_RESET, { domain, flags: 0 }, options),
    suspend: (domain, options) => session.call(DOMAIN_SUSPEND, { domain }, options),
    resume: (domain, options) => session.call(DOMAIN_RESUME, { domain }, options),
    shutdown: (domain, options) => session.call(DOMAIN_SHUTDOWN, { domain }, options),

    ...agentCall(session),

    onEvent: (types, listener, options = {}) => events.register(types, listener as EventListener, options),
  };
}

function persistenceFlags(persistent: boolean | undefined): number {
  if (persistent === undefined) return 0;
  return persistent ? ListFlag.PERSISTENT : ListFlag.TRANSIENT;
}

function listFlags(active: boolean | undefined): number {
  if (active === undefined) return 0;
  return active ? ListFlag.ACTIVE : ListFlag.INACTIVE;
}

/** `state.*` and `cpu.*` by the names of virConnectGetAllDomainStats in libvirt `src/libvirt-domain.c`. */
function domainStats(domain: DomainRef, parameters: readonly TypedParameter[]): DomainStats {
  const params = new Map<string, TypedValue>();
  for (const parameter of parameters) params.set(parameter.field, parameter.value);
  const stats: DomainStats = { domain, params };

  const state = params.get('state.state');
  const reason = params.get('state.reason');
  if (typeof state === 'number' && typeof reason === 'number') stats.state = { state, reason };

  const timeNs = params.get('cpu.time');
  const userNs = params.get('cpu.user');
  const systemNs = params.get('cpu.system');
  if (typeof timeNs === 'bigint') {
    stats.cpu = {
      timeNs,
      ...(typeof userNs === 'bigint' && { userNs }),
      ...(typeof systemNs === 'bigint' && { systemNs }),
    };
  }
  return stats;
}
