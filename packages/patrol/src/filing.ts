import type { Counter, FiledNotification, Gauge } from '@instance-ha/ports';
import { type BackoffPolicy, backoffMs, Doorbell, type SpoolEntry } from '@instance-ha/runtime';
import type { PatrolOptions } from './options.ts';
import type { Telling } from './telling.ts';

/**
 * Files notifications: first on this host's disk, then with the API (or whoever the sink files with), in order, until it
 * has them.
 *
 * A receiver that is away delays. One that declines a notification is asked again about that one, ever more seldom, and
 * the others of other guests go on. A body that is refused for ever, and what is not to be told any more, are put aside
 * with the reason; nothing else takes an entry out of the spool.
 */
export class Filing {
  readonly #options: Pick<PatrolOptions, 'spool' | 'sink' | 'deliveryBackoff' | 'clock' | 'random' | 'log'>;
  readonly #depth: Gauge;
  readonly #deliveries: Counter<'result'>;
  readonly #unspooled = new Set<Promise<void>>();
  /** Entries whose time has not come, by sequence: those that were declined, and those to be told later. */
  readonly #aside = new Map<number, Aside>();
  readonly #filed: Doorbell;

  constructor(options: PatrolOptions) {
    this.#options = options;
    this.#filed = new Doorbell({ clock: options.clock });
    this.#depth = options.metrics.gauge({
      name: 'vmha_spool_depth',
      help: 'Notifications on this host that the API does not have yet.',
    });
    this.#deliveries = options.metrics.counter({
      name: 'vmha_deliveries_total',
      help: 'Attempts to hand a notification to the API, by result.',
      labels: { result: ['stored', 'duplicate', 'unavailable', 'declined', 'refused', 'overtaken'] },
    });
    this.#depth.set(options.spool.depth);
  }

  /** Takes a notification; it is on disk when `settled` next resolves. Tries again for as long as the disk refuses. */
  file(notification: FiledNotification): void {
    const work = this.#append(notification);
    this.#unspooled.add(work);
    void work.finally(() => this.#unspooled.delete(work));
  }

  /** Resolves when everything filed so far is on disk. */
  async settled(): Promise<void> {
    while (this.#unspooled.size > 0) await Promise.allSettled(this.#unspooled);
  }

  async #append(notification: FiledNotification): Promise<void> {
    const { spool, clock, random, log } = this.#options;
    for (let failures = 1; failures <= appendAttempts; failures += 1) {
      try {
        if ((await spool.append(notification)) !== 'full') {
          this.#depth.set(spool.depth);
          this.#filed.ring();
          return;
        }
        log.error(
          { incidentKey: notification.incidentKey, depth: spool.depth },
          'the spool is full: the notification waits in memory',
        );
      } catch (error) {
        log.error(
          { incidentKey: notification.incidentKey, error },
          'the spool could not be written: the notification waits in memory',
        );
      }
      await clock.sleep(backoffMs(appendBackoff, failures, random));
    }
    log.fatal({ notification }, 'a notification could not be spooled and is only in this line');
  }

  /**
   * Delivers what waits, oldest first, until `signal` aborts; what is left stays on disk. `recorded` resolves when the
   * incidents filed so far are on record; `onDelivered` is called after each delivery; `standing` tells what becomes of one
   * now.
   *
   * One at a time, and twice as many at once after each success, up to `togetherMax`: a crash goes as it comes, the
   * thousand of a dying host share the API's transactions, and an API that is away is asked by one.
   */
  async deliver(signal: AbortSignal, { recorded, onDelivered, standing }: Delivering): Promise<void> {
    const { clock, deliveryBackoff, random } = this.#options;
    let failures = 0;
    let together = 1;
    while (!signal.aborted) {
      const { due, nextAtMs } = this.#due();
      const next = mayGoTogether(due.slice(0, together));
      if (next.length === 0) {
        together = 1;
        const atMostMs = nextAtMs - clock.monotonicMs();
        await this.#filed.wait({ signal, ...(nextAtMs === Infinity ? {} : { atMostMs }) });
        continue;
      }
      await recorded();
      const ends = await Promise.all(
        next.map(entry => this.#deliverOne(entry, signal, standing(entry.value))),
      );
      if (ends.includes('done')) onDelivered();
      if (ends.includes('unavailable')) {
        failures += 1;
        together = 1;
        await clock.sleep(backoffMs(deliveryBackoff, failures, random), signal).catch(() => {});
      } else {
        failures = 0;
        together = Math.min(togetherMax, together * 2);
      }
    }
  }

  /** The oldest that may go now, each after all that is older of the same guest; and when the next one put aside is due. */
  #due(): { due: SpoolEntry<FiledNotification>[]; nextAtMs: number } {
    const { spool, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const due: SpoolEntry<FiledNotification>[] = [];
    const kept = new Set<string>();
    let nextAtMs = Infinity;
    // Behind one that was put aside any number of its guest's may wait, so that all are looked through.
    for (const entry of spool.waiting(this.#aside.size === 0 ? togetherMax : spool.depth)) {
      const atMs = this.#aside.get(entry.sequence)?.atMs ?? nowMs;
      const subject = subjectOf(entry.value);
      if (atMs <= nowMs && !kept.has(subject)) {
        due.push(entry);
        continue;
      }
      kept.add(subject);
      if (atMs > nowMs) nextAtMs = Math.min(nextAtMs, atMs);
    }
    return { due, nextAtMs };
  }

  #putAside({ sequence }: SpoolEntry<FiledNotification>, inMs: number, declined: number): End {
    this.#aside.set(sequence, { atMs: this.#options.clock.monotonicMs() + inMs, declined });
    return 'aside';
  }

  async #deliverOne(
    entry: SpoolEntry<FiledNotification>,
    signal: AbortSignal,
    telling: Telling,
  ): Promise<End> {
    const { spool, sink, log, random } = this.#options;
    const { incidentKey } = entry.value;
    const before = this.#aside.get(entry.sequence);
    if (telling.tell === 'later') {
      const { inMs, why } = telling;
      if (!before) log.info({ incidentKey, why }, 'a notification waits on this host');
      return this.#putAside(entry, inMs, before?.declined ?? 0);
    }
    if (telling.tell === 'never') {
      this.#deliveries.add(1, { result: 'overtaken' });
      log.warn(
        { notification: entry.value, why: telling.why },
        'a notification is not told: it is overtaken',
      );
      return this.#done(entry);
    }
    const delivery = await sink.deliver(entry.value, { signal });
    if (!delivery.delivered && delivery.kind === 'declined') {
      const { code, detail: why } = delivery;
      const declined = (before?.declined ?? 0) + 1;
      this.#deliveries.add(1, { result: 'declined' });
      const inMs = backoffMs(declinedBackoff, declined, random);
      log.error(
        { incidentKey, code, why, againInMs: Math.round(inMs), depth: spool.depth },
        'a notification was declined: it waits on this host until that is put right',
      );
      return this.#putAside(entry, inMs, declined);
    }
    if (!delivery.delivered && delivery.kind === 'unavailable') {
      this.#deliveries.add(1, { result: 'unavailable' });
      if (!signal.aborted)
        log.warn(
          { incidentKey, why: delivery.detail, depth: spool.depth },
          'the API does not take notifications: they wait on this host',
        );
      return 'unavailable';
    }
    if (delivery.delivered) {
      this.#deliveries.add(1, { result: delivery.duplicate ? 'duplicate' : 'stored' });
      log.info(
        { incidentKey, notification: delivery.notificationUuid, duplicate: delivery.duplicate },
        'notification delivered',
      );
    } else {
      this.#deliveries.add(1, { result: 'refused' });
      log.error(
        { notification: entry.value, why: delivery.detail },
        'the API refused a notification for ever: it is in this line only',
      );
    }
    return this.#done(entry);
  }

  async #done({ sequence }: SpoolEntry<FiledNotification>): Promise<End> {
    const { spool } = this.#options;
    await spool.acknowledge(sequence);
    this.#aside.delete(sequence);
    this.#depth.set(spool.depth);
    return 'done';
  }
}

