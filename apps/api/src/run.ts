import { lookup } from 'node:dns/promises';
import type { AddressInfo } from 'node:net';
import type { Config } from '@instance-ha/config';
import type { Logger } from '@instance-ha/ports';
import { createSdNotify, StopStack, systemClock } from '@instance-ha/runtime';
import { reloadOf } from '@instance-ha/runtime/service';
import type { Telemetry } from '@instance-ha/telemetry';
import { openKeyFile } from '@instance-ha/vault';
import type { FastifyInstance } from 'fastify';
import { loadAccessPolicy } from './auth/access-policy.ts';
import { openIdentity } from './auth/open-identity.ts';
import { ensureTokens, firstTokens } from './auth/token-files.ts';
import { consoleFolder, readConsole } from './console/console-files.ts';
import type { ApiContext } from './context.ts';
import { openDatabase } from './database.ts';
import { monitorWatch } from './housekeeping/monitor-watch.ts';
import { retention } from './housekeeping/retention.ts';
import { runPeriodically } from './housekeeping/run-periodically.ts';
import { serviceWatch } from './housekeeping/service-watch.ts';
import { trendKeeping } from './housekeeping/trend-keeping.ts';
import { createServer } from './http/create-server.ts';
import { ActionWaits } from './live/action-waits.ts';
import { ChangeHub } from './live/change-hub.ts';
import { eventStreams } from './native/events.ts';
import { RolloutDriver } from './rollout/driver.ts';
import { WantedWatch } from './rollout/wanted-watch.ts';
import { ServiceStatus } from './service-status.ts';

/** The seams a test replaces. */
const realWorld = { openDatabase, openIdentity, clock: systemClock };
export type World = typeof realWorld;

export type RunOptions = {
  config: Config;
  telemetry: Telemetry;
  signal: AbortSignal;
  version: string;
  /** Where the built console lies; by default, in its package. */
  consolePath?: string | undefined;
  /** `process.env`, for the credentials of the cloud. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** systemd's NOTIFY_SOCKET, when it started us. */
  notifySocket?: string | undefined;
  /** Gets the function that takes a new configuration. */
  onReload?: (reload: (config: Config) => Promise<void>) => void;
  /** Told once the service answers; `origin` is `http://ADDRESS:PORT`. */
  onListening?: (service: { origin: string }) => void;
  world?: Partial<World>;
};

const dayMs = 86_400_000;
const retentionPeriodMs = 3_600_000;
/** A monitor that misses three reports in a row is silent. */
const missedReports = 3;
const watchPeriodMs = 5000;
const trendPeriodMs = 30_000; // Two looks a minute, of which the first counts: none is left out.
const rolloutPeriodMs = 2000;

