import type { GuestSignal } from '@instance-ha/guest-health';
import { type DomainRef, type LibvirtConnection, LibvirtError } from '@instance-ha/libvirt-rpc';
import type { Clock } from '@instance-ha/ports';
import type { Directory } from './directory.ts';
import type { Link } from './link.ts';
import type { ProbeMetrics } from './metrics.ts';
import { judgePingError, type PingVerdict } from './ping-outcome.ts';
import { PingPlaces } from './ping-places.ts';

export type PingSignal = Extract<GuestSignal, { type: 'ping' }>;

export type AskingOptions = {
  link: Link;
  directory: Directory;
  clock: Clock;
  metrics: ProbeMetrics;
  maxPingsInFlight: number;
  /** How long a ping may wait for its place. */
  placeTimeoutMs: number;
  callTimeoutMs: number;
};

/** libvirt waits so long to re-synchronise with an agent that did not answer before: QEMU_AGENT_WAIT_TIME, `qemu_agent.c`. */
export const agentResyncMs = 5_000;
/** For the way there and back, and for libvirtd's queue. */
const replyMarginMs = 2_000;
/** A reply that is so late never comes. libvirt itself waits 30 s at most for a guest that is busy. */
const lostAfterMs = 60_000;
/** As many as libvirt lists domains at most (REMOTE_DOMAIN_LIST_MAX). */
const maxWaiting = 16_384;

/**
 * Pings over the connection that is for nothing else.
 *
 * A ping that libvirtd does not answer in time is `could-not-look` for who asked, and keeps its place until libvirtd does
 * answer: it is libvirtd's workers that are counted here, not our promises.
 */
export class Asking {
  readonly #options: AskingOptions;
  readonly #places: PingPlaces;
  readonly #underWay = new Map<string, Asked>();
  /** Guests whose ping is in its place. */
  readonly #sent = new Set<string>();
  /** Guests that let the time run out when last asked. */
  readonly #slow = new Set<string>();

