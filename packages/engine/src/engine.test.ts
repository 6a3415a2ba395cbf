import { afterEach, describe, expect, it } from 'vitest';
import { readableLog, readableMetrics, TestWorld, uuidOf } from '../testing/world.ts';

const worlds: TestWorld[] = [];
const world = (...told: ConstructorParameters<typeof TestWorld>): TestWorld => {
  const made = new TestWorld(...told);
  worlds.push(made);
  return made;
};
afterEach(async () => {
  for (const one of worlds.splice(0)) await one.close();
});

describe('a worker', () => {
  it('restarts a guest that crashed and ends when it is heard, within milliseconds of hearing it', async () => {
    const cloud = world();
    const { metrics, values } = readableMetrics();
    const { log, lines } = readableLog();
    cloud.start({ metrics, log, pollMs: 60_000, heartbeatPollMs: 60_000 }); // It must be told, not poll.
    await cloud.clock.advance(1000);
    const record = await cloud.crash();
    const tookMs = await cloud.untilEnded();
    expect(tookMs).toBeLessThanOrEqual(101 + cloud.bootMs + 52);
    expect(await cloud.get(record)).toEqual({
      status: 'finished',
      message: 'restarted, and heard again',
      facts: [
        'begun',
        'looked: stopped',
        'budget',
        'heartbeat: not-yet',
        'start begun',
        'start done',
        'looked: running',
        'heartbeat: heard',
        'finished by verified',
      ],
    });
    expect(cloud.control.changes(uuidOf(1))).toEqual(['start']);
    expect(values.get('vmha_recoveries_total{status="finished",rule="verified"}')).toBe(1);
    expect(values.get('vmha_recovery_acts_total{act="start",outcome="done"}')).toBe(1);
    expect(values.get('vmha_recovery_phase_seconds{phase="heartbeat-back"}')).toBe(1);
    expect(values.get('vmha_recoveries_in_flight{}')).toBe(0);
    const moves = lines.filter(({ message }) => message === 'recovery moved');
    expect(moves.map(({ fields }) => (fields as { to: string }).to)).toEqual([
      'looking',
      'budgeting',
      'listening',
      'acting',
      'looking',
      'listening',
      'ending',
      'ended',
    ]);
    expect(moves[0]?.fields).toMatchObject({ notification: record.uuid, instance: uuidOf(1), host: 'node1' });
  });

  it('finds out by itself, a little later, when nobody tells it of anything', async () => {
    const cloud = world();
    const changes = { ...cloud.stores.changes, subscribe: async () => {} };
    cloud.start({ stores: { ...cloud.stores, changes }, pollMs: 1000, heartbeatPollMs: 1000 });
    await cloud.clock.advance(1500);
    await cloud.crash();
    expect(await cloud.untilEnded()).toBeLessThanOrEqual(500 + 101 + cloud.bootMs + 1000);
  });

  it('escalates once when the guest stays silent, and says so when that does not help', async () => {
    const cloud = world();
    cloud.start();
    cloud.mute.set(uuidOf(1), 2);
    const record = await cloud.crash(1, { fault: 'heartbeat-lost' }, 'running');
    await cloud.untilEnded();
    expect(cloud.control.changes(uuidOf(1))).toEqual(['stop', 'start', 'hard-reboot']);
    expect(await cloud.get(record)).toMatchObject({
      status: 'failed',
      message: 'restarted and then hard rebooted, and it runs, but was not heard within 2 min',
    });
  });

  it('does not touch a guest that is heard before it acts', async () => {
    const cloud = world();
    const record = await cloud.crash(1, { fault: 'heartbeat-lost' }, 'running');
    await cloud.hear();
    cloud.start();
    await cloud.untilEnded();
    expect(cloud.control.changes(uuidOf(1))).toEqual([]);
    expect((await cloud.get(record)).facts.at(-1)).toBe('finished by came-back');
  });

  it('touches nothing in observe mode, and says what it would have done', async () => {
    const cloud = world();
    cloud.policy.mode = 'observe';
    cloud.start();
    const record = await cloud.crash();
    await cloud.untilEnded();
    expect(cloud.control.calls.map(({ call }) => call)).toEqual(['look']);
    expect((await cloud.get(record)).message).toContain('observe mode: would have started it');
  });

  it('ends notifications that have no workflow', async () => {
    const cloud = world();
    cloud.start();
    const { record } = await cloud.stores.notifications.file(
      {
        incidentKey: 'host/node1/1',
        host: 'node1',
        faultAt: '2026-01-01T00:00:00.000Z',
        detectedAt: '2026-01-01T00:00:00.000Z',
        evidence: null,
        payload: { type: 'COMPUTE_HOST', event: 'STOPPED', hostStatus: 'NORMAL', clusterStatus: null },
      },
      { name: 'monitor' },
    );
    await cloud.untilEnded();
    expect((await cloud.get(record)).facts).toEqual(['begun', 'ignored by no-workflow']);
  });

  it('refuses the fourth restart within the hour', async () => {
    const cloud = world();
    cloud.start();
    for (let crash = 0; crash < 3; crash++) {
      await cloud.crash();
      await cloud.untilEnded();
    }
    const fourth = await cloud.crash();
    await cloud.untilEnded();
    expect(cloud.control.changes(uuidOf(1))).toHaveLength(3);
    expect((await cloud.get(fourth)).message).toBe('restarted 3 times within 1 h, the budget is 3');
  });

  it('goes on to the second crash of a guest while it awaits the first', async () => {
    const cloud = world();
    cloud.start();
    cloud.mute.set(uuidOf(1), 1);
    const first = await cloud.crash();
    await cloud.clock.advance(10_000);
    const second = await cloud.crash();
    const tookMs = await cloud.untilEnded();
    expect(tookMs).toBeLessThan(6000);
    expect((await cloud.get(first)).facts.at(-1)).toBe('failed by failed-again');
    expect((await cloud.get(second)).facts.at(-1)).toBe('finished by verified');
    expect(cloud.control.changes(uuidOf(1))).toEqual(['start', 'start']);
  });

  it('believes a guest that was heard after a later incident', async () => {
    const cloud = world();
    cloud.mute.set(uuidOf(1), 99);
    const first = await cloud.crash(1, { fault: 'watchdog-reset', handledBy: 'qemu' }, 'running');
    await cloud.clock.advance(100);
    cloud.control.instances.set(uuidOf(1), { state: 'running', life: 8, byOperator: false });
    await cloud.crash(1, { fault: 'heartbeat-lost' }, 'running');
    await cloud.clock.advance(100);
    await cloud.hear();
    cloud.start();
    await cloud.untilEnded();
    expect((await cloud.get(first)).facts.at(-1)).toBe('finished by another-life');
    expect(cloud.control.changes(uuidOf(1))).toEqual([]);
  });
});

