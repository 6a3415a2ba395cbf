import type { GuestSignal } from '@instance-ha/guest-health';
import {
  type DomainRef,
  type EventRegistration,
  type LibvirtConnection,
  LibvirtError,
  type LibvirtEvent,
  LifecycleEvent,
  libvirtEventTypes,
} from '@instance-ha/libvirt-rpc';
import type { Clock, Logger, ProbeSignal } from '@instance-ha/ports';
import { type BackoffPolicy, backoffMs } from './backoff.ts';
import type { Blindness } from './blindness.ts';
import { Definitions, type Description } from './definitions.ts';
import type { Directory } from './directory.ts';
import { Inbox } from './inbox.ts';
import { type ListedGuest, listGuests } from './listing.ts';
import { translateEvent } from './translate-event.ts';

export type WatchingOptions = {
  connection: LibvirtConnection;
  directory: Directory;
  blindness: Blindness;
  clock: Clock;
  log: Logger;
  callTimeoutMs: number;
  signalBound: number;
  backoff: BackoffPolicy;
  random: () => number;
  onDrop: (count: number) => void;
  /** Whether the consumer has been told `blind` last. */
  toldBlind: boolean;
  signal: AbortSignal;
};

type Look =
  | { ok: true; guests: ListedGuest[]; persistent: ReadonlySet<string> }
  | { ok: false; cause: string };

/**
 * Everything one connection tells, as long as it lives.
 *
 *   register ──▶ list ──▶ sighted, then profile and state of each guest ──▶ events … ──▶ connection lost
 *                 ▲ │                                                         │
 *                 │ └─ could not list: blind, wait ─┐   too many events wait: │ blind
 *                 └─────────────────────────────────┴─────────────────────────┘
 *
 * Registered first and listed then, so that what happens in between is not lost: events wait in the inbox meanwhile and
 * come after the listing, in their order. Everything is handed out at the consumer's pace.
 */
export class Watching {
  readonly #options: WatchingOptions;
  readonly #definitions: Definitions;
  readonly #inbox: Inbox;
  readonly #unreadable = new Set<string>();
  /** Guests whose definition is being read after an event; true when it must be read once more. */
  readonly #rereading = new Map<string, boolean>();
  #toldBlind: boolean;
  #over = false;
  #doubt: string | undefined;

