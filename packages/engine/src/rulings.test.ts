import type { RulingKind } from '@instance-ha/notification';
import { settle } from '@instance-ha/ports/fakes';
import { describe, expect, it, vi } from 'vitest';
import { deadHost, dyingAt, fileDeath, handsOn, movesOf, source } from '../testing/dead-host.ts';
import { mortal } from '../testing/mortal.ts';
import { TestWorld, uuidOf } from '../testing/world.ts';

vi.setConfig({ testTimeout: 120_000 });

const ada = { initiator: { id: null, name: 'ada', project: null }, requestId: 'req-1', reason: 'by hand' };

async function rule(world: TestWorld, { uuid }: { uuid: string }, ruling: RulingKind): Promise<void> {
  const answer = await world.stores.rulings.rule(uuid, ruling, ada);
  if (!answer.ok) throw new Error(`${ruling}: ${answer.why}`);
}

const told = async (world: TestWorld, filed: { uuid: string }): Promise<string> => {
  const found = await world.stores.notifications.get(filed.uuid);
  return `${found?.status}: ${found?.message}`;
};

const auditOf = async (world: TestWorld, { uuid: requestId }: { uuid: string }): Promise<string[]> =>
  (await world.stores.audit.list({ requestId }, { limit: 100 }))
    .reverse()
    .filter(({ action }) => action !== 'update')
    .map(({ action, outcome, target }) => `${action} ${target.type} ${outcome}`);

describe('a host that is held with others', () => {
  const failTogether = async ({ isDeaf = false } = {}) => {
    const { world, hosts } = await deadHost(3, { dead: [source, 'compute-2'] });
    if (isDeaf) vi.spyOn(world.stores.changes, 'subscribe').mockRejectedValue(new Error('away'));
    world.start(handsOn(world, hosts));
    const filed = await fileDeath(world);
    const other = await fileDeath(world, 'STOPPED', 'compute-2');
    await world.clock.advance(2000);
    return { world, hosts, filed, other };
  };

  it('says why and since when, and goes on at once when an operator approves', async () => {
    const { world, hosts, filed, other } = await failTogether();
    const why = '2 of 3 hosts of segment rack fail at once: held until an operator approves or rejects it';
    const held = (await world.stores.rulings.of(other.uuid))?.held;
    expect(held?.why).toBe(why);
    expect(await told(world, other)).toBe(`running: ${why}`);
    await world.clock.advance(400_000);
    expect((await world.stores.rulings.of(other.uuid))?.held).toEqual(held);
    await rule(world, other, 'approve');
    await world.clock.advance(500);
    expect(hosts.evacuations.some(({ sourceHost }) => sourceHost === 'compute-2')).toBe(true);
    await world.clock.advance(15_000);
    expect(await told(world, other)).toBe('finished: 3 evacuated');
    expect(await told(world, filed)).toBe(`running: ${why}`);
    expect(hosts.evacuations.every(({ sourceHost }) => sourceHost === 'compute-2')).toBe(true);
    expect((await auditOf(world, other)).slice(0, 3)).toEqual([
      'hold notification success',
      'begin notification success',
      'put-out-of-service host success',
    ]);
    await world.close();
  });

  it('ends at once when an operator rejects it, untouched', async () => {
    const { world, hosts, other } = await failTogether();
    await rule(world, other, 'reject');
    await world.clock.advance(500);
    expect(await told(world, other)).toBe('ignored: rejected by ada: by hand');
    expect(hosts.evacuations.some(({ sourceHost }) => sourceHost === 'compute-2')).toBe(false);
    expect(await auditOf(world, other)).toEqual(['hold notification success', 'end notification success']);
    await world.close();
  });

  it('is let go when it is reported as started', async () => {
    const { world, other } = await failTogether();
    await fileDeath(world, 'STARTED', 'compute-2');
    await world.clock.advance(500);
    expect(await told(world, other)).toBe('ignored: it was reported as started since');
    await world.close();
  });

  it('is heard by the worker that was told of nothing, a little later', async () => {
    const { world, other } = await failTogether({ isDeaf: true });
    await rule(world, other, 'abort');
    await world.clock.advance(31_000);
    expect(await told(world, other)).toBe('ignored: aborted by ada: by hand');
    await world.close();
  });
});

