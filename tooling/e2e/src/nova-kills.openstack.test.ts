import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { endOf, fileHost, movesOf, roundsOf, SegmentBook, untilEnded } from './incidents.ts';
import { fakeHosts, tellOnFailure, useNova } from './nova-fixture.ts';
import { type Moment, OpenStackProxy } from './openstack-proxy.ts';
import { generator } from './seeded.ts';

const [one, two] = fakeHosts;
/** Each round kills workers at four random moments of an evacuation of twenty; the seed is printed and can be given again. */
const rounds = Number(process.env.INSTANCE_HA_NOVA_KILL_ROUNDS ?? 1);
const killsPerRound = 4;
const seed = Number(process.env.INSTANCE_HA_KILL_SEED ?? Date.now() % 1_000_000);
/** So soon another worker goes on: the lease, and one look for work. */
const takeOverMs = 3_000;
/** What the first call of the one who goes on may take on a busy machine until it is seen here. */
const lookMs = 500;

/** Each worker speaks to Nova through a proxy of its own: that tells which one is at work, and when exactly it is killed. */
const proxies: OpenStackProxy[] = [];
const ground = useNova(async cloud => {
  for (let index = 0; index < 2; index += 1)
    proxies.push(await OpenStackProxy.before(cloud.lab.endpoints().compute));
  return {
    workers: 2,
    workerEnv: index => cloud.environment({ nova: proxies[index]?.url ?? '' }),
    env: { OS_HOST_FAILURE__FAILURE_RATIO: '1' },
  };
});

let ids: string[];

beforeAll(async () => {
  await SegmentBook.make(ground.stack.api, [one, two]);
  ids = await ground.cloud.boot(6, { host: one, prefix: 'killed' });
  const [stopped = ''] = ids;
  await ground.cloud.act(stopped, { 'os-stop': null });
  await ground.cloud.untilStatus(stopped, 'SHUTOFF');
});
afterAll(async () => {
  await Promise.all(proxies.map(proxy => proxy.close()));
});

/** A moment of a recovery, by the call of Nova that is on its way then. */
type Point = { name: string; when: Moment['when']; is: (moment: Moment) => boolean };

const call =
  (method: string, path: RegExp, body = /(?:)/) =>
  (moment: Moment) =>
    moment.method === method && path.test(moment.path) && body.test(moment.body);
