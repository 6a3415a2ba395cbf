import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '@instance-ha/config';
import { type ConfigOverrides, testConfig } from '@instance-ha/config/testing';
import { type ApiClient, createApiClient } from '@instance-ha/contracts/client';
import type { Clock, Stores } from '@instance-ha/ports';
import { memoryStores } from '@instance-ha/ports/fakes';
import { systemClock } from '@instance-ha/runtime';
import { createTelemetry, type Telemetry } from '@instance-ha/telemetry';
import { ensureTokens, monitorToken, tokenFile } from '../auth/token-files.ts';
import { run } from '../run.ts';

/** A service in this process, on a free port of loopback. */
export type TestApi = {
  origin: string;
  stores: Stores;
  folder: string;
  telemetry: Telemetry;
  /** The token of this name from its file. */
  token(name: string): string;
  /** A client with the token of this name; of the admin by default. */
  client(name?: string): ApiClient;
  /** Takes another configuration, as SIGHUP does. */
  reload(config: ConfigOverrides): Promise<void>;
  /** Everything it has logged. */
  logged(): string;
  /** Stops it as SIGTERM does. Answers the exit code. */
  stop(): Promise<number>;
};

export type TestApiOptions = {
  /** In memory when absent; then they are closed with the service. */
  stores?: Stores;
  clock?: Clock;
  config?: ConfigOverrides;
  /** Of the process, for the credentials of the cloud. */
  environment?: Record<string, string>;
  /** Keeps tokens over a restart: removed by the caller. */
  folder?: string;
};

/** The host whose monitor has a token from the first start; `other-host` has one too. */
export const testHost = 'test-host';

export async function startApi(options: TestApiOptions = {}): Promise<TestApi> {
  const { clock = systemClock } = options;
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'iha-api-'));
  const stores = options.stores ?? memoryStores({ clock });
  const logFile = join(folder, 'log');
  const configOf = (own: ConfigOverrides = {}) =>
    testConfig({
      ...own,
      general: { statePath: folder, shutdownTimeoutMs: 3000, ...own.general },
      api: {
        port: 0,
        tokensPath: join(folder, 'tokens'),
        keyFile: join(folder, 'keys'),
        rateLimit: 0,
        ...own.api,
      },
    });
  const config = configOf(options.config);
  const telemetry = createTelemetry({
    service: 'api',
    level: 'debug',
    format: 'json',
    file: logFile,
    version: '0.0.0',
  });
  await ensureTokens([monitorToken('other-host')], {
    folder: config.api.tokensPath,
    tokens: stores.tokens,
    log: telemetry.log,
  });
  const ended = new AbortController();
  const { promise: listening, resolve } = Promise.withResolvers<{ origin: string }>();
  let take: ((config: Config) => Promise<void>) | undefined;
  const running = run({
    config,
    telemetry,
    signal: ended.signal,
    version: '1.2.3',
    environment: options.environment ?? {},
    onReload: reload => {
      take = reload;
    },
    onListening: resolve,
    world: {
      clock,
      openDatabase: async ({ stop }) => {
        if (!options.stores) stop.add('stores', () => stores.close());
        return { stores, lost: new Promise<never>(() => {}) };
      },
    },
  });
  const logged = (): string => readFileSync(logFile, 'utf8');
  const failed = running.then(code => {
    throw new Error(`the API ended with ${code} before it served:\n${logged()}`);
  });
  failed.catch(() => {}); // Once it serves, its end is nobody's failure.
  const { origin } = await Promise.race([listening, failed]);
  const token = (name: string): string => readFileSync(tokenFile(config.api.tokensPath, name), 'utf8').trim();
  return {
    origin,
    stores,
    folder,
    telemetry,
    token,
    logged,
    reload: async own => take?.(configOf(own)),
    client: (name = 'admin') =>
      createApiClient({ baseUrl: origin, token: () => token(name), timeoutMs: 15_000 }),
    stop: async () => {
      ended.abort();
      const code = await running;
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}
