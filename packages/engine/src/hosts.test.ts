import { describe, expect, it, vi } from 'vitest';
import { deadHost, dyingAt, fileDeath, handsOn, movesOf, source } from '../testing/dead-host.ts';

vi.setConfig({ testTimeout: 60_000 });

describe('a host that died', () => {
  it('is evacuated: every instance once, the moves tell it, and the host is kept out', async () => {
    const { world, hosts } = await deadHost(20);
    const filed = await fileDeath(world);
    world.start(handsOn(world, hosts));
    const tookMs = await world.untilEnded();
    const { status, message } = await world.get(filed);
    expect(`${status}: ${message}`).toBe('finished: 20 evacuated');
    expect([...hosts.instances.values()].filter(({ host }) => host === source)).toEqual([]);
    expect(hosts.evacuations).toHaveLength(20);
    expect(await movesOf(world, filed.uuid)).toEqual(Array.from({ length: 20 }, () => 'succeeded'));
    expect((await world.stores.hosts.byName(source))?.onMaintenance).toBe(true);
    expect(hosts.hosts.get(source)).toMatchObject({ enabled: false, forcedDown: true });
    // 20 of them, 4 to 8 at a time, 3 s each.
    expect(tookMs).toBeLessThan(15_000);
    await world.close();
  });

  it('leaves a journal whose length follows what happened, not how often was looked', async () => {
    const { world, hosts } = await deadHost(4);
    world.policy.host = { ...world.policy.host, pollMs: 100 };
    const filed = await fileDeath(world);
    world.start(handsOn(world, hosts));
    await world.untilEnded();
    expect((await world.get(filed)).facts.length).toBeLessThan(20);
    await world.close();
  });

  it('takes a reserved host and says so in the books', async () => {
    const { world, hosts } = await deadHost(2, { reserved: true });
    const filed = await fileDeath(world);
    world.start(handsOn(world, hosts));
    await world.untilEnded();
    expect((await world.get(filed)).status).toBe('finished');
    expect(new Set([...hosts.instances.values()].map(({ host }) => host))).toEqual(new Set(['compute-3']));
    expect((await world.stores.hosts.byName('compute-3'))?.reserved).toBe(false);
    await world.close();
  });

  it('does not keep the next evacuations waiting for the power of those that have arrived', async () => {
    const { world, hosts } = await deadHost(8);
    hosts.next('restore', { takesMs: 5000 });
    await fileDeath(world);
    world.start(handsOn(world, hosts));
    const tookMs = await world.untilEnded();
    // 3 s for the first four; then the power of one takes 5 s, and the others arrive meanwhile.
    expect(tookMs).toBeLessThan(9000);
    await world.close();
  });

  it.each([
    ['gives a reserved host back that nothing could go to', 'nobody', { reserved: true, enabled: false }],
    ['leaves one in service that somebody else put to use', 'compute-3', { reserved: false, enabled: true }],
  ])('%s', async (_name, inhabited, expected) => {
    const { world, hosts } = await deadHost(1, { reserved: true });
    const [instance] = [...hosts.instances.values()];
    if (!instance) throw new Error('there is one');
    hosts.nextEvacuation(instance.instanceUuid, { ends: 'failed' });
    hosts.instances.set('other', { ...instance, instanceUuid: 'other', host: inhabited });
    const filed = await fileDeath(world);
    world.start(handsOn(world, hosts));
    await world.untilEnded();
    expect((await world.get(filed)).status).toBe('failed');
    expect((await world.stores.hosts.byName('compute-3'))?.reserved).toBe(expected.reserved);
    expect(hosts.hosts.get('compute-3')?.enabled).toBe(expected.enabled);
    await world.close();
  });

  it('waits for a cloud that is away, and loses nothing', async () => {
    const { world, hosts } = await deadHost(3);
    const away = Array.from({ length: 4 }, () => ({ does: 'fail' as const }));
    hosts.next('act', ...away);
    hosts.next('instancesOf', ...away);
    hosts.next('evacuationsFrom', ...away);
    hosts.next('evacuate', ...away);
    const filed = await fileDeath(world);
    world.start(handsOn(world, hosts));
    await world.untilEnded();
    expect((await world.get(filed)).message).toBe('3 evacuated');
    expect(hosts.evacuations).toHaveLength(3);
    await world.close();
  });

  it('is taken back when it is reported as started', async () => {
    const { world, hosts } = await deadHost(2);
    world.start(handsOn(world, hosts));
    await fileDeath(world);
    await world.untilEnded();
    const back = await fileDeath(world, 'STARTED');
    await world.clock.advance(8000);
    hosts.restartHost(source);
    await world.untilEnded();
    expect((await world.get(back)).message).toBe('it is back: enabled, and no longer on maintenance');
    expect((await world.stores.hosts.byName(source))?.onMaintenance).toBe(false);
    expect(hosts.hosts.get(source)).toMatchObject({ enabled: true, forcedDown: false });
    await world.close();
  });

  it('is left alone by a worker without hands on hosts, which says why', async () => {
    const { world } = await deadHost(1);
    world.policy.host = { ...world.policy.host, hasControl: false };
    const filed = await fileDeath(world);
    world.start();
    await world.untilEnded();
    expect((await world.get(filed)).status).toBe('ignored');
    await world.close();
  });
});

describe('a worker that dies in the middle of an evacuation', () => {
  it.each(Array.from({ length: 40 }, (_, index) => [index + 1]))(
    'at its call %i of the cloud: another goes on, and none is evacuated twice',
    async atCall => {
      const { world, hosts } = await deadHost(6);
      const filed = await fileDeath(world);
      const dies = dyingAt(hosts, atCall);
      const first = world.start({ ...handsOn(world, dies.hosts), workerName: 'mortal' });
      dies.onDeath(() => first.stop.abort(new Error('killed')));
      await world.clock.advance(500);
      world.start(handsOn(world, hosts));
      await world.untilEnded();
      expect((await world.get(filed)).message).toBe('6 evacuated');
      expect(hosts.evacuations).toHaveLength(6);
      expect(await movesOf(world, filed.uuid)).toEqual(Array.from({ length: 6 }, () => 'succeeded'));
      await world.close();
    },
  );
});
