import type { Clock, MonitorActionStore, ReportedAnswer } from '@instance-ha/ports';
import { type ScriptedHosts, scriptedHosts } from '@instance-ha/ports/fakes';
import { describe, expect, it, vi } from 'vitest';
import { TestWorld } from '../testing/world.ts';
import type { EngineOptions } from './index.ts';

vi.setConfig({ testTimeout: 60_000 });

const host = 'compute-1';
const by = { initiator: { id: null, name: 'admin', project: null }, requestId: 'req-1' };

/** A compute host whose nova-compute has died, its cloud, and its monitor. */
async function cloud(options: { control?: boolean; segment?: { enabled: boolean } } = {}) {
  const { control = true, segment } = options;
  const world = new TestWorld();
  world.policy.process = { ...world.policy.process, hasControl: control };
  const hosts = scriptedHosts({ clock: world.clock });
  hosts.hosts.set(host, { alive: false, enabled: true, disabledReason: null, forcedDown: false });
  if (segment) {
    const made = await world.stores.segments.create(
      { name: 'rack', description: null, serviceType: 'compute', recoveryMethod: 'auto', ...segment },
      by,
    );
    if (!made.ok) throw new Error(made.why);
    await world.stores.hosts.create(
      {
        uuid: '00000000-0000-4000-8000-000000000001',
        name: host,
        segmentUuid: made.record.uuid,
        type: 'COMPUTE',
        reserved: false,
        onMaintenance: false,
        sealedControlAttributes: '',
      },
      by,
    );
  }
  const monitor = new Monitor(world.clock, world.stores.actions, hosts);
  const given: Partial<EngineOptions> = {
    processes: { stores: world.stores },
    ...(control ? { hosts: { control: hosts, stores: world.stores, failureWindowMs: () => 300_000 } } : {}),
  };
  const close = async () => {
    monitor.stop();
    await world.close();
  };
  return { world, hosts, monitor, given, close };
}

/** The monitor of the host: takes what it is asked, and does it to the compute service of the fake cloud. */
class Monitor {
  readonly restarts: number[] = [];
  is: 'well' | 'away' = 'well';
  /** How the next restarts go; `works` when there are no more. */
  readonly next: ('works' | 'fails' | 'in-doubt')[] = [];
  readonly #stop = new AbortController();

  constructor(clock: Clock, actions: MonitorActionStore, hosts: ScriptedHosts) {
    void this.#run(clock, actions, hosts).catch(() => {});
  }

  stop(): void {
    this.#stop.abort(new Error('the test is over'));
  }

