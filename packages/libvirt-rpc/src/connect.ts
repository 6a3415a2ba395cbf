/** From nothing to an open connection: dial, check the authentication, open the driver, begin keepalive. */

import type { Duplex } from 'node:stream';
import { createConnection, type LibvirtConnection } from './connection.ts';
import { LibvirtError } from './libvirt-error.ts';
import { AuthType, connectReadOnly, keepaliveFeature, procedures } from './protocol/procedures.ts';
import { EventHub } from './session/event-hub.ts';
import type { KeepalivePolicy } from './session/keepalive.ts';
import { type CallOptions, Session } from './session/session.ts';
import { systemTimers, type Timers } from './timers.ts';
import { dialFirst } from './transport/dial-unix.ts';
import { parseLibvirtUri, unixSocketPaths } from './transport/uri.ts';

export type ConnectLibvirtOptions = {
  /** A libvirt URI with a local transport; see `parseLibvirtUri`. Default `qemu:///system`. Not with `open`. */
  uri?: string | undefined;
  /**
   * Opens the stream to the daemon, instead of `uri`. `signal` aborts when nobody wants it any more; a stream
   * that comes too late is destroyed.
   */
  open?: ((signal: AbortSignal) => Promise<Duplex>) | undefined;
  /** With `open`: the libvirt driver to ask for. Default `qemu:///system`. */
  name?: string | undefined;
  /** Asks for a read-only connection, and for the read-only socket where `uri` names none. Default false. */
  readOnly?: boolean | undefined;
  /** Bound of everything up to the open connection. Default 10 000. */
  connectTimeoutMs?: number | undefined;
  /** Bound of each call that does not bring its own. Default 10 000. */
  callTimeoutMs?: number | undefined;
  /**
   * PINGs of our own after silence, and PINGs of the daemon asked for. `false`: neither (a PING that comes is
   * answered all the same). Default 5 000 ms, 5 tries: a frozen daemon is noticed after 30 s. A daemon that
   * has five calls of this connection under way reads nothing, PINGs included, until one is done.
   */
  keepalive?: KeepalivePolicy | false | undefined;
  /** Calls that may wait for the daemon at once, given-up ones included; more reject with `too-many-calls`. Default 1 024. */
  maxPendingCalls?: number | undefined;
  /** Events that may wait for one listener; more end the connection with `event-overflow`. Default 16 384. */
  maxQueuedEvents?: number | undefined;
  /** What a listener of events threw or rejected with. Default: thrown again, outside, which ends the process. */
  onListenerError?: ((error: unknown) => void) | undefined;
  /** Lives as long as the connection: aborted, it ends at once, and every call with it. */
  signal?: AbortSignal | undefined;
  /** Default: the process's clock. */
  timers?: Timers | undefined;
};

/**
 * Connects to a libvirt daemon. There is no reconnecting: when `closed` settles, connect again, register the
 * events, then list.
 *
 * Rejects with `LibvirtError`: `connect-failed` when the stream could not be opened, `connection-lost` when it
 * ended meanwhile, `timeout` after `connectTimeoutMs`, `aborted`, `auth-unsupported` when the daemon wants
 * SASL or polkit, `unsupported` or `invalid-argument` for the URI, and whatever libvirt answers to the open.
 */
export async function connectLibvirt(options: ConnectLibvirtOptions = {}): Promise<LibvirtConnection> {
  const { timers = systemTimers, connectTimeoutMs = 10_000, callTimeoutMs = 10_000, signal } = options;
  const { open, name } = target(options);

  const attempt = new AbortController();
  const deadline = timers.setTimeout(() => attempt.abort(tooSlow(connectTimeoutMs)), connectTimeoutMs);
  const onAbort = () => attempt.abort(aborted(signal?.reason));
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();

  let session: Session | undefined;
  try {
    const stream = await openWithin(open, attempt.signal);
    const hub: EventHub = new EventHub({
      session: () => opened,
      maxQueuedEvents: options.maxQueuedEvents ?? 16_384,
      onListenerError: options.onListenerError ?? throwOutside,
    });
    const opened = new Session({
      stream,
      timers,
      callTimeoutMs,
      maxPendingCalls: options.maxPendingCalls ?? 1_024,
      onMessage: frame => hub.receive(frame),
    });
    session = opened;
    await handshake(opened, { ...options, name }, { signal: attempt.signal, timeoutMs: connectTimeoutMs });
    endOnAbort(opened, signal);
    return createConnection(opened, hub);
  } catch (error) {
    session?.end();
    // The attempt's own reason (too slow, aborted) says more than the call it interrupted.
    throw attempt.signal.aborted ? attempt.signal.reason : error;
  } finally {
    timers.clearTimeout(deadline);
    signal?.removeEventListener('abort', onAbort);
  }
}

