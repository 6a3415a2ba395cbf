import { type LibvirtConnection, LibvirtError } from '@instance-ha/libvirt-rpc';
import type { Clock, GuestProbe, Listing, Logger, Metrics, ProbeSignal } from '@instance-ha/ports';
import { Asking } from './asking.ts';
import type { BackoffPolicy } from './backoff.ts';
import { Blindness } from './blindness.ts';
import { Directory } from './directory.ts';
import { type Connect, Link, type LinkState } from './link.ts';
import { Looking } from './looking.ts';
import { createProbeMetrics, type ProbeMetrics } from './metrics.ts';
import { Watching } from './watching.ts';

export type LibvirtProbeOptions = {
  /** Opens a connection to the host's libvirtd, with keepalive. Called again after each loss, with backoff. */
  connect: Connect;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  /** Agent pings under way at once over the whole host: 1 to 4. Default 4. */
  maxPingsInFlight?: number;
  /** Between attempts to connect or to list. Default 50 ms, doubled up to 2 s: a fresh libvirtd answers after 0.2 to 0.4 s. */
  backoff?: BackoffPolicy;
  /** Longest wait for one connection. Default 5 000. */
  connectTimeoutMs?: number;
  /** Longest wait for one answer of libvirtd, pings apart. Default 10 000. */
  callTimeoutMs?: number;
  /** Longest wait of a ping for its place. Default 60 000. */
  placeTimeoutMs?: number;
  /** Signals that may wait for their consumer. Default 10 000. */
  signalBound?: number;
  /** Numbers in [0, 1) for the jitter of the backoff. */
  random?: () => number;
};

/**
 * Guest signals from one libvirtd.
 *
 * Two connections, made at first use: one for events, listings and definitions, one for agent pings alone, because libvirtd
 * stops to read a connection while 5 of its calls wait. The loss of the second one is no blindness: its pings are
 * `could-not-look` until it is back. Throws `RangeError` for options outside their range.
 */
export function createLibvirtProbe(options: LibvirtProbeOptions): GuestProbe {
  return new LibvirtProbe(options);
}

class LibvirtProbe implements GuestProbe {
  readonly #options: LibvirtProbeOptions;
  readonly #callTimeoutMs: number;
  readonly #backoff: BackoffPolicy;
  readonly #random: () => number;
  readonly #metrics: ProbeMetrics;
  readonly #directory = new Directory();
  readonly #blindness: Blindness;
  readonly #events: Link;
  readonly #pings: Link;
  readonly #asking: Asking;
  readonly #looking: Looking;
  readonly #closed = new AbortController();
  #watching: Watching | undefined;
  #consumed = false;

