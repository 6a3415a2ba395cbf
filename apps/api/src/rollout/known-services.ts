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
  const taken = new Set<ServiceSighting>();
  const sightingOf = (fits: (sighting: ServiceSighting) => boolean): ServiceSighting | undefined => {
    const found = sightings.find(each => !taken.has(each) && fits(each));
    if (found) taken.add(found);
    return found;
  };
  const known = [
    ...monitors.map(monitor => {
      const sighting = sightingOf(({ service, host }) => service === 'monitor' && host === monitor.host);
      return reporting('monitor', { ...monitor, name: monitor.host }, sighting, {
        silent: isSilent(monitor, nowMs, monitorSilentAfterMs),
      });
    }),
    ...workers.map(worker => {
      // A worker's own name is new with each start of its loops, and begins with that of its process.
      const sighting = sightingOf(
        ({ service, name }) => service === 'worker' && worker.name.startsWith(`${name}-`),
      );
      return reporting('worker', worker, sighting, {
        silent: nowMs - Date.parse(worker.lastSeenAt) > workerSilentAfterMs,
      });
    }),
    ...sightings.filter(each => !taken.has(each)).map(each => askingOnly(each, nowMs)),
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