  async #run(clock: Clock, actions: MonitorActionStore, hosts: ScriptedHosts): Promise<void> {
    for (;;) {
      await clock.sleep(200, this.#stop.signal);
      if (this.is === 'away') continue;
      for (const action of await actions.take(host)) {
        const isRestart = action.kind === 'restart-process';
        const goes = isRestart ? (this.next.shift() ?? 'works') : 'works';
        if (isRestart) this.restarts.push(clock.monotonicMs());
        const service = hosts.hosts.get(host);
        if (isRestart && goes !== 'fails' && service) service.alive = true;
        const sighting: ReportedAnswer['sighting'] = service?.alive
          ? { seen: 'running', life: `life-${this.restarts.length}`, detail: 'runs as process 7' }
          : { seen: 'absent', wish: 'none', detail: 'no such process' };
        const outcome = goes === 'works' ? 'done' : goes === 'fails' ? 'failed' : 'in-doubt';
        await clock.sleep(isRestart ? 1500 : 10, this.#stop.signal);
        await actions.report(action.uuid, host, { outcome, detail: goes, sighting });
      }
    }
  }
}

let filed = 0;
async function file(
  world: TestWorld,
  event: 'STOPPED' | 'STARTED' = 'STOPPED',
  processName = 'nova-compute',
) {
  filed += 1;
  const at = new Date(world.clock.wallMs()).toISOString();
  const { record } = await world.stores.notifications.file(
    {
      incidentKey: `process/${host}/${processName}/${event}-${filed}`,
      host,
      faultAt: at,
      detectedAt: at,
      evidence: null,
      payload: { type: 'COMPUTE_PROCESS', event, processName },
    },
    { name: 'monitor' },
  );
  return record;
}

describe('a nova-compute that died', () => {
  it('is restarted by its monitor and verified in Nova; the timeline and the books of actions tell it', async () => {
    const { world, monitor, given, close } = await cloud();
    const record = await file(world);
    world.start(given);
    await world.untilEnded();
    const { status, message, facts } = await world.get(record);
    expect(`${status}: ${message}`).toBe('finished: restarted, and runs');
    expect(monitor.restarts).toHaveLength(1);
    expect(facts).toContain('restart-process done');
    // Looks that told nothing new leave no trace.
    expect(facts.length).toBeLessThan(14);
    const actions = await world.stores.actions.list({ host }, { limit: 10 });
    expect(actions.map(one => `${one.kind} ${one.status}`)).toEqual([
      'restart-process done',
      'look-at-process done',
    ]);
    await close();
  });

  it('is disabled when it cannot be restarted, and enabled again when it is reported as started', async () => {
    const { world, hosts, monitor, given, close } = await cloud({ segment: { enabled: true } });
    monitor.next.push('fails', 'fails', 'fails');
    const record = await file(world);
    world.start(given);
    await world.untilEnded();
    expect((await world.get(record)).message).toContain('its compute service is disabled');
    expect(hosts.hosts.get(host)).toEqual({
      alive: false,
      enabled: false,
      disabledReason: `Instance HA: nova-compute is dead (notification ${record.uuid})`,
      forcedDown: false,
    });
    // Its instances run: a failure of the whole host must still be acted on.
    expect((await world.stores.hosts.byName(host))?.onMaintenance).toBe(false);

    Object.assign(hosts.hosts.get(host) ?? {}, { alive: true });
    const back = await file(world, 'STARTED');
    await world.untilEnded();
    expect((await world.get(back)).message).toBe('it is back, and its compute service is enabled again');
    expect(hosts.hosts.get(host)).toMatchObject({ enabled: true, disabledReason: null });
    await close();
  });

  it('waits for its earlier notification, so that a return is never judged before the death', async () => {
    const { world, hosts, monitor, given, close } = await cloud();
    monitor.next.push('fails', 'fails', 'fails');
    const died = await file(world);
    const back = await file(world, 'STARTED');
    world.start(given);
    world.start(given);
    await world.untilEnded();
    expect((await world.get(died)).status).toBe('failed');
    expect((await world.get(back)).status).toBe('finished');
    expect(hosts.hosts.get(host)?.enabled).toBe(true);
    await close();
  });

  it('of a disabled segment is left alone', async () => {
    const { world, monitor, given, close } = await cloud({ segment: { enabled: false } });
    const record = await file(world);
    world.start(given);
    await world.untilEnded();
    expect((await world.get(record)).message).toBe('its segment rack is disabled');
    expect(monitor.restarts).toEqual([]);
    await close();
  });

  it('that dies again and again is given up, by the deaths of this process alone', async () => {
    const { world, hosts, monitor, given, close } = await cloud();
    world.start(given);
    for (let death = 1; death <= 4; death += 1) {
      Object.assign(hosts.hosts.get(host) ?? {}, { alive: false });
      await file(world, 'STOPPED', 'libvirtd');
      await world.untilEnded();
      Object.assign(hosts.hosts.get(host) ?? {}, { alive: false });
      await file(world);
      await world.untilEnded();
    }
    // Three times each; the fourth is left to a person.
    expect(monitor.restarts).toHaveLength(6);
    expect(hosts.hosts.get(host)?.enabled).toBe(false);
    await close();
  });

  it('is restarted without a cloud, too', async () => {
    const { world, monitor, given, close } = await cloud({ control: false });
    const record = await file(world, 'STOPPED', 'virtqemud');
    world.start(given);
    await world.untilEnded();
    expect((await world.get(record)).status).toBe('finished');
    expect(monitor.restarts).toHaveLength(1);
    await close();
  });

  it('whose monitor is away is asked for in vain, then judged by Nova', async () => {
    const { world, hosts, monitor, given, close } = await cloud();
    monitor.is = 'away';
    const record = await file(world);
    world.start(given);
    await world.untilEnded();
    expect((await world.get(record)).message).toContain('its compute service is disabled');
    expect(hosts.hosts.get(host)?.enabled).toBe(false);
    await close();
  });

  it('is held by a pause, and recovered when it is lifted', async () => {
    const { world, monitor, given, close } = await cloud();
    world.start(given);
    const record = await file(world);
    await world.clock.advance(100);
    await world.stores.pause.set({ reason: 'upgrade', by: 'admin', forMs: 60_000 });
    await world.clock.advance(30_000);
    expect(monitor.restarts).toEqual([]);
    await world.untilEnded();
    expect((await world.get(record)).status).toBe('finished');
    expect(monitor.restarts).toHaveLength(1);
    await close();
  });
});

describe('a worker that dies', () => {
  const deaths = Array.from({ length: 14 }, (_, index) => [index + 1]);

  it.each(deaths)('at its call %i: another goes on, and the process is restarted once', async atCall => {
    const { world, hosts, monitor, given, close } = await cloud();
    const record = await file(world);
    const dies = dyingAt(world, hosts, atCall);
    const first = world.start({ ...given, ...dies.given, workerName: 'mortal' });
    dies.onDeath(() => first.stop.abort(new Error('killed')));
    await world.clock.advance(500);
    world.start(given);
    await world.untilEnded();
    expect((await world.get(record)).message).toBe('restarted, and runs');
    expect(monitor.restarts).toHaveLength(1);
    await close();
  });

  it.each(deaths)(
    'at its call %i, when the restarts fail: no more are asked for, and the service is disabled once',
    async atCall => {
      const { world, hosts, monitor, given, close } = await cloud();
      monitor.next.push('fails', 'fails', 'fails', 'fails', 'fails', 'fails');
      const record = await file(world);
      const dies = dyingAt(world, hosts, atCall);
      const first = world.start({ ...given, ...dies.given, workerName: 'mortal' });
      dies.onDeath(() => first.stop.abort(new Error('killed')));
      await world.clock.advance(500);
      world.start(given);
      await world.untilEnded();
      expect((await world.get(record)).status).toBe('failed');
      expect(monitor.restarts).toHaveLength(3);
      expect(hosts.hosts.get(host)?.enabled).toBe(false);
      await close();
    },
  );
});

/** The same books of actions and the same cloud, whose Nth call has its effect and is never answered, nor any after it. */
function dyingAt(world: TestWorld, hosts: ScriptedHosts, atCall: number) {
  let calls = 0;
  let died = () => {};
  const guard = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, key) {
        const member: unknown = Reflect.get(object, key);
        if (typeof member !== 'function' || key === 'close') return member;
        return async (...told: unknown[]) => {
          calls += 1;
          if (calls > atCall) return new Promise(() => {});
          const answer: unknown = await Reflect.apply(member, object, told);
          if (calls < atCall) return answer;
          died();
          return new Promise(() => {});
        };
      },
    });
  const stores = { ...world.stores, actions: guard(world.stores.actions) };
  const given: Partial<EngineOptions> = {
    processes: { stores },
    hosts: { control: guard(hosts), stores: world.stores, failureWindowMs: () => 300_000 },
  };
  const onDeath = (then: () => void): void => {
    died = then;
  };
  return { given, onDeath };
}
