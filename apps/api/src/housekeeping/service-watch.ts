import type { Clock, Logger, Metrics, Stores } from '@instance-ha/ports';
import { workerSilentAfterMs } from '../native/workers.ts';
import { type KnownService, knownServices } from '../rollout/known-services.ts';

const workerStates = ['present', 'silent'] as const;
const configurationStates = ['current', 'behind', 'failed', 'unknown'] as const;

/**
 * Has the database note which workers have fallen silent, so that of all processes one tells it, once; keeps the gauges of
 * workers and of how far monitors and workers are with what they are to run.
 */
export function serviceWatch(options: {
  stores: Stores;
  monitorSilentAfterMs: () => number;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
}): () => Promise<void> {
  const { stores, clock, log, metrics } = options;
  const workerGauge = metrics.gauge({
    name: 'vmha_workers',
    help: 'Workers by state; a silent one has not told of itself for a while and did not leave in order.',
    labels: { state: workerStates },
  });
  const configurationGauge = metrics.gauge({
    name: 'vmha_service_configurations',
    help: 'Monitors and workers that are heard, by how far they are with the configuration they are to run.',
    labels: { state: configurationStates },
  });
  return async () => {
    for (const { name, silent, lastSeenAt } of await stores.workers.noteSilence({
      silentAfterMs: workerSilentAfterMs,
    })) {
      if (silent) log.warn({ worker: name, lastSeenAt }, 'a worker has fallen silent');
      else log.info({ worker: name }, 'a worker that was silent is heard again');
    }
    const services = await knownServices(stores, {
      nowMs: clock.wallMs(),
      monitorSilentAfterMs: options.monitorSilentAfterMs(),
    });
    const count = (fits: (service: KnownService) => boolean): number => services.filter(fits).length;
    const isWorker = ({ service, startedAt }: KnownService) => service === 'worker' && startedAt !== null;
    workerGauge.set(
      count(each => isWorker(each) && !each.silent),
      { state: 'present' },
    );
    workerGauge.set(
      count(each => isWorker(each) && each.silent),
      { state: 'silent' },
    );
    for (const state of configurationStates)
      configurationGauge.set(
        count(each => !each.silent && each.state === state),
        { state },
      );
  };
}
