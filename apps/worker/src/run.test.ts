import { testConfig } from '@instance-ha/config/testing';
import type { Logger } from '@instance-ha/ports';
import { memoryStores, scriptedControl } from '@instance-ha/ports/fakes';
import { systemClock } from '@instance-ha/runtime';
import { createTelemetry, type Telemetry } from '@instance-ha/telemetry';
import { describe, expect, it } from 'vitest';
import { libvirtOf } from './control.ts';
import { recoveryPolicy } from './policy.ts';
import { type RunOptions, run, type World } from './run.ts';

const instanceUuid = 'aaaaaaaa-0000-4000-8000-000000000001';
const quiet = createTelemetry({ service: 'worker', level: 'silent', format: 'json', version: '1.2.3' });

function world(told: Partial<World> = {}) {
  const clock = systemClock;
  const stores = memoryStores({ clock });
  const control = scriptedControl({ clock, actMs: 5 });
  control.instances.set(instanceUuid, { state: 'stopped', life: 7, byOperator: false });
  const closed: string[] = [];
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {});
  const parts: Partial<World> = {
    clock,
    openDatabase: async ({ stop }) => {
      stop.add('database', () => void closed.push('database'));
      return { stores, lost: lost.promise };
    },
    createControl: () => ({
      instances: control,
      hosts: undefined,
      close: async () => void closed.push('control'),
    }),
    ...told,
  };
  return { stores, control, closed, parts, lose: (error: Error) => lost.reject(error) };
}

const crash = (stores: ReturnType<typeof memoryStores>, sequence = 1) =>
  stores.notifications.file(
    {
      incidentKey: `instance/test-host/${instanceUuid}/b7/${sequence}`,
      host: 'test-host',
      faultAt: '2026-01-01T00:00:00.000Z',
      detectedAt: '2026-01-01T00:00:00.000Z',
      evidence: null,
      payload: {
        type: 'COMPUTE_INSTANCE',
        instanceUuid,
        instanceName: 'vm-1',
        fault: 'qemu-failed',
        handledBy: 'none',
        hadHeartbeat: false,
        boot: 'b7',
        domainId: 7,
        libvirtEvent: null,
      },
    },
    { name: 'monitor' },
  );

async function started(options: Omit<RunOptions, 'signal' | 'version'>) {
  const stop = new AbortController();
  const ready = Promise.withResolvers<{ metricsPort: number; workerName: string }>();
  const done = run({ ...options, signal: stop.signal, version: '1.2.3', onStarted: ready.resolve });
  const service = await ready.promise;
  return { ...service, done, stop: () => stop.abort(new Error('stopped')) };
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let left = 500; left > 0; left--) {
    if (await isTrue()) return;
    await systemClock.sleep(10);
  }
  throw new Error('did not come true within 5 s');
}

