import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '@instance-ha/config';
import { createLibvirtProbe } from '@instance-ha/libvirt-probe';
import { connectLibvirt } from '@instance-ha/libvirt-rpc';
import { runPatrol } from '@instance-ha/patrol';
import type { FiledNotification } from '@instance-ha/ports';
import { createSdNotify, lockProcess, Spool, StopStack, systemClock } from '@instance-ha/runtime';
import { beginsAnew, type Follow, reloadOf } from '@instance-ha/runtime/service';
import type { Telemetry } from '@instance-ha/telemetry';
import { openOutlet } from './outlet.ts';
import { patrolPolicy } from './policy.ts';
import { processesOf } from './processes.ts';
import { recordFile } from './record-file.ts';

/** The seams a test replaces. */
const realWorld = {
  connectLibvirt,
  clock: systemClock,
  random: Math.random,
};

export type RunOptions = {
  config: Config;
  telemetry: Telemetry;
  signal: AbortSignal;
  version: string;
  /** `process.env`, for the credentials of the cloud. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** systemd's NOTIFY_SOCKET, when it started us. */
  notifySocket?: string | undefined;
  /** Gets the function that takes a new configuration. */
  onReload?: (reload: (config: Config) => Promise<void>) => void;
  /** Follows what the API wants this monitor to run. */
  follow?: Follow | undefined;
  world?: Partial<typeof realWorld>;
};

/** Wires the monitor, patrols until `signal` aborts, then stops in reverse order of starting. */
export async function run(options: RunOptions): Promise<0 | 1> {
  const { telemetry, signal, version } = options;
  const { connectLibvirt, clock, random } = { ...realWorld, ...options.world };
  const { log, metrics } = telemetry;
  let { config } = options;
  let policy = patrolPolicy(config);
  const stop = new StopStack({ deadlineMs: config.general.shutdownTimeoutMs, log, clock });
  try {
    const folder = join(config.general.statePath, 'monitor');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    stop.add('state lock', await lockProcess(join(folder, 'lock')));

    const spool = await Spool.open<FiledNotification>({
      file: join(folder, 'spool'),
      entryLimit: config.monitor.spoolMax,
      onDamage: damage => log.error(damage, 'a damaged line of the spool was put aside'),
    });
    stop.add('spool', () => spool.close());

    let progressAtMs = clock.monotonicMs();
    const health = () => {
      const sinceMs = clock.monotonicMs() - progressAtMs;
      return {
        healthy: sinceMs < stuckAfterMs,
        detail: { host: config.general.host, sinceProgressMs: Math.round(sinceMs), spoolDepth: spool.depth },
      };
    };
    if (config.monitor.metricsPort > 0) {
      const server = await telemetry.serve({
        host: config.monitor.listen,
        port: config.monitor.metricsPort,
        health,
      });
      stop.add('metrics listener', () => server.close());
    }

    const { connectionUri, keepaliveIntervalMs, keepaliveCount } = config.libvirt;
    const probe = createLibvirtProbe({
      connect: (_purpose, { signal }) =>
        connectLibvirt({
          uri: connectionUri,
          signal,
          keepalive: { intervalMs: keepaliveIntervalMs, count: keepaliveCount },
        }),
      clock,
      random,
      log: log.child({ part: 'libvirt-probe' }),
      metrics,
      maxPingsInFlight: config.monitor.maxPingsInFlight,
    });
    stop.add('libvirt probe', () => probe.close());

    const outlet = await openOutlet({
      version,
      config: () => config,
      environment: options.environment ?? {},
      clock,
      log,
      metrics,
    });
    stop.add('outlet', () => outlet.close());
    const systemd = createSdNotify({
      socket: options.notifySocket,
      everyMs: 5000,
      log,
      nowMs: () => clock.monotonicMs(),
    });

    const status = () => `watching the guests of ${config.general.host}`;
    const interval = metrics.gauge({
      name: 'vmha_check_interval_seconds',
      help: 'Seconds between instance heartbeat polls, as the configuration that runs has it.',
    });
    interval.set(config.monitor.checkIntervalMs / 1000);
    const take = (next: Config): void => {
      config = next;
      interval.set(next.monitor.checkIntervalMs / 1000);
      policy = patrolPolicy(next);
      telemetry.setLevel(next.log.level);
    };
    options.onReload?.(reloadOf({ service: 'monitor', config, take, status, log, systemd }));

    log.info(
      {
        host: config.general.host,
        libvirt: connectionUri,
        sink: config.monitor.sink,
        api: outlet.to,
        spoolDepth: spool.depth,
      },
      'monitor starts',
    );
    systemd.ready(status());
    // To systemd a service that begins anew has never stopped: READY=1 follows from another queue, and nothing may overtake it.
    stop.add('systemd', () => {
      if (!beginsAnew(signal)) systemd.stopping();
    });
    const following = new AbortController();
    const followed = outlet.configuration
      ? options.follow?.({
          source: outlet.configuration,
          clock,
          random,
          log: log.child({ part: 'configuration' }),
          metrics,
          signal: AbortSignal.any([signal, following.signal]),
        })
      : undefined;
    stop.add('configuration', () => {
      following.abort();
      return followed;
    });
    await runPatrol({
      host: config.general.host,
      session: randomUUID(),
      version,
      probe,
      sink: outlet.sink,
      reporter: outlet.reporter,
      recordings: outlet.recordings,
      telling: outlet.telling,
      spool,
      record: recordFile(join(folder, 'guests.json'), log),
      processes: processesOf({
        config: () => config,
        folder,
        source: outlet.actions,
        log,
      }),
      policy: () => policy,
      deliveryBackoff: { firstMs: 250, maxMs: 5000 },
      onProgress: () => {
        progressAtMs = clock.monotonicMs();
        systemd.alive();
      },
      clock,
      random,
      log: log.child({ part: 'patrol' }),
      metrics,
      signal,
    });
    return 0;
  } catch (error) {
    log.fatal({ error }, 'monitor stopped by an error');
    return 1;
  } finally {
    await stop.unwind();
    log.info({ host: config.general.host }, 'monitor stopped');
  }
}

/** A control loop that has not turned for so long is stuck. */
const stuckAfterMs = 30_000;