  constructor(options: AskingOptions) {
    this.#options = options;
    this.#places = new PingPlaces({
      maxInFlight: options.maxPingsInFlight,
      maxWaiting,
      onChange: inFlight => options.metrics.pingsInFlight.set(inFlight),
    });
    options.metrics.pingsInFlight.set(0);
  }

  /** Asks; who asks while the same guest is being asked shares that answer. Rejects only when `signal` aborts. */
  async ask(instanceUuid: string, timeoutMs: number, signal: AbortSignal): Promise<PingSignal> {
    signal.throwIfAborted();
    const asked = this.#underWay.get(instanceUuid) ?? this.#begin(instanceUuid, timeoutMs);
    asked.listeners += 1;
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([asked.answer, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
      asked.listeners -= 1;
      if (asked.listeners === 0) this.#abandon(instanceUuid, asked);
    }
  }

  /** Guests that let the time run out when last asked, of those that are on the host. */
  inDoubt(): Iterable<string> {
    for (const uuid of this.#slow) if (!this.#options.directory.get(uuid)) this.#slow.delete(uuid);
    return this.#slow;
  }

  #begin(instanceUuid: string, timeoutMs: number): Asked {
    const abandoned = new AbortController();
    const answer = this.#ask(instanceUuid, timeoutMs, abandoned.signal).finally(() => {
      if (this.#underWay.get(instanceUuid) === asked) this.#underWay.delete(instanceUuid);
    });
    answer.catch(() => {}); // Abandoned by all: nobody is left to hear of it.
    const asked: Asked = { answer, abandoned, listeners: 0 };
    this.#underWay.set(instanceUuid, asked);
    return asked;
  }

  /** Gives up a ping that still waits for its place; one that was sent goes on, and may be joined again. */
  #abandon(instanceUuid: string, asked: Asked): void {
    if (this.#sent.has(instanceUuid)) return;
    asked.abandoned.abort(new Error('nobody waits for this ping any more'));
    if (this.#underWay.get(instanceUuid) === asked) this.#underWay.delete(instanceUuid);
  }

  async #ask(instanceUuid: string, timeoutMs: number, abandoned: AbortSignal): Promise<PingSignal> {
    const { clock, metrics, placeTimeoutMs } = this.#options;
    const beganAtMs = clock.monotonicMs();
    const giveBack = await this.#takePlace(instanceUuid, abandoned);
    const askedAtMs = giveBack ? clock.monotonicMs() : beganAtMs;
    const verdict: PingVerdict = giveBack
      ? await this.#inPlace(instanceUuid, timeoutMs, giveBack)
      : {
          outcome: 'could-not-look',
          detail: `no place among the pings in flight within ${placeTimeoutMs} ms`,
        };
    const atMs = clock.monotonicMs();

    if (verdict.outcome === 'no-answer') this.#slow.add(instanceUuid);
    else if (verdict.outcome !== 'could-not-look') this.#slow.delete(instanceUuid);
    metrics.pings.add(1, { outcome: verdict.outcome });
    if (verdict.outcome === 'answered') metrics.pingSeconds.observe((atMs - askedAtMs) / 1000);
    return { type: 'ping', ...verdict, askedAtMs, atMs };
  }

  async #takePlace(instanceUuid: string, abandoned: AbortSignal): Promise<(() => void) | undefined> {
    const { clock, placeTimeoutMs } = this.#options;
    const tooLate = new AbortController();
    const settled = new AbortController();
    clock.sleep(placeTimeoutMs, settled.signal).then(
      () => tooLate.abort(),
      () => {},
    );
    try {
      return await this.#places.take(
        this.#slow.has(instanceUuid),
        AbortSignal.any([abandoned, tooLate.signal]),
      );
    } catch (error) {
      if (tooLate.signal.aborted && !abandoned.aborted) return undefined;
      throw error;
    } finally {
      settled.abort();
    }
  }

  /** Holds the place for as long as libvirtd works, which may be longer than the answer is waited for. */
  async #inPlace(instanceUuid: string, timeoutMs: number, giveBack: () => void): Promise<PingVerdict> {
    const { clock } = this.#options;
    const timeoutS = Math.max(1, Math.ceil(timeoutMs / 1000));
    const deadlineMs = timeoutS * 1000 + agentResyncMs + replyMarginMs;
    const done = new AbortController();
    const verdict = this.#ping(instanceUuid, {
      timeoutMs: timeoutS * 1000,
      deadlineMs: deadlineMs + lostAfterMs,
    });
    const released = verdict.finally(() => {
      this.#sent.delete(instanceUuid);
      giveBack();
      done.abort();
    });
    const tooLate = clock.sleep(deadlineMs, done.signal).then(
      (): PingVerdict => ({
        outcome: 'could-not-look',
        detail: `libvirtd did not reply within ${deadlineMs} ms to a ping of ${timeoutS} s`,
      }),
      () => released,
    );
    return Promise.race([released, tooLate]);
  }

  async #ping(instanceUuid: string, bounds: { timeoutMs: number; deadlineMs: number }): Promise<PingVerdict> {
    const { link } = this.#options;
    const { state } = link;
    if (!state.open) {
      return { outcome: 'could-not-look', detail: state.cause ?? 'not connected to libvirt yet' };
    }
    const { connection } = state;
    try {
      await connection.agentPing(await this.#find(instanceUuid, connection), bounds);
      return { outcome: 'answered', detail: null };
    } catch (error) {
      if (LibvirtError.isInstance(error) && error.code === 'timeout') {
        await link.giveUp(connection, error.message);
      }
      return judgePingError(error);
    }
  }

  async #find(instanceUuid: string, connection: LibvirtConnection): Promise<DomainRef> {
    const known = this.#options.directory.get(instanceUuid);
    return known ?? connection.lookupByUuid(instanceUuid, { timeoutMs: this.#options.callTimeoutMs });
  }
}

type Asked = { answer: Promise<PingSignal>; abandoned: AbortController; listeners: number };
