import type { NotificationDetail } from '@instance-ha/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { endOf, fileHost, movesOf, roundsOf, SegmentBook, untilEnded } from './incidents.ts';
import { fakeHosts, tellOnFailure, useNova } from './nova-fixture.ts';

const [one, two, three] = fakeHosts;
const count = 20;

/** Hosts of this file fail one after the other, within minutes: that they do is no sign of a broken network. */
const ground = useNova(async cloud => ({
  workers: 2,
  env: {
    ...cloud.environment(),
    OS_HOST_FAILURE__FAILURE_RATIO: '1',
    OS_HOST_FAILURE__WAIT_PERIOD_AFTER_EVACUATION: '40',
  },
}));

let segment: SegmentBook;
/** The first four are stopped, locked, paused and in ERROR; all others run. */
let ids: string[];

beforeAll(async () => {
  const { cloud, stack } = ground;
  segment = await SegmentBook.make(stack.api, fakeHosts);
  ids = await cloud.boot(count, { host: one, prefix: 'ha' });
  const [stopped = '', locked = '', paused = ''] = ids;
  await cloud.act(stopped, { 'os-stop': null });
  await cloud.act(locked, { lock: null });
  await cloud.act(paused, { pause: null });
  await cloud.untilStatus(stopped, 'SHUTOFF');
  await cloud.untilStatus(paused, 'PAUSED');
});

describe(`a compute host of Nova with ${count} instances that dies`, () => {
  it('reserved_host: a reserved host is leased, takes them all, and each is as it was', async () => {
    await segment.recoverBy('reserved_host', [two]);
    await ground.cloud.act(ids[3] ?? '', { 'os-resetState': { state: 'error' } });
    await expectEvacuated(one, { to: [two] });
    expect(await segment.host(two)).toEqual({ reserved: false, onMaintenance: false });
    await expectReturned(one);
  }, 300_000);

  it('rh_priority: the reserved host comes first', async () => {
    await segment.recoverBy('rh_priority', [one]);
    await expectEvacuated(two, { to: [one] });
    expect(await segment.host(one)).toMatchObject({ reserved: false });
    await expectReturned(two);
  }, 300_000);

  it('auto_priority: a reserved host is not taken while the others have room', async () => {
    await segment.recoverBy('auto_priority', [three]);
    await expectEvacuated(one, { to: [two] });
    expect(await segment.host(three)).toMatchObject({ reserved: true });
    await expectReturned(one);
  }, 300_000);

  it('auto: to the other hosts of its segment, though the worker is killed in the middle', async () => {
    await segment.recoverBy('auto', []);
    await expectEvacuated(two, { to: [one, three], killWorker: true });
    await expectReturned(two);
  }, 300_000);
});

describe('what cannot be evacuated', () => {
  it('no valid host for one: it is told of at the first attempt, and the others are moved', async () => {
    tellOnFailure(ground);
    const { cloud, stack } = ground;
    await segment.recoverBy('reserved_host', [two]);
    const group = await cloud.makeGroupApart('apart');
    const [apart = ''] = await Promise.all(
      fakeHosts.map((host, index) => cloud.bootApart(`apart-${index + 1}`, { host, group: group.id })),
    );
    const others = (await cloud.serversOn(one)).filter(id => id !== apart);
    await cloud.lab.computes.kill(one);
    const uuid = await fileHost(stack.api, one, 'STOPPED');
    const detail = await untilEnded(stack.api, uuid, 200_000);
    expect(endOf(detail)).toBe(
      `failed: ${others.length} evacuated, 1 could not be: apart-1: its evacuation ended as error`,
    );
    expect(roundsOf(detail)).toBe(1);
    const moves = await movesOf(stack.api, uuid);
    expect(moves.get(apart)).toMatchObject({ status: 'failed', destHost: null });
    expect(others.map(id => moves.get(id)?.status)).toEqual(others.map(() => 'succeeded'));
    const [left] = await cloud.servers([apart]);
    expect([left?.status, left?.['OS-EXT-SRV-ATTR:host']]).toEqual(['ERROR', one]);
    expect(await cloud.serversOn(one)).toEqual([apart]);

    await expectReturned(one);
  }, 400_000);

  it('the host that some are on their way to dies as well: they are given up and told of, the others are moved', async () => {
    tellOnFailure(ground);
    const { cloud, stack } = ground;
    await segment.recoverBy('auto', []);
    const [dead, dies] = await byServers();
    const all = await cloud.serversOn(dead);
    expect(all.length, 'so many that the second host dies in the middle').toBeGreaterThan(5);
    const before = new Set((await cloud.evacuationsFrom(dead)).map(({ uuid }) => uuid));
    await cloud.lab.computes.kill(dead);
    const uuid = await fileHost(stack.api, dead, 'STOPPED');
    await eventually('one is on its way to the host that dies next', 60_000, async () =>
      (await cloud.evacuationsFrom(dead)).some(
        ({ uuid: evacuation, dest_compute, status }) =>
          !before.has(evacuation) && dest_compute === dies && status !== 'done',
      ),
    );
    await cloud.lab.computes.kill(dies);
    const detail = await untilEnded(stack.api, uuid, 250_000);
    expect(detail.notification.status).toBe('failed');
    expect(roundsOf(detail)).toBe(1);
    const moves = await movesOf(stack.api, uuid);
    expect([...moves.keys()].sort()).toEqual([...all].sort());
    const servers = new Map((await cloud.servers(all)).map(server => [server.id, server]));
    for (const [id, move] of moves) {
      const host = servers.get(id)?.['OS-EXT-SRV-ATTR:host'];
      if (move.status === 'succeeded') expect([id, move.destHost]).toEqual([id, host]);
      else
        expect([id, move.status, move.message]).toEqual([id, 'failed', expect.stringMatching(/evacuation/)]);
    }
    expect(new Set([...moves.values()].map(({ status }) => status))).toEqual(
      new Set(['succeeded', 'failed']),
    );
  }, 500_000);
});