/** Wires the API, serves until `signal` aborts, then stops in reverse order of starting. */
export async function run(options: RunOptions): Promise<0 | 1> {
  const { config, telemetry, signal, version } = options;
  const { openDatabase, openIdentity, clock } = { ...realWorld, ...options.world };
  const { log, metrics } = telemetry;
  const deadlineMs = config.general.shutdownTimeoutMs;
  const stop = new StopStack({ deadlineMs, log, clock });
  const systemd = createSdNotify({
    socket: options.notifySocket,
    everyMs: watchPeriodMs,
    log,
    nowMs: () => clock.monotonicMs(),
  });
  try {
    const { policy, warnings } = await loadAccessPolicy(config.api.policyFile);
    for (const warning of warnings) log.warn({ warning }, 'the policy file has a rule that nothing asks');
    const { stores, lost } = await openDatabase({ config, clock, log, stop, signal });
    await ensureTokens(firstTokens(config.general.host), {
      folder: config.api.tokensPath,
      tokens: stores.tokens,
      log,
    });

    const ended = new AbortController();
    stop.add('loops', () => ended.abort());
    const hub = await ChangeHub.open({ feed: stores.changes, clock, log, signal: ended.signal });
    let { reportIntervalMs } = config.monitor;
    const monitorSilentAfterMs = () => missedReports * reportIntervalMs;
    const identity = await openIdentity({
      config,
      environment: options.environment ?? {},
      tokens: stores.tokens,
      clock,
      log,
      metrics,
      stop,
      signal: ended.signal,
    });
    const context: ApiContext = {
      stores,
      hub,
      actionWaits: new ActionWaits({ hub, clock }),
      clock,
      log,
      metrics,
      policy,
      keys: await openKeyFile(config.api.keyFile, { log }),
      isComputeHost: identity.isComputeHost,
      maxPage: config.api.maxPage,
      monitorSilentAfterMs,
    };
    const status = new ServiceStatus({ stores, clock });
    const streams = eventStreams(context);
    const driver = new RolloutDriver({ operations: stores.operations, log });
    const wantedWatch = new WantedWatch(hub);
    const server = await createServer({
      context,
      streams,
      rollout: { driver, watch: wantedWatch },
      status,
      version,
      identity,
      console: await openConsole(options.consolePath ?? consoleFolder(), log),
      sessionTimeoutMs: config.api.sessionTimeoutMs,
      authFailureLimit: config.api.authFailureLimit,
      render: () => telemetry.render(),
      bodyLimitBytes: config.api.bodyLimitBytes,
      rateLimitPerMinute: config.api.rateLimit,
    });
    const drain = async (): Promise<void> => {
      status.stopping();
      streams.end();
      context.actionWaits.end();
      wantedWatch.end();
      await closeServer(server, deadlineMs * drainShare);
    };
    stop.add('http service', drain);

    const loop = { clock, log, signal: ended.signal };
    const watch = monitorWatch({
      ...context,
      monitors: stores.monitors,
      silentAfterMs: monitorSilentAfterMs,
    });
    const serviceTurn = serviceWatch({ ...context, stores });
    const purge = retention({
      ...loop,
      stores,
      metrics,
      retentionDays: Math.max(1, Math.round(config.database.retentionMs / dayMs)),
    });
    void runPeriodically({
      ...loop,
      name: 'monitor-watch',
      periodMs: watchPeriodMs,
      work: watch,
      turned: () => {
        status.turned('monitorWatch', watchPeriodMs);
        systemd.alive();
      },
    });
    void runPeriodically({
      ...loop,
      name: 'trends',
      periodMs: trendPeriodMs,
      work: trendKeeping({
        clock,
        monitors: stores.monitors,
        trends: stores.trends,
        silentAfterMs: monitorSilentAfterMs,
      }),
      turned: () => status.turned('trends', trendPeriodMs),
    });
    void runPeriodically({
      ...loop,
      name: 'service-watch',
      periodMs: watchPeriodMs,
      work: serviceTurn,
      turned: () => status.turned('serviceWatch', watchPeriodMs),
    });
    void runPeriodically({
      ...loop,
      name: 'operations',
      periodMs: rolloutPeriodMs,
      work: () => driver.turn(),
      turned: () => status.turned('operations', rolloutPeriodMs),
    });
    void runPeriodically({
      ...loop,
      name: 'retention',
      periodMs: retentionPeriodMs,
      work: async () => void (await purge()),
      turned: () => status.turned('retention', retentionPeriodMs),
    });

    const origin = await listen(server, config, log);
    const about = () => `serving on ${origin}`;
    const take = (next: Config): void => {
      ({ reportIntervalMs } = next.monitor);
      telemetry.setLevel(next.log.level);
    };
    options.onReload?.(reloadOf({ service: 'api', config, take, status: about, log, systemd }));
    systemd.ready(about());
    stop.add('systemd', () => systemd.stopping());
    options.onListening?.({ origin });
    await Promise.race([untilAborted(signal), lost]);
    return 0;
  } catch (error) {
    if (signal.aborted) return 0;
    log.fatal({ error }, 'the API was stopped by an error');
    return 1;
  } finally {
    await stop.unwind();
    log.info({}, 'the API stopped');
  }
}

/** Of the time a stop may take, what requests under way may use to end. */
const drainShare = 0.7;

async function openConsole(folder: string, log: Logger) {
  const found = await readConsole(folder);
  if (!found) log.warn({ folder }, 'the console was not built: / says so, and all else is served');
  return found;
}

async function listen(server: FastifyInstance, config: Config, log: Logger): Promise<string> {
  const { listen: host, port, allowPlainHttp } = config.api;
  const found = await lookup(host);
  if (!allowPlainHttp && !isLoopback(found.address))
    throw new Error(
      `expected [api] listen to be loopback, found ${host} (${found.address}): tokens would travel in clear; set [api] allow_plain_http = True to have it so`,
    );
  await server.listen({ host: found.address, port, backlog: 1024 });
  const address = server.server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  const origin = `http://${name}:${address.port}`;
  log.info({ origin }, 'the API serves');
  if (!isLoopback(address.address))
    log.warn(
      { origin },
      'tokens travel in clear over plain HTTP on a network, as [api] allow_plain_http has it',
    );
  return origin;
}

const isLoopback = (address: string): boolean => address === '::1' || /^(::ffff:)?127\./.test(address);

/** Takes no new connection, lets requests under way end, and cuts what is left at the deadline. */
async function closeServer(server: FastifyInstance, deadlineMs: number): Promise<void> {
  const cut = setTimeout(() => server.server.closeAllConnections(), deadlineMs);
  try {
    await server.close();
  } finally {
    clearTimeout(cut);
  }
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