  constructor(options: LibvirtProbeOptions) {
    const { clock, maxPingsInFlight = 4, callTimeoutMs = 10_000, placeTimeoutMs = 60_000 } = options;
    requireRange('maxPingsInFlight', maxPingsInFlight, 1, 4);
    requireRange('signalBound', options.signalBound ?? defaultSignalBound, 1, 1_000_000);
    this.#options = options;
    this.#callTimeoutMs = callTimeoutMs;
    this.#backoff = options.backoff ?? { firstMs: 50, maxMs: 2_000 };
    this.#random = options.random ?? Math.random;
    this.#metrics = createProbeMetrics(options.metrics);
    this.#blindness = new Blindness(clock, this.#metrics);
    this.#events = this.#link('events');
    this.#pings = this.#link('pings');
    this.#asking = new Asking({
      link: this.#pings,
      directory: this.#directory,
      clock,
      metrics: this.#metrics,
      maxPingsInFlight,
      placeTimeoutMs,
      callTimeoutMs,
    });
    this.#looking = new Looking({
      directory: this.#directory,
      clock,
      callTimeoutMs,
      inDoubt: () => this.#asking.inDoubt(),
    });
  }

  async *signals(signal: AbortSignal): AsyncGenerator<ProbeSignal, void, undefined> {
    if (this.#consumed) throw new Error('expected one consumer of the signals, found a second one');
    this.#consumed = true;
    this.#events.start();
    this.#blindness.blind();
    const until = AbortSignal.any([signal, this.#closed.signal]);
    let toldBlind = false;
    try {
      while (!until.aborted) {
        const state = this.#events.state;
        const ending: Ending = state.open
          ? yield* this.#watch(state.connection, toldBlind, until)
          : { toldBlind, cause: state.cause };
        this.#blindness.blind();
        toldBlind = ending.toldBlind;
        if (ending.cause !== null && !toldBlind && !until.aborted) {
          toldBlind = true;
          yield { signal: { type: 'blind', cause: ending.cause, atMs: this.#options.clock.monotonicMs() } };
        }
        await this.#events.changedFrom(state, until);
      }
    } finally {
      this.#consumed = false;
    }
  }

  async ask(instanceUuid: string, options: { timeoutMs: number; signal: AbortSignal }) {
    await this.#opened(this.#pings, options.signal);
    return this.#asking.ask(instanceUuid, options.timeoutMs, options.signal);
  }

  async list({ signal }: { signal: AbortSignal }): Promise<Listing> {
    const state = await this.#opened(this.#events, signal);
    if (!state.open) {
      const cause = state.cause ?? 'not connected to libvirt yet';
      return { listed: false, cause, atMs: this.#options.clock.monotonicMs() };
    }
    const listing = await unlessAborted(this.#looking.list(state.connection), signal);
    if (!listing.listed) this.#watching?.doubt(listing.cause);
    return listing;
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error('the probe was closed'));
    await Promise.all([this.#events.close(), this.#pings.close()]);
  }

  async *#watch(
    connection: LibvirtConnection,
    toldBlind: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<ProbeSignal, Ending, undefined> {
    const { clock, log, signalBound = defaultSignalBound } = this.#options;
    const watching = new Watching({
      connection,
      directory: this.#directory,
      blindness: this.#blindness,
      clock,
      log,
      callTimeoutMs: this.#callTimeoutMs,
      signalBound,
      backoff: this.#backoff,
      random: this.#random,
      onDrop: count => this.#metrics.signalsDropped.add(count),
      toldBlind,
      signal,
    });
    this.#watching = watching;
    try {
      yield* watching.signals();
      const error = signal.aborted ? undefined : await connection.closed;
      return {
        toldBlind: watching.toldBlind,
        cause: error?.message ?? 'the connection was closed on this side',
      };
    } catch (error) {
      if (!LibvirtError.isInstance(error)) throw error;
      await this.#events.giveUp(connection, error.message);
      return { toldBlind: watching.toldBlind, cause: error.message };
    } finally {
      this.#watching = undefined;
    }
  }

  #link(purpose: 'events' | 'pings'): Link {
    const { connect, connectTimeoutMs = 5_000, clock, log } = this.#options;
    return new Link({
      purpose,
      connect,
      connectTimeoutMs,
      backoff: this.#backoff,
      random: this.#random,
      clock,
      log,
      onFailure: reason => this.#metrics.connectionFailures.add(1, { purpose, reason }),
    });
  }

  /** Starts the link, and waits for its first attempt to end; for none after it. */
  async #opened(link: Link, signal: AbortSignal): Promise<LinkState> {
    signal.throwIfAborted();
    if (!this.#closed.signal.aborted) link.start();
    const { state } = link;
    if (!state.open && state.cause === null) await link.changedFrom(state, signal);
    signal.throwIfAborted();
    return link.state;
  }
}

const defaultSignalBound = 10_000;

/** How a time of seeing ended, and whether the consumer knows. `cause` is null where it has not begun yet. */
type Ending = { toldBlind: boolean; cause: string | null };

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function requireRange(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`expected ${name} to be a whole number from ${least} to ${most}, found ${value}`);
}