/** The hosts, the one with the most servers first. */
async function byServers(): Promise<[string, string]> {
  const counts = await Promise.all(
    fakeHosts.map(async host => ({ host, count: (await ground.cloud.serversOn(host)).length })),
  );
  const [most, next] = counts.sort((a, b) => b.count - a.count);
  return [most?.host ?? '', next?.host ?? ''];
}

/** The failed host's recovery, from its death to its end: right ends, right books, none moved twice. */
async function expectEvacuated(
  host: string,
  expected: { to: readonly string[]; killWorker?: boolean },
): Promise<NotificationDetail> {
  tellOnFailure(ground);
  const { cloud, stack } = ground;
  const was = new Map((await cloud.servers(ids)).map(server => [server.id, server.status]));
  const all = await cloud.serversOn(host); // A lab that was up already may have others there.
  expect(all).toEqual(expect.arrayContaining(ids));
  const before = (await cloud.evacuationsFrom(host)).length;
  await cloud.lab.computes.kill(host);
  const startedMs = performance.now();
  const uuid = await fileHost(stack.api, host, 'STOPPED');
  if (expected.killWorker) {
    await eventually('some are on their way', 60_000, async () => {
      return (await cloud.evacuationsFrom(host)).length - before >= 3;
    });
    const holder = (await stack.api.v2.notifications.get({ params: { uuid } })).body.journal.at(-1)?.worker;
    const victim = stack.workers.find(({ label }) => holder?.startsWith(`${label}-`));
    if (!victim) throw new Error(`no worker is ${holder}`);
    await victim.kill();
    victim.start();
  }
  const detail = await untilEnded(stack.api, uuid, 240_000);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.error(`${all.length} evacuated from ${host} in ${seconds} s`);
  expect(endOf(detail)).toBe(`finished: ${all.length} evacuated`);
  expect(roundsOf(detail)).toBe(1);
  expect((await cloud.evacuationsFrom(host)).length - before, 'none was evacuated twice').toBe(all.length);
  const moves = await movesOf(stack.api, uuid);
  const servers = await cloud.servers(ids);
  expect(servers.map(({ status }) => status)).toEqual(
    ids.map(id => asItWas[was.get(id) ?? ''] ?? was.get(id)),
  );
  expect(servers.map(({ locked }) => locked)).toEqual(ids.map((_, index) => index === 1));
  expect(servers.map(({ id }) => [moves.get(id)?.status, moves.get(id)?.destHost])).toEqual(
    servers.map(server => ['succeeded', server['OS-EXT-SRV-ATTR:host']]),
  );
  expect(new Set(servers.map(server => server['OS-EXT-SRV-ATTR:host']))).toEqual(new Set(expected.to));
  return detail;
}

/** A paused guest's memory is gone with its host: it stays off. One that Nova calls failed, and that ran, runs again. */
const asItWas: Readonly<Record<string, string>> = { PAUSED: 'SHUTOFF', ERROR: 'ACTIVE' };

async function expectReturned(host: string): Promise<void> {
  const { cloud, stack } = ground;
  const back = await fileHost(stack.api, host, 'STARTED');
  await cloud.lab.computes.start(host);
  const { notification } = await untilEnded(stack.api, back, 180_000);
  expect(notification.message).toBe('it is back: enabled, and no longer on maintenance');
  expect(await segment.host(host)).toMatchObject({ onMaintenance: false });
  await eventually(`${host} is up`, 30_000, async () => {
    const { state, status, forced_down } = await cloud.service(host);
    return state === 'up' && status === 'enabled' && !forced_down;
  });
}