describe('many recoveries', () => {
  it('act at most so many at once, and those that wait for a heartbeat keep nobody from acting', async () => {
    const cloud = world();
    let acting = 0;
    let most = 0;
    const { control } = cloud;
    const act: typeof control.act = async (...told) => {
      acting += 1;
      most = Math.max(most, acting);
      return control.act(...told).finally(() => {
        acting -= 1;
      });
    };
    for (let number = 1; number <= 12; number++) {
      cloud.mute.set(uuidOf(number), 1);
      await cloud.crash(number);
    }
    cloud.start({ concurrency: 3, control: { ...control, act } });
    await cloud.clock.advance(2000);
    expect(most).toBe(3);
    for (let number = 1; number <= 12; number++) expect(control.changes(uuidOf(number))).toEqual(['start']);
  });

  it('are shared by two workers, and none is done twice', async () => {
    const cloud = world();
    cloud.start({ concurrency: 2 });
    cloud.start({ concurrency: 2 });
    const records = [];
    for (let number = 1; number <= 30; number++) records.push(await cloud.crash(number));
    await cloud.untilEnded();
    for (let number = 1; number <= 30; number++)
      expect(cloud.control.changes(uuidOf(number))).toEqual(['start']);
    const workers = new Set<string>();
    for (const { uuid } of records)
      for (const { worker } of await cloud.stores.notifications.journal(uuid)) workers.add(worker);
    expect([...workers].sort()).toEqual(['worker-1', 'worker-2']);
  });
});

describe('a pause', () => {
  it('that comes while a recovery is held keeps it from acting; it goes on at once when the pause is lifted', async () => {
    const cloud = world({ lookMs: 500 });
    cloud.start();
    const record = await cloud.crash();
    await cloud.clock.advance(100);
    await cloud.stores.pause.set({ reason: 'upgrade', by: 'ada', forMs: 600_000 });
    await cloud.clock.advance(60_000);
    expect(cloud.control.changes(uuidOf(1))).toEqual([]);
    expect(await cloud.get(record)).toMatchObject({
      status: 'running',
      message: 'held: recoveries are paused',
    });
    await cloud.stores.pause.clear({ by: 'ada' });
    expect(await cloud.untilEnded()).toBeLessThan(500 + 500 + 101 + cloud.bootMs + 100);
    expect(cloud.control.changes(uuidOf(1))).toEqual(['start']);
  });

  it('ends by itself at its time', async () => {
    const cloud = world();
    await cloud.stores.pause.set({ reason: 'upgrade', by: 'ada', forMs: 60_000 });
    cloud.start();
    await cloud.crash();
    await cloud.clock.advance(59_000);
    expect(cloud.control.calls).toEqual([]);
    expect(await cloud.untilEnded()).toBeLessThan(1000 + 101 + cloud.bootMs + 100);
  });

  it('does not leave a guest off that we have stopped', async () => {
    const cloud = world({ actMs: 2000 });
    cloud.start();
    const record = await cloud.crash(1, { fault: 'heartbeat-lost' }, 'running');
    await cloud.clock.advance(1000);
    await cloud.stores.pause.set({ reason: 'upgrade', by: 'ada', forMs: 600_000 });
    await cloud.untilEnded();
    expect((await cloud.get(record)).status).toBe('finished');
  });
});
