import {
  type Clock,
  type ConfigurationSource,
  type RunningReport,
  type Stores,
  wantedLayers,
} from '@instance-ha/ports';

/** How soon a change is seen: one short question to the database. */
const everyMs = 2000;

/** What to run, of the database itself: for a service that has it open anyway, and needs no API for its work. */
export function createStoreSource(options: {
  stores: Pick<Stores, 'configuration' | 'services'>;
  member: Pick<RunningReport, 'service' | 'name' | 'host' | 'version'>;
  clock: Clock;
}): ConfigurationSource {
  const { stores, member, clock } = options;
  return {
    async wanted(known, { waitMs, signal }) {
      await stores.services.asked(member);
      const untilMs = clock.monotonicMs() + waitMs;
      for (;;) {
        signal.throwIfAborted();
        const revision = (await stores.configuration.wanted(member.host)) ?? known;
        if (revision !== known)
          return { revision, layers: await wantedLayers(stores.configuration, member.host, revision) };
        const leftMs = untilMs - clock.monotonicMs();
        if (leftMs <= 0) return 'unchanged';
        await clock.sleep(Math.min(everyMs, leftMs), signal);
      }
    },
    report: report => stores.services.reported({ ...member, ...report }),
  };
}
