import { setTimeout as delay } from 'node:timers/promises';
import { fileHost, type NovaCloud, SegmentBook, untilEnded } from '@instance-ha/e2e';
import { type Bench, summarize } from './measurement.ts';
import { memoryOf, takenBack, withNova } from './nova-ground.ts';

const count = 20;
const [one, two] = ['os-fake1', 'os-fake2'] as const;
/** Evacuations under way at once in the bare runs; the fastest of them is the floor. */
const windows = [4, 8, 20] as const;
const barePollMs = 500;
const longestMs = 300_000;

/** The failed host's service forced down, then every server evacuated by bare calls, so many at a time, by one listing. */
async function bareEvacuationMs(
  cloud: NovaCloud,
  way: { from: string; to: string; window: number },
): Promise<number> {
  const { from, to, window } = way;
  const old = new Set((await cloud.evacuationsFrom(from)).map(({ uuid }) => uuid));
  const beganMs = performance.now();
  const { id: service } = await cloud.service(from);
  await cloud.update(service, { status: 'disabled', forced_down: true });
  const waiting = await cloud.serversOn(from);
  const under = new Set<string>();
  while (waiting.length > 0 || under.size > 0) {
    if (performance.now() - beganMs > longestMs) throw new Error(`${under.size} are still on their way`);
    const next = waiting.splice(0, window - under.size);
    for (const id of next) under.add(id);
    await Promise.all(next.map(id => evacuate(cloud, id, to)));
    await delay(barePollMs);
    for (const { uuid, instance_uuid: id, status } of await cloud.evacuationsFrom(from)) {
      if (old.has(uuid)) continue;
      if (status === 'error' || status === 'failed')
        throw new Error(`the evacuation of ${id} ended as ${status}`);
      if (status === 'done' || status === 'completed') under.delete(id);
    }
  }
  return performance.now() - beganMs;
}

const evacuate = (cloud: NovaCloud, id: string, host: string): Promise<unknown> =>
  cloud.lab.api().call('compute', {
    method: 'POST',
    path: `/servers/${id}/action`,
    body: { evacuate: { host } },
    microversion: '2.68',
  });

/**
 * The servers go to and fro between two hosts: one way by the product, the other by bare calls. So a host is told of as failed
 * again only after it was taken back, and never are both within the window that would hold them.
 */
export const hostRecovery: Bench = {
  about: `POST of a failed host to its ${count} instances evacuated (fake driver), in turn with bare evacuations`,
  run: async function* ({ say, effort }) {
    const rounds = Math.max(1, Math.round(windows.length * effort));
    const env = { OS_HOST_FAILURE__AUTO_RETURN: 'True' };
    yield await withNova({ say, env }, async ground => {
      const { cloud, stack } = ground;
      await SegmentBook.make(stack.api, [one, two]);
      await cloud.boot(count, { host: one, prefix: 'host' });
      const samples: number[] = [];
      const floors: { window: number; ms: number }[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const servers = (await cloud.serversOn(one)).length;
        if (servers !== count) throw new Error(`expected ${count} servers on ${one}, found ${servers}`);
        await cloud.lab.computes.kill(one);
        const startedAtMs = Date.now();
        const uuid = await fileHost(stack.api, one, 'STOPPED');
        const { notification } = await untilEnded(stack.api, uuid, longestMs, { everyMs: 1000 });
        if (notification.status !== 'finished') throw new Error(`it ended as ${notification.message}`);
        samples.push(Date.parse(notification.endedAt ?? '') - startedAtMs);
        await takenBack(ground, one);

        const window = windows[round % windows.length] ?? windows[0];
        await cloud.lab.computes.kill(two);
        const ms = await bareEvacuationMs(cloud, { from: two, to: one, window });
        floors.push({ window, ms });
        await cloud.intoService(two);
        say(
          `host-recovery ${round + 1} of ${rounds}: ${samples.at(-1)} ms, bare ${ms.toFixed(0)} ms, ${window} at a time`,
        );
      }
      const best = floors.reduce((a, b) => (b.ms < a.ms ? b : a));
      const conditions = {
        computes: 'fake driver',
        instances: count,
        ...memoryOf(stack),
        floor: `the fastest of the bare runs: ${best.window} at a time, one listing each ${barePollMs} ms`,
        bareMs: floors.map(({ window, ms }) => `${window}: ${Math.round(ms)}`).join(', '),
      };
      return summarize({ name: 'host-recovery', unit: 'ms', target: 'ratio <= 1.15', conditions }, samples, [
        best.ms,
      ]);
    });
  },
};
