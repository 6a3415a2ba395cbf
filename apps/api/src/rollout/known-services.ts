import type { MonitorRecord, ServiceSighting, Stores, WorkerRecord } from '@instance-ha/ports';
import { memberSilentAfterMs, type RolloutService } from '@instance-ha/rollout';
import { isSilent } from '../native/monitors.ts';
import { workerSilentAfterMs } from '../native/workers.ts';

/** A monitor or worker with all that is known of it. */
export type KnownService = {
  service: RolloutService;
  name: string;
  host: string;
  version: string;
  startedAt: string | null;
  lastSeenAt: string;
  silent: boolean;
  revision: number | null;
  wanted: number | null;
  state: 'current' | 'behind' | 'failed' | 'unknown';
  error: string | null;
};

/** Every monitor and worker: those that report, and those that ask for their configuration; most do both. */
export async function knownServices(
  stores: Stores,
  { nowMs, monitorSilentAfterMs }: { nowMs: number; monitorSilentAfterMs: number },
): Promise<KnownService[]> {
  const [monitors, workers, sightings] = await Promise.all([
    stores.monitors.list(),
    stores.workers.list(),
    stores.services.list(),
  ]);
  const left = new Map(sightings.map(sighting => [`${sighting.service} ${sighting.name}`, sighting]));
  const take = (service: RolloutService, name: string): ServiceSighting | undefined => {
    const key = `${service} ${name}`;
    const found = left.get(key);
    left.delete(key);
    return found;
  };
  const known = [
    ...monitors.map(monitor => {
      return reporting('monitor', { ...monitor, name: monitor.host }, take('monitor', monitor.host), {
        silent: isSilent(monitor, nowMs, monitorSilentAfterMs),
      });
    }),
    ...workers.map(worker => {
      // A worker's own name is that of its process and a word that is new with each start of its loops.
      const process = worker.name.slice(0, worker.name.lastIndexOf('-'));
      return reporting('worker', worker, take('worker', process), {
        silent: nowMs - Date.parse(worker.lastSeenAt) > workerSilentAfterMs,
      });
    }),
    ...[...left.values()].map(each => askingOnly(each, nowMs)),
  ];
  return known.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

const keyOf = ({ host, service, name }: KnownService): string => `${host} ${service} ${name}`;

function reporting(
  service: RolloutService,
  record: Pick<MonitorRecord | WorkerRecord, 'host' | 'version' | 'startedAt' | 'lastSeenAt'> & {
    name: string;
  },
  sighting: ServiceSighting | undefined,
  { silent }: { silent: boolean },
): KnownService {
  const { name, host, version, startedAt, lastSeenAt } = record;
  return { service, name, host, version, startedAt, lastSeenAt, silent, ...running(sighting) };
}

function askingOnly(sighting: ServiceSighting, nowMs: number): KnownService {
  const { service, name, host, version, seenAt: lastSeenAt } = sighting;
  const silent = nowMs - Date.parse(lastSeenAt) > memberSilentAfterMs;
  return { service, name, host, version, startedAt: null, lastSeenAt, silent, ...running(sighting) };
}

function running(
  sighting: ServiceSighting | undefined,
): Pick<KnownService, 'revision' | 'wanted' | 'state' | 'error'> {
  if (!sighting || sighting.state === null)
    return { revision: null, wanted: null, state: 'unknown', error: null };
  const { running: revision, wanted, error, state: how } = sighting;
  const state = how === 'failed' ? 'failed' : revision === wanted ? 'current' : 'behind';
  return { revision, wanted, state, error };
}