  constructor(options: WatchingOptions) {
    const { connection, callTimeoutMs, clock } = options;
    this.#options = options;
    this.#toldBlind = options.toldBlind;
    this.#definitions = new Definitions({
      connection,
      timeoutMs: callTimeoutMs,
      nowMs: () => clock.monotonicMs(),
    });
    this.#inbox = new Inbox({ bound: options.signalBound, onDrop: options.onDrop });
    void connection.closed.then(() => this.#end());
  }

  get toldBlind(): boolean {
    return this.#toldBlind;
  }

  /** A listing made beside this one failed with this cause: look again before anything else is believed. */
  doubt(cause: string): void {
    this.#doubt = cause;
    this.#inbox.stir();
  }

  /** Ends when the connection or `signal` does. Rejects with `LibvirtError` when the events cannot be registered. */
  async *signals(): AsyncGenerator<ProbeSignal, void, undefined> {
    const { signal, backoff, random } = this.#options;
    const onAbort = (): void => this.#end();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    let registration: EventRegistration | undefined;
    try {
      registration = await this.#register();
      let failures = 0;
      while (!this.#over) {
        const failure = yield* this.#lookAround();
        if (failure === undefined) {
          failures = 0;
          yield* this.#events();
        } else {
          failures += 1;
          yield* this.#sayBlind(failure);
          await this.#pause(backoffMs(backoff, failures, random));
        }
      }
      while (!signal.aborted) {
        const seen = this.#inbox.shift(); // What came before the connection was lost.
        if (!seen) break;
        yield seen;
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      void registration?.dispose(); // Not waited for: a frozen libvirtd must not hold up a stop. Never rejects.
    }
  }

  #register(): Promise<EventRegistration> {
    const { connection, callTimeoutMs } = this.#options;
    return connection.onEvent(libvirtEventTypes, event => this.#receive(event), { timeoutMs: callTimeoutMs });
  }

  /** Lists, and tells every guest's profile and state; returns why that could not be done to the end. */
  async *#lookAround(): AsyncGenerator<ProbeSignal, string | undefined> {
    const sighted: ProbeSignal = { signal: { type: 'sighted', atMs: this.#nowMs() } };
    this.#doubt = undefined;
    const look = await this.#look();
    if (!look.ok) return look.cause;

    this.#toldBlind = false;
    this.#options.blindness.sighted();
    yield sighted;
    const described = ahead(look.guests, async guest => ({
      guest,
      description: await this.#definitions.read(guest.domain, look.persistent),
    }));
    for await (const { guest, description } of described) {
      if (this.#over) return undefined;
      if (description.seen === 'failed') return description.cause;
      const instanceUuid = guest.domain.uuid;
      for (const signal of this.#afterReading(guest.domain, description)) yield { instanceUuid, signal };
      yield { instanceUuid, signal: guest.signal };
    }
    return undefined;
  }

  async #look(): Promise<Look> {
    const { connection, callTimeoutMs: timeoutMs, directory } = this.#options;
    try {
      const guests = await listGuests(connection, { timeoutMs, nowMs: () => this.#nowMs() });
      const persistent = await this.#definitions.listPersistent();
      directory.replace(guests.map(guest => guest.domain));
      return { ok: true, guests, persistent };
    } catch (error) {
      if (!LibvirtError.isInstance(error)) throw error;
      return { ok: false, cause: error.message };
    }
  }

  /** Hands out events until the connection is over or a fresh listing is needed. */
  async *#events(): AsyncGenerator<ProbeSignal> {
    while (!this.#over) {
      const cause = this.#inbox.overflowed
        ? `more than ${this.#options.signalBound} signals waited for their consumer and were dropped`
        : this.#doubt;
      if (cause !== undefined) {
        this.#inbox.restart();
        yield* this.#sayBlind(cause);
        return;
      }
      const stirred = this.#inbox.stirred();
      const seen = this.#inbox.shift();
      if (seen) yield seen;
      else await stirred;
    }
  }

  *#sayBlind(cause: string): Generator<ProbeSignal> {
    this.#options.blindness.blind();
    if (this.#over || this.#toldBlind) return;
    this.#toldBlind = true;
    this.#options.log.warn({ cause }, 'cannot see the guests of this host');
    yield { signal: { type: 'blind', cause, atMs: this.#nowMs() } };
  }

  #receive(event: LibvirtEvent): void {
    const { domain } = event;
    const signal = translateEvent(event, this.#nowMs());
    if (signal) this.#inbox.push({ instanceUuid: domain.uuid, signal });
    else this.#options.log.warn({ event }, 'libvirt sent an event that has no meaning here');
    if (event.type !== 'lifecycle') return;
    const gone = event.event === LifecycleEvent.UNDEFINED && domain.id < 0;
    if (gone) this.#options.directory.forget(domain.uuid);
    else this.#options.directory.learn(domain);
    if (redefining.has(event.event) && !gone) void this.#reread(domain);
  }

  /** Reads a definition that may have changed, once for any number of events that come meanwhile. */
  async #reread(domain: DomainRef): Promise<void> {
    if (this.#rereading.has(domain.uuid)) {
      this.#rereading.set(domain.uuid, true);
      return;
    }
    do {
      this.#rereading.set(domain.uuid, false);
      const description = await this.#definitions.read(domain);
      if (this.#over) break;
      if (description.seen === 'failed') this.doubt(description.cause);
      for (const signal of this.#afterReading(domain, description)) {
        this.#inbox.push({ instanceUuid: domain.uuid, signal });
      }
    } while (this.#rereading.get(domain.uuid));
    this.#rereading.delete(domain.uuid);
  }

  /** A guest whose definition cannot be read is blind until it can. */
  #afterReading(domain: DomainRef, description: Description): GuestSignal[] {
    const atMs = this.#nowMs();
    if (description.seen === 'profile') {
      return this.#unreadable.delete(domain.uuid)
        ? [{ type: 'sighted', atMs }, description.signal]
        : [description.signal];
    }
    if (description.seen === 'gone') this.#unreadable.delete(domain.uuid);
    if (description.seen !== 'unreadable') return [];
    this.#unreadable.add(domain.uuid);
    this.#options.log.warn({ guest: domain.uuid, cause: description.cause }, 'cannot look at a guest');
    return [{ type: 'blind', cause: description.cause, atMs }];
  }

  async #pause(ms: number): Promise<void> {
    const woken = new AbortController();
    const { clock } = this.#options;
    const slept = clock.sleep(ms, woken.signal).catch(() => {});
    while (
      !this.#over &&
      !(await Promise.race([slept.then(() => true), this.#inbox.stirred().then(() => false)]))
    );
    woken.abort();
  }

  #end(): void {
    this.#over = true;
    this.#inbox.stir();
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

/** After these the definition may be another one, or no longer stored. */
const redefining: ReadonlySet<number> = new Set([
  LifecycleEvent.DEFINED,
  LifecycleEvent.UNDEFINED,
  LifecycleEvent.STARTED,
]);

/** Definitions asked for before their turn has come. */
const readAhead = 2;

/** Results of `work` in the order of `items`, a few of them begun before they are wanted. */
async function* ahead<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const begun: Promise<Result>[] = [];
  for (const item of items) {
    begun.push(work(item));
    if (begun.length > readAhead) yield await (begun.shift() as Promise<Result>);
  }
  for (const result of begun) yield await result;
}
