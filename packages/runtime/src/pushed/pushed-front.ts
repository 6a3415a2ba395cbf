import { type Config, type ConfigProblem, diffConfig, formatProblem } from '@instance-ha/config';
import type { ReadConfigResult } from '@instance-ha/config/file';
import type { ConfigurationSource, Logger, Metrics, WantedConfiguration } from '@instance-ha/ports';
import { type FollowOptions, followConfiguration, type Outcome } from './follow-configuration.ts';
import { keep, nothingPushed, readKept } from './kept-revision.ts';

/** Begins to follow what is pushed; called once a service has started. Resolves when `signal` aborts or it begins anew. */
export type Follow = (
  options: Pick<FollowOptions, 'clock' | 'random' | 'log' | 'signal'> & {
    source: ConfigurationSource;
    metrics: Metrics;
  },
) => Promise<void>;

/** Why a service stops that is to begin anew at once. */
class BeginsAnew extends Error {}

/** Whether a service stops only to begin anew. */
export const beginsAnew = (signal: AbortSignal): boolean => signal.reason instanceof BeginsAnew;

type Read = (layers: WantedConfiguration['layers']) => Promise<ReadConfigResult>;

/**
 * The pushed part of a service's configuration: what was kept, what was refused and why, and the way back when a service does not
 * start with what it was told.
 */
export class PushedFront {
  readonly #service: 'monitor' | 'worker';
  readonly #read: Read;
  readonly #file: string;
  #current: WantedConfiguration;
  #failure: { wanted: number; error: string } | undefined;
  /** What ran before, until a service that began anew has started. */
  #before: WantedConfiguration | undefined;
  #anew = new AbortController();
  #isToTryAgain = false;
  #reload: ((config: Config) => Promise<void>) | undefined;
  /** What the service is to run with. */
  config: Config;

  private constructor(
    service: 'monitor' | 'worker',
    options: { read: Read; file: string; config: Config; current: WantedConfiguration },
  ) {
    this.#service = service;
    this.#read = options.read;
    this.#file = options.file;
    this.config = options.config;
    this.#current = options.current;
  }

  /** Above `config`, which was read without it; a kept revision that cannot be read any more is left out, and told. */
  static async open(
    service: 'monitor' | 'worker',
    options: { read: Read; file: string; config: Config; tell: (line: string) => void },
  ): Promise<PushedFront> {
    const { tell, file, read } = options;
    const { kept, damage } = await readKept(file);
    if (damage !== undefined) tell(`${file}: ${damage}; it is not used`);
    const front = new PushedFront(service, { ...options, current: kept });
    if (kept.revision === 0) return front;
    const loaded = await read(kept.layers);
    if (loaded.ok) {
      front.config = loaded.config;
      return front;
    }
    const error = words(loaded.errors);
    tell(
      `the pushed revision ${kept.revision} is left out, as it cannot be read above this host's own files: ${error}`,
    );
    front.#current = nothingPushed;
    front.#failure = { wanted: kept.revision, error };
    return front;
  }

  get layers(): WantedConfiguration['layers'] {
    return this.#current.layers;
  }

  /** Aborts, with a reason of its own, when the service is to begin anew. */
  get anew(): AbortSignal {
    return this.#anew.signal;
  }

  /** The host's own files were read again: they lie below what is pushed, and what was refused may be taken now. */
  readAgain(config: Config): void {
    this.config = config;
    this.#isToTryAgain = true;
  }

  takeBy(reload: (config: Config) => Promise<void>): void {
    this.#reload = reload;
  }

  /**
   * The service has ended: true when it is to begin again, with `config`: as it was told to, or because it did not start with
   * what it was told, and is to run what it ran before.
   */
  async isToBegin(code: number): Promise<boolean> {
    this.#reload = undefined;
    if (this.#anew.signal.aborted) {
      this.#anew = new AbortController();
      return true;
    }
    const before = this.#before;
    if (code === 0 || before === undefined) return false;
    this.#before = undefined;
    const loaded = await this.#read(before.layers);
    if (!loaded.ok) return false;
    const wanted = this.#current.revision;
    const error = `the ${this.#service} did not start with it, as its log tells, and runs what it ran before`;
    this.#failure = { wanted, error };
    this.#current = before;
    this.config = loaded.config;
    await keep(this.#file, before).catch(() => {}); // It is tried again at the next start, with the same end.
    return true;
  }

  readonly follow: Follow = ({ source, metrics, log, ...loop }) => {
    this.#before = undefined; // It has started.
    const revision = metrics.gauge({
      name: 'vmha_configuration_revision',
      help: 'The pushed revision of the configuration that runs; 0 for none.',
    });
    const refused = metrics.gauge({
      name: 'vmha_configuration_refused',
      help: '1 while the revision that is wanted could not be taken and another one runs.',
    });
    return followConfiguration({
      ...loop,
      log,
      source,
      state: { running: this.#current.revision, failure: this.#failure },
      apply: wanted => this.#apply(wanted, log),
      isToTryAgain: () => {
        const isTo = this.#isToTryAgain;
        this.#isToTryAgain = false;
        return isTo;
      },
      onState: ({ running, failure }) => {
        this.#failure = failure;
        revision.set(running);
        refused.set(failure === undefined ? 0 : 1);
      },
    });
  };

  async #apply(wanted: WantedConfiguration, log: Logger): Promise<Outcome> {
    const next = await this.#read(wanted.layers);
    if (!next.ok) return { state: 'failed', error: words(next.errors) };
    try {
      await keep(this.#file, wanted);
    } catch (error) {
      return { state: 'failed', error: `it cannot be kept on this host: ${(error as Error).message}` };
    }
    const before = this.#current;
    this.#current = wanted;
    const needed = diffConfig(this.config, next.config)
      .filter(({ services, reloadable }) => services.includes(this.#service) && !reloadable)
      .map(({ key }) => key);
    if (needed.length === 0) return this.#reloadWith(next.config, before);
    this.config = next.config;
    log.warn(
      { revision: wanted.revision, options: needed },
      `the ${this.#service} begins anew for these options`,
    );
    this.#before = before;
    this.#failure = undefined;
    this.#anew.abort(new BeginsAnew(`begins anew for revision ${wanted.revision}`));
    return { state: 'restarting' };
  }

  async #reloadWith(config: Config, before: WantedConfiguration): Promise<Outcome> {
    try {
      await this.#reload?.(config);
    } catch (error) {
      this.#current = before;
      await keep(this.#file, before).catch(() => {});
      return { state: 'failed', error: `it could not be taken: ${(error as Error).message}` };
    }
    this.config = config;
    return { state: 'applied' };
  }
}

/** Errors told in full; the others are counted. */
const toldErrors = 5;

function words(errors: readonly ConfigProblem[]): string {
  const told = errors.slice(0, toldErrors).map(formatProblem);
  const more = errors.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
