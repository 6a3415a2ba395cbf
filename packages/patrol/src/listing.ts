import type { Histogram } from '@instance-ha/ports';
import { Doorbell } from '@instance-ha/runtime';
import type { PatrolOptions } from './options.ts';
import type { Watch } from './watch.ts';

/**
 * Lists the host's guests each interval: finds what no event told, and samples CPU time.
 *
 * A silent guest asks for a sample at once (`soon`): the second sign needs CPU times on both sides of a missed ping.
 */
export class ListingRounds {
  readonly #options: PatrolOptions;
  readonly #watch: Watch;
  readonly #duration: Histogram;
  readonly #asked: Doorbell;

  constructor(options: PatrolOptions, watch: Watch) {
    this.#options = options;
    this.#watch = watch;
    this.#asked = new Doorbell({ clock: options.clock });
    this.#duration = options.metrics.histogram({
      name: 'vmha_sweep_duration_seconds',
      help: 'How long one listing of all guests of the host took.',
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    });
  }

  soon(): void {
    this.#asked.ring();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, policy } = this.#options;
    while (!signal.aborted) {
      const startMs = clock.monotonicMs();
      await this.#round(signal);
      const endMs = clock.monotonicMs();
      const pauseMs = Math.max(leastPauseMs, (endMs - startMs) * pausePerWork);
      const restMs = startMs + policy().guest.checkIntervalMs - endMs;
      await clock.sleep(Math.max(leastPauseMs, Math.min(pauseMs, restMs)), signal).catch(() => {});
      await this.#asked.wait({ signal, atMostMs: Math.max(0, restMs - pauseMs) });
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { probe, clock, log } = this.#options;
    const startMs = clock.monotonicMs();
    try {
      const listing = await probe.list({ signal });
      if (signal.aborted) return;
      this.#duration.observe((clock.monotonicMs() - startMs) / 1000);
      this.#watch.seeListing(listing);
    } catch (error) {
      if (!signal.aborted) log.error({ error }, 'listing the guests failed in the probe itself');
    }
  }
}

/** However often a sample is asked for, two listings are so far apart. */
const leastPauseMs = 250;
/** Many guests that fall silent one after the other each ask for a sample: of a large host so much of the time is left to other work. */
const pausePerWork = 20;