describe('a worker', () => {
  it('recovers, proves its progress, and stops in reverse order of starting', async () => {
    const { stores, control, closed, parts } = world();
    const config = testConfig({ worker: { metricsPort: 0 } });
    const telemetry: Telemetry = { ...quiet };
    const { done, stop, workerName } = await started({ config, telemetry, world: parts });
    const { record } = await crash(stores);
    await until(async () => (await stores.notifications.get(record.uuid))?.status === 'finished');
    expect(control.changes(instanceUuid)).toEqual(['start']);
    expect(await stores.workers.list()).toMatchObject([
      { name: workerName, host: 'test-host', version: '1.2.3', driver: 'libvirt', mode: 'act' },
    ]);
    stop();
    expect(await done).toBe(0);
    expect(await stores.workers.list()).toEqual([]);
    expect(closed).toEqual(['control', 'database']);
  });

  it('serves its metrics and its health', async () => {
    const { parts } = world();
    const served: Parameters<Telemetry['serve']>[0][] = [];
    const telemetry: Telemetry = {
      ...quiet,
      serve: options => {
        served.push(options);
        return quiet.serve({ ...options, port: 0 });
      },
    };
    const { done, stop, metricsPort } = await started({ config: testConfig(), telemetry, world: parts });
    expect(served).toMatchObject([{ host: '127.0.0.1', port: 15870 }]);
    await until(async () =>
      (await (await fetch(`http://127.0.0.1:${metricsPort}/healthz`)).text()).includes('answers'),
    );
    const page = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(page).toContain('vmha_recoveries_total{status="finished",rule="verified"} 0');
    stop();
    await done;
    await expect(fetch(`http://127.0.0.1:${metricsPort}/healthz`)).rejects.toThrow();
  });

  it('is unhealthy when its loop has stood still', async () => {
    let nowMs = 0;
    const clock = { ...systemClock, monotonicMs: () => nowMs };
    const { parts, stores } = world();
    let health: Parameters<Telemetry['serve']>[0]['health'] | undefined;
    const telemetry: Telemetry = {
      ...quiet,
      serve: async options => {
        ({ health } = options);
        return { port: 1, close: async () => {} };
      },
    };
    const stuck = { ...stores.recoveries, claim: () => new Promise<never>(() => {}) };
    const openDatabase: World['openDatabase'] = async () => ({
      stores: { ...stores, recoveries: stuck },
      lost: new Promise<never>(() => {}),
    });
    const { stop } = await started({
      config: testConfig(),
      telemetry,
      world: { ...parts, clock, openDatabase },
    });
    expect(health?.()).toMatchObject({ healthy: true });
    nowMs += 31_000;
    expect(health?.()).toMatchObject({ healthy: false, detail: { sinceProgressMs: 31_000 } });
    stop();
  });

  it('takes a new configuration, and names what needs a restart', async () => {
    const { stores, control, parts } = world();
    const lines: [object, string][] = [];
    const levels: string[] = [];
    const log: Logger = { ...quiet.log, child: () => log, warn: (...line) => void lines.push(line) };
    let reload: ((config: ReturnType<typeof testConfig>) => Promise<void>) | undefined;
    const { done, stop } = await started({
      config: testConfig({ worker: { metricsPort: 0 } }),
      telemetry: { ...quiet, log, setLevel: level => void levels.push(level) },
      world: parts,
      onReload: take => {
        reload = take;
      },
    });
    await reload?.(
      testConfig({
        general: { mode: 'observe' },
        log: { level: 'debug' },
        worker: { metricsPort: 0, concurrency: 2 },
        api: { port: 1 }, // Not this service's.
      }),
    );
    expect(levels).toEqual(['debug']);
    expect(lines).toEqual([
      [
        { options: ['worker.concurrency'] },
        'these options changed and need a restart of the worker to take effect',
      ],
    ]);
    const { record } = await crash(stores);
    await until(async () => (await stores.notifications.get(record.uuid))?.status === 'ignored');
    expect(control.changes(instanceUuid)).toEqual([]);
    stop();
    await done;
  });

  it('ends with 1 when its database cannot be opened, or is lost for good', async () => {
    const { parts, lose, closed } = world();
    const config = testConfig({ worker: { metricsPort: 0 } });
    const openDatabase = () => Promise.reject(new Error('password refused'));
    const options = { config, telemetry: quiet, version: '1.2.3', signal: new AbortController().signal };
    expect(await run({ ...options, world: { ...parts, openDatabase } })).toBe(1);
    const { done } = await started({ config, telemetry: quiet, world: parts });
    lose(new Error('the server could not be brought back'));
    expect(await done).toBe(1);
    expect(closed).toEqual(['control', 'database']);
  });
});

describe('the configuration', () => {
  it('tells how instances are recovered', () => {
    expect(recoveryPolicy(testConfig())).toEqual({
      mode: 'act',
      method: 'auto',
      allowEvacuate: false,
      processAllInstances: true,
      haEnabledKey: 'HA_Enabled',
      recoverIgnoringErrorInstances: false,
      budget: { restarts: 3, windowMs: 3_600_000 },
      actTimeoutMs: 60_000,
      heartbeatWaitMs: 120_000,
      nobodyListensMs: 60_000,
      attemptLimit: 3,
      retryMs: 2000,
      expiryMs: 86_400_000,
      host: {
        hasControl: false,
        evacuateAllInstances: true,
        haEnabledKey: 'HA_Enabled',
        ignoreInstancesInErrorState: false,
        failureRatio: 0.5,
        failureWindowMs: 300_000,
        concurrencyFirst: 4,
        concurrencyMax: 8,
        maxHostsAtOnce: 3,
        evacuationTimeoutMs: 300_000,
        pollMs: 200,
        autoReturn: false,
      },
      process: {
        hasControl: false,
        otherProcesses: 'restart',
        restartAttempts: 3,
        restartTimeoutMs: 105_000,
        takeTimeoutMs: 30_000,
        verifyTimeoutMs: 90_000,
        pollMs: 2000,
        budget: { restarts: 3, windowMs: 3_600_000 },
        disableService: true,
      },
    });
  });

  it("tells where each host's libvirtd is", () => {
    const config = testConfig({ libvirt: { hosts: { node2: 'qemu+unix:///system?socket=/run/node2' } } });
    expect(libvirtOf(config, 'node2')).toBe('qemu+unix:///system?socket=/run/node2');
    expect(libvirtOf(config, 'test-host')).toBe('qemu:///system');
    expect(() => libvirtOf(config, 'node3')).toThrow('no libvirtd is known for host node3');
  });
});
