import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NotificationSummary } from '@instance-ha/contracts';
import { type ApiClient, ApiError } from '@instance-ha/contracts/client';
import { type EmbeddedServer, startEmbedded } from '@instance-ha/postgres/embedded';
import { systemClock } from '@instance-ha/runtime';
import { afterAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { endOf, fileHost, instanceFailure, movesOf, SegmentBook, untilEnded } from './incidents.ts';
import { fakeHosts, tellOnFailure, useNova } from './nova-fixture.ts';
import { silent } from './silent-logger.ts';

const [one, two, three] = fakeHosts;
const apis = 4;
/** Of these many instances that fail at once, so many are Nova's; of the others it knows nothing. */
const failing = { real: 12, all: 200 };

const folder = mkdtempSync(join(tmpdir(), 'iha-crowd-'));
const ended = new AbortController();
let postgres: EmbeddedServer | undefined;
const ground = useNova(async cloud => {
  postgres = await startEmbedded({ dir: folder, log: silent, clock: systemClock, signal: ended.signal });
  // The option wants a host in its place; the socket's folder, among the parameters, outdoes it.
  const connection = postgres.url.replace('@/', '@localhost/');
  const env = { ...cloud.environment(), OS_DATABASE__CONNECTION: connection, OS_API__RATE_LIMIT: '0' };
  return { apis, workers: 2, env };
});
afterAll(async () => {
  await postgres?.stop();
  ended.abort();
  rmSync(folder, { recursive: true, force: true });
});

describe(`two workers and ${apis} APIs on one PostgreSQL`, () => {
  it(`${failing.all} notifications at once, those of real instances by each API: each instance is restarted once`, async () => {
    tellOnFailure(ground);
    const { cloud, stack } = ground;
    const clients = [stack.api, ...stack.otherApis.map(({ client }) => client)];
    const real = await cloud.boot(failing.real, { host: two, prefix: 'crowd' });
    const unknown = Array.from({ length: failing.all - failing.real }, () => randomUUID());
    const bodies = [...real, ...unknown].map(uuid =>
      instanceFailure({ uuid, host: two, incident: `crowd/${uuid}` }),
    );
    const began = performance.now();
    const answers = await Promise.all(
      bodies.flatMap((body, index) => {
        const [first] = clients.slice(index % apis);
        const by = index < failing.real ? clients : first ? [first] : [];
        return by.map(
          async client => (await client.v2.notifications.create({ body })).body.notification.uuid,
        );
      }),
    );
    const uuids = [...new Set(answers)];
    console.error(`${answers.length} filed in ${(performance.now() - began).toFixed(0)} ms`);
    expect(uuids.length, 'one notification an incident').toBe(failing.all);
    let all: NotificationSummary[] = [];
    await eventually('all have ended', 150_000, async () => {
      all = (await stack.api.v2.notifications.list({ query: { host: two, limit: 1000 } })).body.notifications;
      const open = all.filter(({ endedAt }) => endedAt === null).length;
      if (open > 0) throw new Error(`${open} of ${all.length} have not`);
      return all.length >= failing.all;
    });
    console.error(`all ended ${((performance.now() - began) / 1000).toFixed(1)} s after the first was filed`);
    const of = (uuid: string): string => {
      const found = all.filter(({ instanceUuid }) => instanceUuid === uuid);
      return found.map(({ status }) => status).join();
    };
    expect(real.map(of)).toEqual(real.map(() => 'finished'));
    expect(new Set(unknown.map(of))).toEqual(new Set(['ignored']));
    for (const id of real) expect(await cloud.actionsOf(id)).toEqual(['create', 'stop', 'start']);
  });

  it('the same dead host told by four monitors at once, each to another API: one recovery', async () => {
    tellOnFailure(ground);
    const { cloud, stack } = ground;
    await SegmentBook.make(stack.api, fakeHosts);
    const ids = await cloud.boot(4, { host: one, prefix: 'told' });
    const all = await cloud.serversOn(one);
    const before = (await cloud.evacuationsFrom(one)).length;
    await cloud.lab.computes.kill(one);
    const clients = [stack.api, ...stack.otherApis.map(({ client }) => client)];
    // Masakari's monitors name no incident, ours know nothing of one another.
    const [taken, uuids] = await Promise.all([
      Promise.all(clients.map(client => fileAsMasakari(client, one))),
      Promise.all(clients.map(client => fileHost(client, one, 'STOPPED'))),
    ]);
    expect(taken.filter(status => status === 202).length).toBeLessThanOrEqual(1);
    const { body } = await stack.api.v2.notifications.list({ query: { host: one, limit: 100 } });
    const stored = body.notifications.map(({ uuid }) => uuid);
    expect(stored).toEqual(expect.arrayContaining(uuids));
    const details = await Promise.all(stored.map(uuid => untilEnded(stack.api, uuid, 120_000)));
    expect(details.map(endOf).sort()).toEqual([
      `finished: ${all.length} evacuated`,
      ...stored.slice(1).map(() => 'ignored: it is on maintenance'),
    ]);
    expect((await cloud.evacuationsFrom(one)).length - before).toBe(all.length);
    const told = details.find(({ notification }) => notification.status === 'finished');
    const moves = await movesOf(stack.api, told?.notification.uuid ?? '');
    expect(ids.map(id => moves.get(id)?.status)).toEqual(ids.map(() => 'succeeded'));
    const hosts = (await cloud.servers(ids)).map(server => server['OS-EXT-SRV-ATTR:host']);
    expect(new Set(hosts)).toEqual(new Set([two, three]));
  });
});

/** What Masakari's host monitor sends; answers the status. */
async function fileAsMasakari(client: ApiClient, hostname: string): Promise<number> {
  const payload = { event: 'STOPPED', host_status: 'NORMAL', cluster_status: 'OFFLINE' } as const;
  const notification = {
    type: 'COMPUTE_HOST',
    hostname,
    generated_time: new Date().toISOString(),
    payload,
  } as const;
  try {
    return (await client.v1.notifications.create({ body: { notification } })).status;
  } catch (error) {
    if (ApiError.isInstance(error) && error.status === 409) return error.status;
    throw error;
  }
}