describe('hosts beyond max_hosts_at_once', () => {
  it('wait for their turn, and say for which hosts', async () => {
    const { world, hosts } = await deadHost(4, { dead: [source, 'compute-2'] });
    world.policy.host = { ...world.policy.host, failureRatio: 1, maxHostsAtOnce: 1 };
    world.start(handsOn(world, hosts));
    world.start(handsOn(world, hosts));
    const filed = await fileDeath(world);
    const other = await fileDeath(world, 'STOPPED', 'compute-2');
    await world.clock.advance(1000);
    const [waits, evacuated] = (await told(world, other)).includes('turn')
      ? [other, source]
      : [filed, 'compute-2'];
    expect(await told(world, waits)).toBe(
      `running: waiting for its turn (max_hosts_at_once): ${evacuated} evacuated before it`,
    );
    await world.untilEnded();
    const order = hosts.evacuations.map(({ sourceHost }) => sourceHost).reverse();
    expect(order).toEqual([...order].sort((a, b) => Number(b === evacuated) - Number(a === evacuated)));
    expect([...hosts.instances.values()].filter(({ host }) => host !== 'compute-3')).toEqual([]);
    await world.close();
  });
});

describe('an evacuation that is aborted', () => {
  const begin = async () => {
    const { world, hosts } = await deadHost(6);
    world.policy.host = { ...world.policy.host, concurrencyFirst: 2, concurrencyMax: 2 };
    const filed = await fileDeath(world);
    return { world, hosts, filed };
  };
  const check = async ({ world, hosts, filed }: Awaited<ReturnType<typeof begin>>): Promise<void> => {
    expect(hosts.evacuations.filter(({ progress }) => progress === 'running')).toEqual([]);
    const evacuated = hosts.evacuations.map(({ instanceUuid }) => instanceUuid);
    expect(new Set(evacuated).size).toBe(evacuated.length);
    const moves = await movesOf(world, filed.uuid);
    expect(moves.filter(status => status === 'succeeded')).toHaveLength(evacuated.length);
    expect(moves.filter(status => status === 'failed')).toHaveLength(moves.length - evacuated.length);
  };

  it('follows the two that were accepted, and tells the truth of all six', async () => {
    const all = await begin();
    all.world.start(handsOn(all.world, all.hosts));
    await all.world.clock.advance(1000);
    await rule(all.world, all.filed, 'abort');
    await all.world.untilEnded();
    expect(await told(all.world, all.filed)).toBe(
      'failed: aborted by ada: by hand; 2 evacuated, 4 left where they are; the host stays out of service',
    );
    expect(all.hosts.evacuations).toHaveLength(2);
    await check(all);
    await rule(all.world, all.filed, 'retry');
    await all.world.untilEnded();
    expect(await told(all.world, all.filed)).toBe('finished: 6 evacuated');
    expect(all.hosts.evacuations).toHaveLength(6);
    await check(all);
    await all.world.close();
  });

  it.each(Array.from({ length: 24 }, (_, index) => [index + 1]))(
    'survives a worker that dies at its call %i of the cloud',
    async atCall => {
      const all = await begin();
      const { world, hosts, filed } = all;
      const dies = dyingAt(hosts, atCall);
      const first = world.start({ ...handsOn(world, dies.hosts), workerName: 'mortal' });
      dies.onDeath(() => first.stop.abort(new Error('killed')));
      await world.clock.advance(1000);
      await rule(world, filed, 'abort');
      world.start(handsOn(world, hosts));
      await world.untilEnded();
      expect(await told(world, filed)).toContain('aborted by ada');
      expect(hosts.evacuations.length).toBeLessThanOrEqual(2);
      await check(all);
      await world.close();
    },
  );
});