const evacuation = call('POST', /\/action$/, /^\{"evacuate"/);
const listing = call('GET', /\/os-migrations\?/);

/** In the order of a recovery; between two of them another worker takes over. */
const points: readonly Point[] = [
  { name: 'before the host is put out of service', when: 'asked', is: call('PUT', /\/os-services\//) },
  { name: 'after it was, unanswered', when: 'answered', is: call('PUT', /\/os-services\//) },
  { name: 'while the evacuations before are listed', when: 'asked', is: listing },
  { name: 'while its instances are listed', when: 'answered', is: call('GET', /\/servers\/detail\?/) },
  { name: 'after an evacuation was accepted, unanswered', when: 'answered', is: evacuation },
  { name: 'while evacuations are followed', when: 'answered', is: listing },
  { name: 'before an evacuation arrives', when: 'asked', is: evacuation },
  { name: 'while a server is looked at', when: 'asked', is: call('GET', /\/servers\/[0-9a-f-]{36}$/) },
];

describe('kill -9 of the worker that evacuates a host', () => {
  it(`at ${points.length} steps one after the other: each time another goes on in time, and none is evacuated twice`, async () => {
    tellOnFailure(ground);
    const { cloud, stack } = ground;
    const before = (await cloud.evacuationsFrom(one)).length;
    const all = await cloud.serversOn(one);
    await cloud.lab.computes.kill(one);
    const kills = killAt(points);
    const uuid = await fileHost(stack.api, one, 'STOPPED');
    const detail = await untilEnded(stack.api, uuid, 240_000);
    for (const proxy of proxies) proxy.watch = () => 'pass';
    await kills.settled();
    console.error(kills.told.map(({ name, tookOverMs }) => `${name}: ${tookOverMs} ms`).join('\n'));
    expect(kills.told.map(({ name }) => name)).toEqual(points.map(({ name }) => name));
    for (const { name, tookOverMs } of kills.told)
      expect(tookOverMs, name).toBeLessThanOrEqual(takeOverMs + lookMs);
    await expectEachOnce(one, { uuid, all, before, end: endOf(detail) });
    expect(roundsOf(detail)).toBe(1);
    expect((await cloud.servers(ids)).map(({ status }) => status)).toEqual([
      'SHUTOFF',
      ...ids.slice(1).map(() => 'ACTIVE'),
    ]);
    await returned(one);
  }, 500_000);

  it(
    `at random moments of ${rounds} evacuations of 20`,
    async () => {
      tellOnFailure(ground);
      const { cloud, stack } = ground;
      console.error(`kill -9 rounds: ${rounds}, seed ${seed}`);
      const random = generator(seed);
      // All are on the second host now; from there they go to and fro.
      await cloud.boot(20 - ids.length, { host: two, prefix: 'random' });
      for (let round = 0; round < rounds; round += 1) {
        const host = round % 2 === 0 ? two : one;
        const before = (await cloud.evacuationsFrom(host)).length;
        const all = await cloud.serversOn(host);
        await cloud.lab.computes.kill(host);
        const uuid = await fileHost(stack.api, host, 'STOPPED');
        for (let kill = 0; kill < killsPerRound; kill += 1) {
          await pause(300 + random() * 5_000);
          const running = stack.workers.filter(({ isRunning }) => isRunning);
          const victim = running[Math.floor(random() * running.length)];
          await victim?.kill();
          victim?.start();
        }
        const detail = await untilEnded(stack.api, uuid, 240_000);
        await expectEachOnce(host, { uuid, all, before, end: endOf(detail) });
        await returned(host);
      }
    },
    200_000 + rounds * 300_000,
  );
});

type Told = { name: string; tookOverMs: number };

/** Kills the worker at each point, the first that is met after the one before; it starts again when another has gone on. */
function killAt(wanted: readonly Point[]): { told: Told[]; settled: () => Promise<void> } {
  const left = [...wanted];
  const told: Told[] = [];
  const restarts: Promise<void>[] = [];
  let killed: { index: number; name: string; atMs: number } | undefined;
  for (const [index, proxy] of proxies.entries()) {
    proxy.watch = async moment => {
      if (killed && killed.index !== index && moment.when === 'asked') {
        told.push({ name: killed.name, tookOverMs: Math.round(performance.now() - killed.atMs) });
        ground.stack.workers[killed.index]?.start();
        killed = undefined;
      }
      if (killed) return killed.index === index ? 'drop' : 'pass';
      const [point] = left;
      if (!point || point.when !== moment.when || !point.is(moment)) return 'pass';
      // Both must run: else nobody could go on while this one is away.
      if (!ground.stack.workers.every(({ isRunning }) => isRunning)) return 'pass';
      left.shift();
      killed = { index, name: point.name, atMs: performance.now() };
      const dying = ground.stack.workers[index]?.kill() ?? Promise.resolve();
      restarts.push(dying);
      await dying;
      return 'drop';
    };
  }
  return { told, settled: async () => void (await Promise.all(restarts)) };
}

/** Everything that was on the host is elsewhere, by one evacuation each, and the books say so. */
async function expectEachOnce(
  host: string,
  was: { uuid: string; all: readonly string[]; before: number; end: string },
): Promise<void> {
  const { cloud, stack } = ground;
  expect(was.end).toBe(`finished: ${was.all.length} evacuated`);
  const evacuated = (await cloud.evacuationsFrom(host)).slice(0, -was.before || undefined);
  expect(evacuated.map(({ instance_uuid }) => instance_uuid).sort(), 'none twice').toEqual(
    [...was.all].sort(),
  );
  expect(await cloud.serversOn(host)).toEqual([]);
  const moves = await movesOf(stack.api, was.uuid);
  expect(was.all.map(id => moves.get(id)?.status)).toEqual(was.all.map(() => 'succeeded'));
}

async function returned(host: string): Promise<void> {
  const back = await fileHost(ground.stack.api, host, 'STARTED');
  await ground.cloud.lab.computes.start(host);
  const detail = await untilEnded(ground.stack.api, back, 180_000);
  expect(endOf(detail)).toBe('finished: it is back: enabled, and no longer on maintenance');
  await eventually(`${host} is up`, 30_000, async () => (await ground.cloud.service(host)).state === 'up');
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
