import { type ScriptedHosts, scriptedHosts } from '@instance-ha/ports/fakes';
import { describe, expect, it, vi } from 'vitest';
import { TestWorld } from '../testing/world.ts';
import type { EngineOptions } from './index.ts';

vi.setConfig({ testTimeout: 60_000 });

const by = { initiator: { id: null, name: 'admin', project: null }, requestId: 'req-1' };
const source = 'compute-1';

/** A segment of three hosts, the first of which has died with so many instances. */
async function cloud(instances: number, options: { reserved?: boolean } = {}) {
  const world = new TestWorld();
  world.policy.host = { ...world.policy.host, hasControl: true };
  const hosts = scriptedHosts({ clock: world.clock, evacuateMs: 3000 });
  const { segments, hosts: books } = world.stores;
  const made = await segments.create(
    {
      name: 'rack',
      description: null,
      serviceType: 'compute',
      recoveryMethod: options.reserved ? 'reserved_host' : 'auto',
      enabled: true,
    },
    by,
  );
  if (!made.ok) throw new Error(made.why);
  for (const [index, name] of [source, 'compute-2', 'compute-3'].entries()) {
    hosts.hosts.set(name, { alive: name !== source, enabled: true, disabledReason: null, forcedDown: false });
    await books.create(
      {
        uuid: `00000000-0000-4000-8000-00000000000${index + 1}`,
        name,
        segmentUuid: made.record.uuid,
        type: 'COMPUTE',
        reserved: options.reserved === true && name === 'compute-3',
        onMaintenance: false,
        sealedControlAttributes: '',
      },
      by,
    );
  }
  for (let n = 1; n <= instances; n += 1) {
    const instanceUuid = `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;
    hosts.instances.set(instanceUuid, {
      instanceUuid,
      name: `vm-${n}`,
      vmState: 'active',
      taskState: null,
      running: true,
      locked: false,
      lockedReason: null,
      metadata: {},
      host: source,
    });
  }
  return { world, hosts };
}

const handsOn = (world: TestWorld, hosts: ScriptedHosts): Partial<EngineOptions> => ({
  hosts: { control: hosts, stores: world.stores, failureWindowMs: () => 300_000 },
});

async function fileDeath(world: TestWorld, event: 'STOPPED' | 'STARTED' = 'STOPPED') {
  const at = new Date(world.clock.wallMs()).toISOString();
  const payload = {
    type: 'COMPUTE_HOST' as const,
    event,
    hostStatus: 'NORMAL' as const,
    clusterStatus: null,
  };
  const told = { incidentKey: `host/${source}/${event}/${at}`, host: source, faultAt: at, detectedAt: at };
  const { record } = await world.stores.notifications.file(
    { ...told, evidence: null, payload },
    { name: 'monitor' },
  );
  return record;
}

const movesOf = async (world: TestWorld, notificationUuid: string) =>
  (await world.stores.vmoves.list({ notificationUuid }, { limit: 100 })).map(({ status }) => status);

describe('a host that died', () => {
  it('is evacuated: every instance once, the moves tell it, and the host is kept out', async () => {
    const { world, hosts } = await cloud(20);
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
    const { world, hosts } = await cloud(4);
    world.policy.host = { ...world.policy.host, pollMs: 100 };
    const filed = await fileDeath(world);
    world.start(handsOn(world, hosts));
    await world.untilEnded();
    expect((await world.get(filed)).facts.length).toBeLessThan(20);
    await world.close();
  });

  it('takes a reserved host and says so in the books', async () => {
    const { world, hosts } = await cloud(2, { reserved: true });
    const filed = await fileDeath(world);
    world.start(handsOn(world, hosts));
    await world.untilEnded();
    expect((await world.get(filed)).status).toBe('finished');
    expect(new Set([...hosts.instances.values()].map(({ host }) => host))).toEqual(new Set(['compute-3']));
    expect((await world.stores.hosts.byName('compute-3'))?.reserved).toBe(false);
    await world.close();
  });

  it('does not keep the next evacuations waiting for the power of those that have arrived', async () => {
    const { world, hosts } = await cloud(8);
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
    const { world, hosts } = await cloud(1, { reserved: true });
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
    const { world, hosts } = await cloud(3);
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
    const { world, hosts } = await cloud(2);
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
    const { world } = await cloud(1);
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
      const { world, hosts } = await cloud(6);
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

/** The same hands, which work and never answer again from their Nth call on. */
function dyingAt(hosts: ScriptedHosts, atCall: number) {
  let calls = 0;
  let died = () => {};
  const guarded = new Proxy(hosts, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function' || key === 'close') return member;
      return async (...told: unknown[]) => {
        calls += 1;
        if (calls > atCall) return new Promise(() => {});
        const answer: unknown = await Reflect.apply(member, target, told);
        if (calls < atCall) return answer;
        died();
        return new Promise(() => {});
      };
    },
  });
  const onDeath = (then: () => void): void => {
    died = then;
  };
  return { hosts: guarded, onDeath };
}
