/** A libvirt daemon made of scripted guests, for tests: the same wire, no hypervisor, thousands of guests. */

import { createServer, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { LibvirtEvent } from '../protocol/events.ts';
import { AuthType, type procedures } from '../protocol/procedures.ts';
import type { KeepalivePolicy } from '../session/keepalive.ts';
import { systemTimers, type Timers } from '../timers.ts';
import { failures } from './failure.ts';
import { type GuestScript, guestScripts } from './faults.ts';
import { FakeGuest, type FakeGuestSpec } from './guest.ts';
import { linkedPair } from './linked-pair.ts';
import { meetAgain } from './meet-again.ts';
import { Peer } from './peer.ts';
import { play } from './script.ts';
import { WorkerPool } from './worker-pool.ts';

export type FakeLibvirtdOptions = {
  guests?: readonly FakeGuestSpec[];
  /** Default: the process's clock. With `createManualTimers()` no real time passes. */
  timers?: Timers;
  hostname?: string;
  /** major × 1 000 000 + minor × 1 000 + release. Default 9 000 000. */
  libVersion?: bigint;
  /** `remote_auth_type` numbers the daemon asks for: 0 none (default), 1 SASL, 2 polkit. */
  authTypes?: readonly number[];
  /** Driver names that can be opened. Default qemu:///system. */
  driverNames?: readonly string[];
  /** Calls of one client under way before the daemon stops reading it. Default 5, as libvirtd's. */
  maxClientRequests?: number;
  /** `max_workers` of libvirtd.conf. Default 20; `Infinity` for no limit. */
  workers?: number;
  /** `prio_workers`. Default 5. */
  priorityWorkers?: number;
  /** PINGs of the daemon, once a client asked for them. Default 5 000 ms, 5 tries; `false`: feature not supported. */
  keepalive?: KeepalivePolicy | false;
};

export type FakeLibvirtd = AsyncDisposable & {
  /** A client's end of a new in-memory connection. Rejects like a refused socket while the daemon is stopped. */
  open: () => Promise<Duplex>;
  /** Serves a client on this stream. */
  serve: (stream: Duplex) => void;
  /** Serves clients on a unix socket until `close`. */
  listen: (path: string) => Promise<void>;

  readonly guests: ReadonlyMap<string, FakeGuest>;
  /** By name or UUID; throws when there is none. */
  guest: (nameOrUuid: string) => FakeGuest;
  addGuest: (spec: FakeGuestSpec) => FakeGuest;
  /** Without an event, as if it had never been. */
  removeGuest: (nameOrUuid: string) => void;

  /** Lets something befall a guest: its state changes and its events come in libvirt's order. */
  inflict: (nameOrUuid: string, script: GuestScript) => void;
  /** Sends an event to every client registered for it. */
  emit: (event: LibvirtEvent) => void;

  /** SIGSTOP: accepts connections and answers nothing. */
  freeze: () => void;
  thaw: () => void;
  /** Ends every connection at once. */
  drop: () => void;
  /**
   * The daemon's process ends, with all that it was about to do; guests live on. `start` begins a new one, which has
   * forgotten why guests are off, and finds those crashed whose QEMU ended meanwhile.
   */
  stop: () => void;
  start: () => void;

  /** How often each procedure was called, by its name. */
  readonly calls: ReadonlyMap<string, number>;
  readonly connections: number;
  /** Ends everything, listening sockets included. */
  close: () => Promise<void>;
};

/** What the parts of the fake see of each other. */
export type Daemon = {
  readonly timers: Timers;
  readonly hostname: string;
  readonly libVersion: bigint;
  readonly authTypes: readonly number[];
  readonly driverNames: readonly string[];
  readonly maxClientRequests: number;
  readonly keepalive: KeepalivePolicy | false;
  workers: WorkerPool;
  /** Which process of the daemon this is: what an earlier one was doing ended with it. */
  process: number;
  readonly guests: Map<string, FakeGuest>;
  readonly peers: Set<Peer>;
  frozen: boolean;
  find: (uuid: string, name?: string) => FakeGuest;
  run: (guest: FakeGuest, script: GuestScript) => void;
  nextCallbackId: () => number;
  countCall: (name: keyof typeof procedures) => void;
};

export function createFakeLibvirtd(options: FakeLibvirtdOptions = {}): FakeLibvirtd {
  const timers = options.timers ?? systemTimers;
  const guests = new Map<string, FakeGuest>();
  const calls = new Map<string, number>();
  const servers: Server[] = [];
  let lastGuestId = 0;
  let lastCallbackId = -1;
  let stopped = false;
  let ranAtStop: ReadonlySet<FakeGuest> = new Set();

  const emit = (event: LibvirtEvent) => {
    for (const peer of daemon.peers) peer.tell(event);
  };
  const newWorkers = () => new WorkerPool(options.workers ?? 20, options.priorityWorkers ?? 5);
  const world = {
    timers,
    nextId: () => ++lastGuestId,
    emit,
    forget: (guest: FakeGuest) => void guests.delete(guest.uuid),
  };
  const daemon: Daemon = {
    timers,
    hostname: options.hostname ?? 'fake-host',
    libVersion: options.libVersion ?? 9_000_000n,
    authTypes: options.authTypes ?? [AuthType.NONE],
    driverNames: options.driverNames ?? ['qemu:///system'],
    maxClientRequests: options.maxClientRequests ?? 5,
    keepalive: options.keepalive ?? { intervalMs: 5_000, count: 5 },
    workers: newWorkers(),
    process: 1,
    guests,
    peers: new Set(),
    frozen: false,
    find: (uuid, name) => {
      const guest = guests.get(uuid);
      if (!guest) throw failures.noDomain(uuid, name);
      return guest;
    },
    run: (guest, script) => play(world, guest, guestScripts[script](guest)),
    nextCallbackId: () => ++lastCallbackId,
    countCall: name => void calls.set(name, (calls.get(name) ?? 0) + 1),
  };

  const addGuest = (spec: FakeGuestSpec) => {
    const guest = new FakeGuest(spec, timers, world.nextId());
    if (guests.has(guest.uuid)) throw new RangeError(`there is a guest ${guest.uuid} already`);
    guests.set(guest.uuid, guest);
    return guest;
  };
  const guest = (nameOrUuid: string) => {
    const found = guests.get(nameOrUuid) ?? [...guests.values()].find(one => one.name === nameOrUuid);
    if (!found) throw new RangeError(`the fake daemon has no guest ${nameOrUuid}`);
    return found;
  };
  const serve = (stream: Duplex) => {
    if (stopped) stream.destroy();
    else daemon.peers.add(new Peer(daemon, stream));
  };
  const drop = () => {
    for (const peer of daemon.peers) peer.drop();
  };
  const pumpAll = () => {
    for (const peer of daemon.peers) peer.pump();
  };
  const close = async () => {
    stopped = true;
    drop();
    await Promise.all(servers.splice(0).map(server => new Promise(resolve => server.close(resolve))));
  };
  for (const spec of options.guests ?? []) addGuest(spec);

  return {
    open: async () => {
      if (stopped) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      const [client, server] = linkedPair();
      serve(server);
      return client;
    },
    serve,
    listen: path =>
      new Promise((resolve, reject) => {
        const server = createServer(serve).listen(path);
        servers.push(server);
        server.once('listening', () => resolve());
        server.once('error', reject);
      }),
    guests,
    guest,
    addGuest,
    removeGuest: nameOrUuid => void guests.delete(guest(nameOrUuid).uuid),
    inflict: (nameOrUuid, script) => daemon.run(guest(nameOrUuid), script),
    emit,
    freeze: () => {
      daemon.frozen = true;
      pumpAll();
    },
    thaw: () => {
      daemon.frozen = false;
      pumpAll();
    },
    drop,
    stop: () => {
      if (stopped) return;
      stopped = true;
      daemon.process += 1;
      ranAtStop = new Set([...guests.values()].filter(one => one.active));
      drop();
    },
    start: () => {
      if (!stopped) return;
      stopped = false;
      daemon.workers = newWorkers();
      for (const one of guests.values()) meetAgain(one, ranAtStop.has(one));
    },
    calls,
    get connections() {
      return daemon.peers.size;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
