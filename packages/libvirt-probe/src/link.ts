import { type LibvirtConnection, LibvirtError, libvirtErrorCodes } from '@instance-ha/libvirt-rpc';
import type { Clock, Logger } from '@instance-ha/ports';
import { type BackoffPolicy, backoffMs } from './backoff.ts';

/** What a connection is for: `events` carries events, states and definitions, `pings` the agent pings alone. */
export type LinkPurpose = 'events' | 'pings';

/** Opens one connection; `signal` aborts when it takes too long or nobody wants it any more. */
export type Connect = (purpose: LinkPurpose, options: { signal: AbortSignal }) => Promise<LibvirtConnection>;

/** `cause` is null before the first attempt has ended. */
export type LinkState = { open: true; connection: LibvirtConnection } | { open: false; cause: string | null };

/** Why a connection ended or could not be made. Labels the metric. */
export const linkFailures = [...libvirtErrorCodes, 'given-up'] as const;
export type LinkFailure = (typeof linkFailures)[number];

export type LinkOptions = {
  purpose: LinkPurpose;
  connect: Connect;
  connectTimeoutMs: number;
  backoff: BackoffPolicy;
  random: () => number;
  clock: Clock;
  log: Logger;
  /** A connection was lost or could not be made. */
  onFailure: (code: LinkFailure) => void;
};

/**
 * One connection to libvirtd that comes back by itself.
 *
 *   closed ──attempt──▶ open ──lost──▶ closed (cause) ──backoff──▶ attempt …
 *
 * Begins with `start`, ends with `close`. An attempt that fails, and a connection that does not live as long as the
 * longest backoff, make the next wait longer.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #stopped = new AbortController();
  #state: LinkState = { open: false, cause: null };
  #changed = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Begins to connect; further calls change nothing. */
  start(): void {
    if (this.#stopped.signal.aborted)
      throw new Error('expected a probe that is open, found one that was closed');
    this.#running ??= this.#run();
  }

  /** Resolves when the state is another one than `known`, or when `signal` aborts. */
  async changedFrom(known: LinkState, signal: AbortSignal): Promise<void> {
    if (this.#state !== known || signal.aborted) return;
    const aborted = Promise.withResolvers<void>();
    const onAbort = (): void => aborted.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    await Promise.race([this.#changed.promise, aborted.promise]);
    signal.removeEventListener('abort', onAbort);
  }

  /** Gives up this connection because of what was seen on it; the next one follows after the shortest backoff. */
  async giveUp(connection: LibvirtConnection, cause: string): Promise<void> {
    if (!this.#state.open || this.#state.connection !== connection) return;
    this.#options.log.warn({ purpose: this.#options.purpose, cause }, 'connection to libvirt given up');
    this.#become({ open: false, cause });
    await connection.close();
  }

  async close(): Promise<void> {
    this.#stopped.abort(new Error('the probe was closed'));
    await this.#running;
    this.#become({ open: false, cause: 'the probe was closed' });
  }

  async #run(): Promise<void> {
    const { purpose, backoff, random, clock, log, onFailure } = this.#options;
    const stopped = this.#stopped.signal;
    let failures = 0;
    while (!stopped.aborted) {
      const connection = await this.#attempt();
      if (connection) {
        const openedAtMs = clock.monotonicMs();
        log.info({ purpose }, 'connected to libvirt');
        this.#become({ open: true, connection });
        const error = await this.#lifeOf(connection);
        if (stopped.aborted) break;
        onFailure(error?.code ?? 'given-up');
        if (this.#state.open) {
          const cause = error?.message ?? 'the connection was closed on this side';
          log.warn({ purpose, code: error?.code, cause }, 'connection to libvirt lost');
          this.#become({ open: false, cause });
        }
        if (clock.monotonicMs() - openedAtMs >= backoff.maxMs) failures = 0;
      }
      failures += 1;
      await clock.sleep(backoffMs(backoff, failures, random), stopped).catch(() => {});
    }
  }

  /** One attempt, bounded; undefined when it failed. */
  async #attempt(): Promise<LibvirtConnection | undefined> {
    const { purpose, connect, connectTimeoutMs, clock, log, onFailure } = this.#options;
    const settled = new AbortController();
    const tooLate = new AbortController();
    const either = AbortSignal.any([this.#stopped.signal, tooLate.signal]);
    clock.sleep(connectTimeoutMs, settled.signal).then(
      () => {
        const message = `no connection to libvirt within ${connectTimeoutMs} ms`;
        tooLate.abort(new LibvirtError({ code: 'timeout', message }));
      },
      () => {},
    );
    try {
      return await openedUnlessAborted(connect(purpose, { signal: either }), either);
    } catch (error) {
      if (this.#stopped.signal.aborted) return undefined;
      const code = LibvirtError.isInstance(error) ? error.code : 'other';
      const cause = error instanceof Error ? error.message : String(error);
      onFailure(code);
      log.debug({ purpose, code, cause }, 'cannot connect to libvirt');
      this.#become({ open: false, cause });
      return undefined;
    } finally {
      settled.abort();
    }
  }

  async #lifeOf(connection: LibvirtConnection): Promise<LibvirtError | undefined> {
    const stopped = this.#stopped.signal;
    const onStop = (): void => void connection.close();
    if (stopped.aborted) onStop();
    stopped.addEventListener('abort', onStop, { once: true });
    const error = await connection.closed;
    stopped.removeEventListener('abort', onStop);
    return error;
  }

  #become(state: LinkState): void {
    if (!state.open && !this.#state.open && state.cause === this.#state.cause) return;
    this.#state = state;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

/** A connection that comes after all, from a `connect` that does not heed its signal, is closed. */
async function openedUnlessAborted(
  opening: Promise<LibvirtConnection>,
  signal: AbortSignal,
): Promise<LibvirtConnection> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([opening, aborted.promise]);
  } catch (error) {
    opening.then(
      connection => connection.close(),
      () => {},
    );
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
