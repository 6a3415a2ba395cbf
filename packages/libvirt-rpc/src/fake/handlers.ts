/** What the fake daemon does for each procedure. */

import { type TypedParameter, TypedParameterType } from '../protocol/bodies.ts';
import { ControlState, DomainState } from '../protocol/domain-state.ts';
import {
  connectReadOnly,
  destroyGraceful,
  keepaliveFeature,
  ListFlag,
  type Procedure,
  type procedures,
  statsNoWait,
} from '../protocol/procedures.ts';
import { failures } from './failure.ts';
import type { Daemon } from './fake-libvirtd.ts';
import type { FakeGuest } from './guest.ts';
import type { Peer } from './peer.ts';

type Context = { daemon: Daemon; peer: Peer };
type Procedures = typeof procedures;
type Handlers = {
  [K in keyof Procedures]: Procedures[K] extends Procedure<infer Args, infer Ret>
    ? (args: Args, context: Context) => Ret | Promise<Ret>
    : never;
};

/** Highest `virDomainEventID` of libvirt 9.0; one more is refused. */
const lastEventId = 26;

/** libvirt's timings with a hung QEMU: SIGTERM then SIGKILL, and SIGTERM alone. */
const killMs = 10_200;
const gracefulKillMs = 25_000;

const { INT, ULLONG } = TypedParameterType;

export const handlers: Handlers = {
  AUTH_LIST: (_args, { daemon }) => ({ types: daemon.authTypes }),
  CONNECT_OPEN: ({ name, flags }, { daemon, peer }) => {
    if (name !== undefined && !daemon.driverNames.includes(name)) throw failures.noDriver(name);
    peer.opened = { readOnly: (flags & connectReadOnly) !== 0 };
  },
  CONNECT_CLOSE: (_args, { peer }) => {
    peer.opened = undefined;
    peer.registrations.length = 0;
  },
  CONNECT_SUPPORTS_FEATURE: ({ feature }, { daemon, peer }) => {
    if (feature !== keepaliveFeature || !daemon.keepalive) return { supported: 0 };
    peer.startKeepalive();
    return { supported: 1 };
  },
  CONNECT_GET_LIB_VERSION: (_args, { daemon }) => ({ libVersion: daemon.libVersion }),
  CONNECT_GET_HOSTNAME: (_args, { daemon }) => ({ hostname: daemon.hostname }),

  CONNECT_LIST_ALL_DOMAINS: ({ flags }, { daemon }) => {
    const domains = selectGuests(daemon, flags).map(guest => guest.ref);
    return { domains, count: domains.length };
  },
  CONNECT_GET_ALL_DOMAIN_STATS: async ({ domains, stats, flags }, { daemon }) => {
    const guests =
      domains.length > 0 ? domains.map(ref => daemon.find(ref.uuid, ref.name)) : selectGuests(daemon, flags);
    // libvirt reads `cpu.haltpoll.*` through the monitor, one guest after the other (8.10 and newer); without its turn
    // there it tells the rest.
    const stuck = asksCpu(stats) ? guests.filter(guest => guest.active && guest.monitor.stuck) : [];
    for (const { monitor } of stuck) await monitor.tryUse({ noWait: (flags & statsNoWait) !== 0 });
    return { records: guests.map(guest => ({ domain: guest.ref, parameters: parametersOf(guest, stats) })) };
  },
  DOMAIN_LOOKUP_BY_UUID: ({ uuid }, { daemon }) => ({ domain: daemon.find(uuid).ref }),
  DOMAIN_GET_STATE: ({ domain }, { daemon }) => {
    const { state, reason } = daemon.find(domain.uuid, domain.name);
    return { state, reason };
  },
  DOMAIN_GET_INFO: ({ domain }, { daemon }) => {
    const guest = daemon.find(domain.uuid, domain.name);
    return { state: guest.state, maxMem: 131_072n, memory: 131_072n, nrVirtCpu: 1, cpuTime: cpuTime(guest) };
  },
  DOMAIN_GET_XML_DESC: ({ domain }, { daemon }) => ({ xml: daemon.find(domain.uuid, domain.name).xml() }),
  DOMAIN_GET_CONTROL_INFO: ({ domain }, { daemon }) => {
    const guest = requireActive(daemon.find(domain.uuid, domain.name));
    const heldForMs = guest.monitor.heldForMs();
    return heldForMs === undefined
      ? { state: ControlState.OK, details: 0, stateTime: 0n }
      : { state: ControlState.OCCUPIED, details: 0, stateTime: BigInt(Math.round(heldForMs)) };
  },

  DOMAIN_CREATE: ({ domain }, { daemon }) => {
    const guest = daemon.find(domain.uuid, domain.name);
    if (guest.active) throw failures.alreadyRunning();
    daemon.run(guest, 'start');
  },
  DOMAIN_DESTROY: ({ domain }, { daemon }) => destroy(daemon, daemon.find(domain.uuid, domain.name), false),
  DOMAIN_DESTROY_FLAGS: ({ domain, flags }, { daemon }) =>
    destroy(daemon, daemon.find(domain.uuid, domain.name), (flags & destroyGraceful) !== 0),
  DOMAIN_RESET: async ({ domain }, { daemon }) => {
    const guest = requireActive(daemon.find(domain.uuid, domain.name));
    await guest.monitor.use();
    daemon.run(guest, 'reset');
  },
  DOMAIN_SUSPEND: async ({ domain }, { daemon }) => {
    const guest = requireActive(daemon.find(domain.uuid, domain.name));
    await guest.monitor.use();
    if (guest.state !== DomainState.PAUSED) daemon.run(guest, 'suspend');
  },
  DOMAIN_RESUME: async ({ domain }, { daemon }) => {
    const guest = requireActive(daemon.find(domain.uuid, domain.name));
    await guest.monitor.use();
    if (guest.state === DomainState.RUNNING) throw failures.alreadyRunning();
    daemon.run(guest, 'resume');
  },
  DOMAIN_SHUTDOWN: async ({ domain }, { daemon }) => {
    const guest = requireActive(daemon.find(domain.uuid, domain.name));
    await guest.monitor.use();
    // A guest that hangs does not hear the button.
    if (guest.agent.behaviour !== 'hung') daemon.run(guest, 'shutdown');
  },

  CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY: ({ eventId, domain }, { daemon, peer }) => {
    if (eventId < 0 || eventId > lastEventId) throw failures.unsupportedEvent(eventId);
    const uuid = domain?.uuid;
    const tracked = peer.registrations.some(known => known.eventId === eventId && known.uuid === uuid);
    if (tracked) throw failures.alreadyTracked();
    const callbackId = daemon.nextCallbackId();
    peer.registrations.push({ callbackId, eventId, uuid });
    return { callbackId };
  },
  CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY: ({ callbackId }, { peer }) => {
    const index = peer.registrations.findIndex(known => known.callbackId === callbackId);
    if (index < 0) throw failures.notRegistered(callbackId);
    peer.registrations.splice(index, 1);
  },

  QEMU_DOMAIN_AGENT_COMMAND: async ({ domain, command, timeout }, { daemon }) => {
    const guest = requireRunning(daemon.find(domain.uuid, domain.name));
    return { result: await guest.agent.command(command, timeout) };
  },
};