function target(options: ConnectLibvirtOptions): {
  open: (signal: AbortSignal) => Promise<Duplex>;
  name: string;
} {
  if (options.open) {
    if (options.uri !== undefined) throw new RangeError('expected either `uri` or `open`, found both');
    return { open: options.open, name: options.name ?? 'qemu:///system' };
  }
  const uri = parseLibvirtUri(options.uri ?? 'qemu:///system');
  const paths = unixSocketPaths(uri, { readOnly: options.readOnly ?? false });
  return { open: signal => dialFirst(paths, signal), name: options.name ?? uri.driverName };
}

/** The order of libvirt's own client (src/remote/remote_driver.c, doRemoteOpen). */
async function handshake(
  session: Session,
  options: ConnectLibvirtOptions & { name: string },
  bounds: CallOptions,
) {
  const { keepalive = { intervalMs: 5_000, count: 5 } } = options;

  const { types } = await session.call(procedures.AUTH_LIST, undefined, bounds);
  requireNoAuth(types);

  const feature = { feature: keepaliveFeature };
  const supported =
    keepalive && (await session.call(procedures.CONNECT_SUPPORTS_FEATURE, feature, bounds)).supported;

  const flags = options.readOnly ? connectReadOnly : 0;
  await session.call(procedures.CONNECT_OPEN, { name: options.name, flags }, bounds);
  if (keepalive && supported) session.startKeepalive(keepalive);
}

function requireNoAuth(types: readonly number[]): void {
  if (types.includes(AuthType.NONE)) return;
  const names = types.map(type => authNames[type] ?? `type ${type}`);
  throw new LibvirtError({
    code: 'auth-unsupported',
    message:
      `expected a daemon that lets this user in without authentication, found one that asks for` +
      ` ${names.join(' or ') || 'nothing it names'}: set auth_unix_rw = "none" in libvirtd.conf, or run as root where polkit does not ask`,
  });
}

const authNames: Readonly<Record<number, string>> = { [AuthType.SASL]: 'SASL', [AuthType.POLKIT]: 'polkit' };

/** `open`, but no longer than the attempt lives; a stream that comes after it is destroyed. */
async function openWithin(
  open: (signal: AbortSignal) => Promise<Duplex>,
  signal: AbortSignal,
): Promise<Duplex> {
  signal.throwIfAborted();
  const interrupted = Promise.withResolvers<never>();
  const onAbort = () => interrupted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const opening = (async () => open(signal))().catch((error: unknown) => {
    throw LibvirtError.isInstance(error) ? error : cannotOpen(error);
  });
  try {
    return await Promise.race([opening, interrupted.promise]);
  } catch (error) {
    opening.then(
      stream => stream.on('error', () => {}).destroy(),
      () => {},
    );
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function endOnAbort(session: Session, signal: AbortSignal | undefined): void {
  if (!signal) return;
  const onAbort = () => session.end(aborted(signal.reason));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  void session.closed.then(() => signal.removeEventListener('abort', onAbort));
}

const tooSlow = (connectTimeoutMs: number): LibvirtError =>
  new LibvirtError({ code: 'timeout', message: `no connection to libvirt within ${connectTimeoutMs} ms` });

const aborted = (reason: unknown): LibvirtError =>
  new LibvirtError({ code: 'aborted', message: 'the connection to libvirt was aborted', cause: reason });

const cannotOpen = (cause: unknown): LibvirtError =>
  new LibvirtError({
    code: 'connect-failed',
    message: `cannot open a stream to libvirt: ${cause instanceof Error ? cause.message : String(cause)}`,
    cause,
  });

function throwOutside(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
