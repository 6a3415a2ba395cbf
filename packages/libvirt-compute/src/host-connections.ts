import { type LibvirtConnection, LibvirtError, type LibvirtErrorCode } from '@instance-ha/libvirt-rpc';
import type { Clock, Logger } from '@instance-ha/ports';
import type { Bounds } from './bounds.ts';
import { Turns } from './turns.ts';

/** Opens a connection to one host's libvirtd; `signal` lives as long as the connection may. */
export type ConnectHost = (host: string, options: { signal: AbortSignal }) => Promise<LibvirtConnection>;

export type HostConnectionsOptions = {
  connect: ConnectHost;
  connectTimeoutMs: number;
  clock: Clock;
  log: Logger;
};

/** Connections kept open; the one that was not used for the longest time gives way. */
const maxHosts = 64;
/**
 * libvirtd stops to read a connection that has 5 calls under way, PINGs included, and a hung QEMU holds a `destroy` for
 * 10 s. So acts take at most 3 places, and a look always finds its own.
 */
const maxActs = 3;
const maxLooks = 1;

type Host = {
  name: string;
  connecting: Promise<LibvirtConnection>;
  connection: LibvirtConnection | undefined;
  acts: Turns;
  looks: Turns;
};

/** One connection per host, made when it is wanted and again when it was lost. */
export class HostConnections {
  readonly #options: HostConnectionsOptions;
  readonly #closed = new AbortController();
  /** In the order of their last use. */
  readonly #hosts = new Map<string, Host>();

  constructor(options: HostConnectionsOptions) {
    this.#options = options;
  }

  /** Rejects as `work` does, as the connecting does, or with the reason of `bounds.signal`. */
  async use<T>(
    name: string,
    kind: 'act' | 'look',
    bounds: Bounds,
    work: (connection: LibvirtConnection) => Promise<T>,
  ): Promise<T> {
    this.#closed.signal.throwIfAborted();
    const host = this.#host(name);
    const turns = kind === 'act' ? host.acts : host.looks;
    return turns.run(bounds.signal, async () => {
      const connection = await unlessAborted(host.connecting, bounds.signal);
      if (connection.outstandingCalls > maxActs) throw clogged(name, connection.outstandingCalls);
      return work(connection);
    });
  }

  /** Ends every connection, and every attempt at one. */
  async close(): Promise<void> {
    const hosts = [...this.#hosts.values()];
    this.#hosts.clear();
    await Promise.all(hosts.map(async host => host.connection?.close()));
    this.#closed.abort(noConnection('aborted', 'the control was closed'));
    await Promise.allSettled(hosts.map(host => host.connecting));
  }

  #host(name: string): Host {
    const known = this.#hosts.get(name);
    this.#hosts.delete(name);
    const host = known ?? this.#open(name);
    this.#hosts.set(name, host);
    this.#makeRoom();
    return host;
  }

  #open(name: string): Host {
    const { log } = this.#options;
    const connecting = this.#connect(name);
    const host: Host = {
      name,
      connecting,
      connection: undefined,
      acts: new Turns(maxActs),
      looks: new Turns(maxLooks),
    };
    const forget = (): void => {
      if (this.#hosts.get(name) === host) this.#hosts.delete(name);
    };
    connecting
      .then(connection => {
        host.connection = connection;
        return connection.closed;
      })
      .then(
        error => {
          forget();
          if (error)
            log.warn({ host: name, code: error.code, cause: error.message }, 'connection to libvirt lost');
        },
        () => forget(), // Who wanted it hears of it.
      );
    return host;
  }

  async #connect(name: string): Promise<LibvirtConnection> {
    const { connect, connectTimeoutMs, clock } = this.#options;
    const tooLate = new AbortController();
    const settled = new AbortController();
    clock.sleep(connectTimeoutMs, settled.signal).then(
      () =>
        tooLate.abort(
          noConnection('timeout', `no connection to libvirt of ${name} within ${connectTimeoutMs} ms`),
        ),
      () => {},
    );
    const signal = AbortSignal.any([this.#closed.signal, tooLate.signal]);
    const opening = connect(name, { signal });
    try {
      return await unlessAborted(opening, signal);
    } catch (error) {
      // One that comes after all, from a `connect` that does not heed its signal, is closed.
      opening.then(
        connection => connection.close(),
        () => {},
      );
      throw error;
    } finally {
      settled.abort();
    }
  }

  #makeRoom(): void {
    for (const [name, host] of this.#hosts) {
      if (this.#hosts.size <= maxHosts) return;
      if (!host.acts.idle || !host.looks.idle || !host.connection) continue;
      this.#hosts.delete(name);
      void host.connection?.close();
    }
  }
}

/** Calls that were given up here and not in libvirtd: one more, and it would not even read a PING. */
const clogged = (name: string, calls: number): LibvirtError =>
  new LibvirtError({
    code: 'too-many-calls',
    message: `libvirtd of ${name} still works on ${calls} calls of this connection`,
  });

const noConnection = (code: LibvirtErrorCode, message: string): LibvirtError =>
  new LibvirtError({ code, message });

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