/** The procedures a read-only connection may not call, with the API name libvirt's refusal mentions. */
export const writeProcedures: { readonly [K in keyof Procedures]?: string } = {
  DOMAIN_CREATE: 'virDomainCreate',
  DOMAIN_DESTROY: 'virDomainDestroy',
  DOMAIN_DESTROY_FLAGS: 'virDomainDestroyFlags',
  DOMAIN_RESET: 'virDomainReset',
  DOMAIN_SUSPEND: 'virDomainSuspend',
  DOMAIN_RESUME: 'virDomainResume',
  DOMAIN_SHUTDOWN: 'virDomainShutdown',
  QEMU_DOMAIN_AGENT_COMMAND: 'virDomainQemuAgentCommand',
};

async function destroy(daemon: Daemon, guest: FakeGuest, graceful: boolean): Promise<void> {
  const { id } = requireActive(guest);
  const { process } = daemon;
  if (guest.monitor.stuck) {
    await new Promise<void>(resolve => daemon.timers.setTimeout(resolve, graceful ? gracefulKillMs : killMs));
    // It was this life's QEMU that got the signals, from this libvirtd: what runs by now is none of theirs.
    if (guest.id !== id || daemon.process !== process) throw failures.notRunning();
    if (graceful && guest.monitor.stuck) throw failures.cannotTerminate();
  }
  daemon.run(guest, 'destroy');
}

function requireActive(guest: FakeGuest): FakeGuest {
  if (!guest.active) throw failures.notRunning();
  return guest;
}

/** The agent is asked only while the guest's CPUs run. */
function requireRunning(guest: FakeGuest): FakeGuest {
  if (!guest.active || guest.state !== DomainState.RUNNING) throw failures.notRunning();
  return guest;
}

/** No bit of a pair, or both: all guests. */
function selectGuests(daemon: Daemon, flags: number): FakeGuest[] {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const passes = (is: boolean, yes: number, no: number): boolean => has(yes) === has(no) || is === has(yes);
  return [...daemon.guests.values()].filter(
    guest =>
      passes(guest.active, ListFlag.ACTIVE, ListFlag.INACTIVE) &&
      passes(guest.persistent, ListFlag.PERSISTENT, ListFlag.TRANSIENT),
  );
}

const cpuTime = (guest: FakeGuest): bigint => (guest.active ? guest.cpuTimeNs() : 0n);

const asksCpu = (stats: number): boolean => stats === 0 || (stats & 2) !== 0;

/** Bits of `virDomainStatsTypes`; 0 asks for all. */
function parametersOf(guest: FakeGuest, stats: number): TypedParameter[] {
  const parameters: TypedParameter[] = [];
  if (stats === 0 || stats & 1) {
    parameters.push({ field: 'state.state', type: INT, value: guest.state });
    parameters.push({ field: 'state.reason', type: INT, value: guest.reason });
  }
  if (asksCpu(stats) && guest.active) {
    const timeNs = guest.cpuTimeNs();
    parameters.push({ field: 'cpu.time', type: ULLONG, value: timeNs });
    parameters.push({ field: 'cpu.user', type: ULLONG, value: (timeNs * 3n) / 4n });
    parameters.push({ field: 'cpu.system', type: ULLONG, value: timeNs / 4n });
  }
  return parameters;
}