describe('the recovery of an instance that is aborted in its stop', () => {
  it.each(['before', 'after'] as const)(
    'is never left off, though the worker dies %s any of its calls',
    async when => {
      const diedIn = new Set<string>();
      for (let atCall = 1; ; atCall += 1) {
        const world = new TestWorld();
        const first = mortal(world, { atCall, when });
        const record = await world.crash(1, { fault: 'heartbeat-lost' }, 'running');
        world.start(first);
        await settle();
        await world.clock.advance(50);
        await rule(world, record, 'abort');
        world.start();
        await world.untilEnded();
        const diedAtMs = first.diedAtMs();
        const { status, facts } = await world.get(record);
        const changes = world.control.changes(uuidOf(1));
        const where = `${first.calls[atCall - 1]} ${facts.join(', ')}`;
        expect(world.control.instances.get(uuidOf(1))?.state, where).toBe('running');
        expect([[], ['stop', 'start']], where).toContainEqual(changes);
        expect(facts.at(-1), where).toBe(
          `${changes.length === 0 && status === 'ignored' ? 'ignored' : 'failed'} by aborted`,
        );
        const endedAtMs = world.clock.monotonicMs();
        await world.close();
        if (diedAtMs === undefined || diedAtMs >= endedAtMs) break;
        diedIn.add(first.calls[atCall - 1] ?? '');
      }
      for (const call of ['control.act', 'recoveries.append', 'recoveries.end', 'rulings.of'])
        expect(diedIn).toContain(call);
    },
  );
});

describe('a recovery that is aborted while it waits to hear its guest', () => {
  it('ends at once, and says that it was not waited for', async () => {
    const world = new TestWorld();
    world.mute.set(uuidOf(1), 9);
    const record = await world.crash();
    world.start();
    await world.clock.advance(8000);
    await rule(world, record, 'abort');
    await world.clock.advance(200);
    expect(await told(world, record)).toBe('failed: aborted by ada: by hand; restarted, and not waited for');
    await rule(world, record, 'retry');
    await world.clock.advance(200);
    await world.hear();
    await world.untilEnded();
    expect((await world.get(record)).status).toBe('finished');
    expect(world.control.changes(uuidOf(1))).toEqual(['start']);
    await world.close();
  });
});

describe('one that is tried again', () => {
  it('leaves a host alone that is up', async () => {
    const { world, hosts } = await deadHost(2);
    for (const instanceUuid of hosts.instances.keys())
      hosts.nextEvacuation(instanceUuid, { ends: 'failed' }, { ends: 'failed' });
    world.start(handsOn(world, hosts));
    const filed = await fileDeath(world);
    await world.untilEnded();
    expect((await told(world, filed)).startsWith('failed: 0 evacuated, 2 could not be')).toBe(true);
    Object.assign(hosts.hosts.get(source) ?? {}, { alive: true, enabled: true, forcedDown: false });
    await rule(world, filed, 'retry');
    await world.untilEnded();
    expect(await told(world, filed)).toContain('ignored: it is not evacuated, because it is up');
    expect(hosts.evacuations).toHaveLength(4);
    await world.close();
  });
});

describe('the audit of a recovery', () => {
  it('tells of an instance that it began to act, each act, and how it ended; no look and no poll', async () => {
    const world = new TestWorld();
    const record = await world.crash(1, { fault: 'heartbeat-lost' }, 'running');
    world.start();
    await world.untilEnded();
    expect(await auditOf(world, record)).toEqual([
      'begin notification success',
      'stop instance success',
      'start instance success',
      'end notification success',
    ]);
    const [line] = await world.stores.audit.list({ action: 'end' }, { limit: 1 });
    expect(line).toMatchObject({
      initiator: { name: 'worker-1' },
      target: { id: record.uuid, name: 'vm-1' },
      reason: expect.stringContaining('finished by verified'),
    });
    await world.close();
  });

  it('is bounded, and its end is told all the same', async () => {
    const { world, hosts } = await deadHost(250);
    world.policy.host = { ...world.policy.host, concurrencyFirst: 1, concurrencyMax: 1 };
    const filed = await fileDeath(world);
    world.start(handsOn(world, hosts));
    await world.untilEnded(3_000_000);
    const lines = await world.stores.audit.list({ requestId: filed.uuid }, { limit: 1000 });
    expect(lines.length).toBeLessThanOrEqual(205);
    expect(lines[0]).toMatchObject({ action: 'end', reason: 'finished by evacuated: 250 evacuated' });
    await world.close();
  });
});
