import type { Counter, FiledNotification, Gauge } from '@instance-ha/ports';
import { backoffMs, Doorbell, type SpoolEntry } from '@instance-ha/runtime';
import type { PatrolOptions } from './options.ts';

/**
 * Files notifications: first on this host's disk, then with the API, in order, until it has them.
 *
 * An API that is away delays, a body that is refused for ever is put aside with its reason, and nothing else
 * takes an entry out of the spool.
 */
export class Filing {
  readonly #options: Pick<PatrolOptions, 'spool' | 'sink' | 'deliveryBackoff' | 'clock' | 'random' | 'log'>;
  readonly #depth: Gauge;
  readonly #deliveries: Counter<'result'>;
  readonly #unspooled = new Set<Promise<void>>();
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
      labels: { result: ['stored', 'duplicate', 'unavailable', 'refused'] },
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
   * incidents filed so far are on record; `onDelivered` is called after each delivery.
   *
   * One at a time, and twice as many at once after each success, up to `togetherMax`: a crash goes as it comes, the
   * thousand of a dying host share the API's transactions, and an API that is away is asked by one.
   */
  async deliver(
    signal: AbortSignal,
    { recorded, onDelivered }: { recorded: () => Promise<void>; onDelivered: () => void },
  ): Promise<void> {
    const { spool, clock, deliveryBackoff, random } = this.#options;
    let failures = 0;
    let together = 1;
    while (!signal.aborted) {
      const next = mayGoTogether(spool.waiting(together));
      if (next.length === 0) {
        together = 1;
        await this.#filed.wait({ signal });
        continue;
      }
      await recorded();
      const done = await Promise.all(next.map(entry => this.#deliverOne(entry, signal)));
      if (done.some(Boolean)) onDelivered();
      if (done.every(Boolean)) {
        failures = 0;
        together = Math.min(togetherMax, together * 2);
      } else {
        failures += 1;
        together = 1;
        await clock.sleep(backoffMs(deliveryBackoff, failures, random), signal).catch(() => {});
      }
    }
  }

  async #deliverOne(entry: SpoolEntry<FiledNotification>, signal: AbortSignal): Promise<boolean> {
    const { spool, sink, log } = this.#options;
    const { incidentKey } = entry.value;
    const delivery = await sink.deliver(entry.value, { signal });
    if (!delivery.delivered && delivery.kind === 'unavailable') {
      this.#deliveries.add(1, { result: 'unavailable' });
      if (!signal.aborted)
        log.warn(
          { incidentKey, why: delivery.detail, depth: spool.depth },
          'the API does not take notifications: they wait on this host',
        );
      return false;
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
    await spool.acknowledge(entry.sequence);
    this.#depth.set(spool.depth);
    return true;
  }
}

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