type Delivering = {
  recorded: () => Promise<void>;
  onDelivered: () => void;
  standing: (notification: FiledNotification) => Telling;
};
/** When it is next due, and how often it was declined. */
type Aside = { atMs: number; declined: number };
type End = 'done' | 'aside' | 'unavailable';

/** What was declined is mended by a person: soon at first, then every five minutes. */
const declinedBackoff: BackoffPolicy = { firstMs: 5000, maxMs: 300_000 };

/** Whose order in time is kept. */
const subjectOf = ({ host, payload }: FiledNotification): string =>
  payload.type === 'COMPUTE_INSTANCE' ? payload.instanceUuid : `${payload.type} of ${host}`;

/** Notifications that are on their way to the API at once. */
const togetherMax = 16;

/**
 * The oldest of those that wait, as far as nothing makes their order matter: each of another guest, so that one guest's
 * incidents arrive in the order in which they happened; and what is not of one guest goes alone.
 */
function mayGoTogether(waiting: readonly SpoolEntry<FiledNotification>[]): SpoolEntry<FiledNotification>[] {
  const guests = new Set<string>();
  const together: SpoolEntry<FiledNotification>[] = [];
  for (const entry of waiting) {
    const { payload } = entry.value;
    if (payload.type !== 'COMPUTE_INSTANCE') return together.length > 0 ? together : [entry];
    if (guests.has(payload.instanceUuid)) break;
    guests.add(payload.instanceUuid);
    together.push(entry);
  }
  return together;
}

const appendAttempts = 1000;
const appendBackoff = { firstMs: 100, maxMs: 10_000 };
