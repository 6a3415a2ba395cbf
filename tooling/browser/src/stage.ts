import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@instance-ha/api';
import { Secret } from '@instance-ha/config';
import { testConfig } from '@instance-ha/config/testing';
import { type ApiClient, createApiClient } from '@instance-ha/contracts/client';
import type { Logger, Stores } from '@instance-ha/ports';
import { connectStores } from '@instance-ha/postgres';
import { startEmbedded } from '@instance-ha/postgres/embedded';
import { systemClock } from '@instance-ha/runtime';
import { createTelemetry } from '@instance-ha/telemetry';
import pg from 'pg';

/** The real service on a real PostgreSQL, both of our own, with the console as it was built. */
export type Stage = AsyncDisposable & {
  readonly origin: string;
  /** As a worker writes: past the API. */
  stores: Stores;
  token(name: 'admin' | 'reader'): string;
  client(name?: 'admin' | 'reader'): ApiClient;
  /** One statement on the database, for what no door of ours does. */
  sql(text: string, values?: unknown[]): Promise<void>;
  /** Ends the API as SIGTERM does; `start` begins it again at the same address. */
  stopApi(): Promise<void>;
  startApi(): Promise<void>;
  logged(): string;
};

export async function openStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'iha-browser-'));
  chmodSync(folder, 0o755); // PostgreSQL is another user when we are root.
  const ended = new AbortController();
  const logFile = join(folder, 'log');
  const telemetry = createTelemetry({
    service: 'api',
    level: 'info',
    format: 'json',
    version: '0',
    file: logFile,
  });
  const log: Logger = telemetry.log;
  const clock = systemClock;
  const postgres = await startEmbedded({
    dir: join(folder, 'postgres'),
    log,
    clock,
    signal: ended.signal,
    noSync: true,
  });
  postgres.watch.catch(() => {});
  const stores = await connectStores({ connection: postgres.connection, log, clock, signal: ended.signal });
  const token = (name: string): string =>
    readFileSync(join(folder, 'tokens', `${name}.token`), 'utf8').trim();
  let port = 0;
  let origin = '';
  let running: { stop: AbortController; code: Promise<number> } | undefined;

  const startApi = async (): Promise<void> => {
    const stop = new AbortController();
    const { promise: listening, resolve, reject } = Promise.withResolvers<{ origin: string }>();
    const config = testConfig({
      general: { statePath: folder, shutdownTimeoutMs: 3000 },
      api: { port, tokensPath: join(folder, 'tokens'), keyFile: join(folder, 'keys'), rateLimit: 0 },
      database: { connection: new Secret(postgres.url) },
    });
    // Its own registry of metrics: a second start is a second process.
    const own = createTelemetry({
      service: 'api',
      level: 'info',
      format: 'json',
      version: '0',
      file: logFile,
    });
    const code = run({ config, telemetry: own, signal: stop.signal, version: '1.2.3', onListening: resolve });
    void code.then(ended =>
      reject(new Error(`the API ended with ${ended}:\n${readFileSync(logFile, 'utf8')}`)),
    );
    running = { stop, code };
    ({ origin } = await listening);
    port = Number(new URL(origin).port);
  };
  const stopApi = async (): Promise<void> => {
    running?.stop.abort();
    await running?.code;
    running = undefined;
  };
  await startApi();
  return {
    get origin() {
      return origin;
    },
    stores,
    token,
    client: (name = 'admin') =>
      createApiClient({ baseUrl: origin, token: () => token(name), timeoutMs: 15_000 }),
    async sql(text, values = []) {
      const client = new pg.Client(postgres.connection);
      await client.connect();
      try {
        await client.query(text, values);
      } finally {
        await client.end();
      }
    },
    startApi,
    stopApi,
    logged: () => readFileSync(logFile, 'utf8'),
    async [Symbol.asyncDispose]() {
      await stopApi();
      await stores.close();
      await postgres.stop();
      ended.abort();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
