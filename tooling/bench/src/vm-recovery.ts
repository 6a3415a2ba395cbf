import { untilEnded } from '@instance-ha/e2e';
import { type Bench, summarize } from './measurement.ts';
import { memoryOf, type NovaGround, withNova } from './nova-ground.ts';

const host = 'os-fake3';
const barePollMs = 50;
const longestMs = 60_000;

/** Masakari's notification of a failed instance, POST until it is stored as finished. */
async function recoveredMs({ stack }: NovaGround, id: string, say: (line: string) => void): Promise<number> {
  const startedAtMs = Date.now();
  const payload = { instance_uuid: id, event: 'LIFECYCLE', vir_domain_event: 'STOPPED_FAILED' };
  const notification = {
    type: 'VM',
    hostname: host,
    generated_time: new Date(startedAtMs).toISOString(),
    payload,
  } as const;
  const { body } = await stack.api.v1.notifications.create({ body: { notification } });
  const detail = await untilEnded(stack.api, body.notification.notification_uuid, longestMs);
  if (detail.notification.status !== 'finished')
    throw new Error(`it ended as ${detail.notification.message}`);
  say(detail.timeline.map(({ phase, offsetMs }) => `${phase} ${offsetMs}`).join(' · '));
  return Date.parse(detail.notification.endedAt ?? '') - startedAtMs;
}

/** The same two acts by bare calls: stop, looked at each 50 ms until it is off; start, until it runs. */
async function bareMs({ cloud }: NovaGround, id: string): Promise<number> {
  const beganMs = performance.now();
  for (const [action, status] of [
    ['os-stop', 'SHUTOFF'],
    ['os-start', 'ACTIVE'],
  ] as const) {
    await cloud.act(id, { [action]: null });
    while ((await cloud.lab.show(id)).status !== status) {
      if (performance.now() - beganMs > longestMs) throw new Error(`${id} did not become ${status}`);
      await new Promise(resolve => setTimeout(resolve, barePollMs));
    }
  }
  return performance.now() - beganMs;
}

export const vmRecovery: Bench = {
  about: 'POST of a failed instance to finished by Nova (fake driver), in turn with a bare stop and start',
  run: async function* ({ say, effort }) {
    const n = Math.max(4, Math.round(20 * effort));
    yield await withNova({ say }, async ground => {
      const { cloud, stack } = ground;
      await stack.api.v2.segments
        .create({ body: { name: 'bench' } })
        .then(({ body }) =>
          stack.api.v2.hosts.create({ body: { name: host, segmentUuid: body.segment.uuid } }),
        );
      const ids = await cloud.boot(n, { host, prefix: 'vm' });
      const samples: number[] = [];
      const floors: number[] = [];
      for (const [index, id] of ids.entries()) {
        const ours = async () => samples.push(await recoveredMs(ground, id, say));
        const bare = async () => floors.push(await bareMs(ground, id));
        for (const one of index % 2 === 0 ? [ours, bare] : [bare, ours]) await one();
        say(`vm-recovery ${index + 1} of ${n}: ${samples.at(-1)} ms, bare ${floors.at(-1)?.toFixed(0)} ms`);
      }
      const conditions = {
        computes: 'fake driver',
        ...memoryOf(stack),
        floor: `os-stop, os-start, looked at each ${barePollMs} ms`,
      };
      return summarize(
        { name: 'vm-recovery', unit: 'ms', target: 'ratio <= 1.2', conditions },
        samples,
        floors,
      );
    });
  },
};
