import type {
  Clock,
  ConfigurationSource,
  Logger,
  RunningReport,
  WantedConfiguration,
} from '@instance-ha/ports';
import { backoffMs } from '../backoff.ts';

/** What came of a revision that was to be taken. `restarting`: the loops end, and begin anew with it. */
export type Outcome = { state: 'applied' } | { state: 'failed'; error: string } | { state: 'restarting' };

/** What a service runs when it begins to follow, and why that is not what it was last told. */
export type FollowedState = { running: number; failure?: { wanted: number; error: string } | undefined };

export type FollowOptions = {
  source: ConfigurationSource;
  state: FollowedState;
  /** Takes a revision; what runs stays when it fails. */
  apply: (wanted: WantedConfiguration) => Promise<Outcome>;
  clock: Clock;
  random: () => number;
  log: Logger;
  signal: AbortSignal;
  /** True once after something changed on the host by which a revision that was refused may be taken now. */
  isToTryAgain?: (() => boolean) | undefined;
  /** Told what it runs, and whether it refused what it was last told. */
  onState?: ((state: FollowedState) => void) | undefined;
};

/** How long one question may stay open. */
const waitMs = 25_000;
/** A service that does not hold a question open is not asked more often than this. */
const leastBetweenMs = 1000;
const backoff = { firstMs: 1000, maxMs: 30_000 };
/** Characters of an error that are reported. */
const errorMax = 4000;

type Report = Pick<RunningReport, 'wanted' | 'running' | 'state' | 'error'>;

/**
 * Asks what to run, takes it, and reports what runs, until `signal` aborts or the service begins anew. A report that was not
 * taken is sent again before anything else is asked; while the source cannot be reached what runs goes on running.
 */
export async function followConfiguration(options: FollowOptions): Promise<void> {
  const { source, apply, clock, random, log, signal, onState, isToTryAgain } = options;
  let { running, failure } = options.state;
  const reportOf = (): Report =>
    failure === undefined
      ? { wanted: running, running, state: 'applied', error: null }
      : { wanted: failure.wanted, running, state: 'failed', error: failure.error.slice(0, errorMax) };
  let undelivered: Report | undefined = reportOf();
  onState?.({ running, failure });
  let failures = 0;
  while (!signal.aborted) {
    const askedAtMs = clock.monotonicMs();
    try {
      if (isToTryAgain?.()) failure = undefined;
      if (undelivered) await source.report(undelivered, { signal });
      undelivered = undefined;
      const wanted = await source.wanted(failure?.wanted ?? running, { waitMs, signal });
      failures = 0;
      if (wanted === 'unchanged') {
        await clock.sleep(Math.max(0, askedAtMs + leastBetweenMs - clock.monotonicMs()), signal);
        continue;
      }
      const { revision } = wanted;
      log.info({ revision, running }, 'another configuration is wanted');
      const applying: Report = { wanted: revision, running, state: 'applying', error: null };
      await source.report(applying, { signal }).catch(() => {}); // What comes of it is told in any case.
      const outcome = await apply(wanted);
      if (outcome.state === 'restarting') return;
      if (outcome.state === 'applied') {
        running = revision;
        failure = undefined;
      } else {
        failure = { wanted: revision, error: outcome.error };
        log.error(
          { revision, running, why: outcome.error },
          'the configuration that is wanted cannot be taken',
        );
      }
      undelivered = reportOf();
      onState?.({ running, failure });
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      // Told once; the API is away more often than its configuration changes.
      const why = error instanceof Error ? error.message : String(error);
      log[failures === 1 ? 'warn' : 'debug'](
        { why, running },
        'what to run cannot be asked; what runs stays',
      );
      await clock.sleep(backoffMs(backoff, failures, random), signal).catch(() => {});
    }
  }
}
