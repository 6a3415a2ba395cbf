import { randomBytes } from 'node:crypto';
import type { Config } from '@instance-ha/config';
import { runEngine } from '@instance-ha/engine';
import { connectLibvirt } from '@instance-ha/libvirt-rpc';
import { createSdNotify, StopStack, systemClock } from '@instance-ha/runtime';
import { beginsAnew, createStoreSource, type Follow, reloadOf } from '@instance-ha/runtime/service';
import type { Telemetry } from '@instance-ha/telemetry';
import { createControl } from './control.ts';
import { openDatabase } from './database.ts';
import { monitorSilentAfterMs, recoveryPolicy } from './policy.ts';
import { announcePresence } from './presence.ts';

/** The seams a test replaces. */
const realWorld = { openDatabase, createControl, connectLibvirt, clock: systemClock };
export type World = typeof realWorld;

export type RunOptions = {
  config: Config;
  telemetry: Telemetry;
  signal: AbortSignal;
  version: string;
  /** systemd's NOTIFY_SOCKET, when it started us. */
  notifySocket?: string | undefined;
  /** OpenStack's `OS_*` variables, for what `[openstack]` leaves open. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Gets the function that takes a new configuration. */
  onReload?: (reload: (config: Config) => Promise<void>) => void;
  /** Follows what is wanted of this worker. */
  follow?: Follow | undefined;
  /** Told once the worker looks for work; `metricsPort` is 0 where none is served. */
  onStarted?: (service: { metricsPort: number; workerName: string }) => void;
  world?: Partial<World>;
};

/** A claiming loop that has not turned for so long is stuck. */
const stuckAfterMs = 30_000;
/** Of the time a stop may take, what restarts that were begun may use to end. */
const drainShare = 0.7;

/** Wires the worker, recovers until `signal` aborts, then stops in reverse order of starting. */
export async function run(options: RunOptions): Promise<0 | 1> {
  const { telemetry, signal, version } = options;
  const { openDatabase, createControl, connectLibvirt, clock } = { ...realWorld, ...options.world };
  const { log, metrics } = telemetry;
  let { config } = options;
  let policy = recoveryPolicy(config);
  const { shutdownTimeoutMs } = config.general;
  const workerName = `${config.general.host}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const stop = new StopStack({ deadlineMs: shutdownTimeoutMs, log, clock });
  const systemd = createSdNotify({
    socket: options.notifySocket,
    everyMs: 5000,
    log,
    nowMs: () => clock.monotonicMs(),
  });
  try {
    const progress = { atMs: clock.monotonicMs(), database: 'connecting', held: 0 };
    const metricsPort = await serveMetrics({ config, telemetry, stop, health: () => healthOf(progress) });
    function healthOf({ atMs, database, held }: typeof progress) {
      const sinceMs = Math.round(clock.monotonicMs() - atMs);
      // While the database is connected the first time nothing turns: that has its own bound.
      const healthy = database === 'connecting' || sinceMs < stuckAfterMs;
      return { healthy, detail: { worker: workerName, database, held, sinceProgressMs: sinceMs } };
    }

    const status = () => `recovering in mode ${policy.mode}`;
    const take = (next: Config): void => {
      config = next;
      policy = recoveryPolicy(next);
      telemetry.setLevel(next.log.level);
    };
    options.onReload?.(reloadOf({ service: 'worker', config, take, status, log, systemd }));

    const { stores, lost } = await openDatabase({ config, clock, log, stop, signal });
    Object.assign(progress, { atMs: clock.monotonicMs(), database: 'opened' });
    const control = createControl({
      config,
      connectLibvirt,
      environment: options.environment ?? {},
      clock,
      log: log.child({ part: 'control' }),
      metrics,
    });
    stop.add('control', () => control.close());

    const { driver, concurrency, leaseMs, pollIntervalMs: pollMs } = config.worker;
    log.info(
      {
        worker: workerName,
        version,
        driver,
        mode: policy.mode,
        method: policy.method,
        recovers: driver === 'nova' && !policy.processAllInstances ? `marked ${policy.haEnabledKey}` : 'all',
      },
      'worker starts',
    );
    systemd.ready(status());
    // To systemd a service that begins anew has never stopped: READY=1 follows from another queue, and nothing may overtake it.
    stop.add('systemd', () => {
      if (!beginsAnew(signal)) systemd.stopping();
    });
    options.onStarted?.({ metricsPort, workerName });
    const startedAt = new Date(clock.wallMs()).toISOString();
    const presenceEnded = new AbortController();
    const presence = announcePresence({
      workers: stores.workers,
      presence: () => ({
        name: workerName,
        host: config.general.host,
        version,
        driver,
        mode: policy.mode,
        startedAt,
        held: progress.held,
      }),
      clock,
      log,
      signal: presenceEnded.signal,
    });
    stop.add('presence', async () => {
      presenceEnded.abort();
      await presence;
    });
    const { host } = config.general;
    const member = { service: 'worker', name: `${host}-${process.pid}`, host, version } as const;
    const following = new AbortController();
    const followed = options.follow?.({
      // Its process, whose loops may begin anew under another name of a worker.
      source: createStoreSource({ stores, member, clock }),
      clock,
      random: Math.random,
      log: log.child({ part: 'configuration' }),
      metrics,
      signal: AbortSignal.any([signal, following.signal]),
    });
    stop.add('configuration', async () => {
      following.abort();
      await followed;
      if (followed && !beginsAnew(signal)) await stores.services.left(member).catch(() => {});
    });
    const engineEnded = new AbortController();
    const engine = runEngine({
      workerName,
      stores,
      control: control.instances,
      hosts: control.hosts && {
        control: control.hosts,
        stores,
        failureWindowMs: () => config.hostFailure.failureWindowMs,
      },
      processes: { stores },
      policy: () => policy,
      silentAfterMs: () => monitorSilentAfterMs(config),
      clock,
      log: log.child({ part: 'engine' }),
      metrics,
      signal: AbortSignal.any([signal, engineEnded.signal]),
      concurrency,
      leaseMs,
      pollMs,
      stopDeadlineMs: shutdownTimeoutMs * drainShare,
      onRound: ({ database, held }) => {
        Object.assign(progress, { atMs: clock.monotonicMs(), database, held });
        systemd.alive();
      },
    });
    try {
      await Promise.race([engine, lost]);
    } finally {
      engineEnded.abort(new Error('the worker ends'));
      await engine;
    }
    return 0;
  } catch (error) {
    if (signal.aborted) return 0;
    log.fatal({ error }, 'the worker was stopped by an error');
    return 1;
  } finally {
    await stop.unwind();
    log.info({ worker: workerName }, 'worker stopped');
  }
}

/** Serves metrics and health from before the database is there; answers the port. */
async function serveMetrics(options: {
  config: Config;
  telemetry: Telemetry;
  stop: StopStack;
  health: Parameters<Telemetry['serve']>[0]['health'];
}): Promise<number> {
  const { config, telemetry, stop, health } = options;
  const { listen: host, metricsPort } = config.worker;
  if (metricsPort === 0) return 0;
  const server = await telemetry.serve({ host, port: metricsPort, health });
  stop.add('metrics listener', () => server.close());
  return server.port;
}
