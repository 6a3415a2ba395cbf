import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@instance-ha/config';
import { type ConfigOverrides, testConfig } from '@instance-ha/config/testing';
import { createApiClient } from '@instance-ha/contracts/client';
import { createTelemetry } from '@instance-ha/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { issue } from './issue.ts';
import { run } from './run.ts';
import { crash } from './testing/samples.ts';

let folder: string;
let stopping: (() => Promise<number>)[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'iha-run-'));
  chmodSync(folder, 0o755); // PostgreSQL is another user when we are root.
  stopping = [];
});
afterEach(async () => {
  for (const stop of stopping) await stop();
  rmSync(folder, { recursive: true, force: true });
});

const config = (own: ConfigOverrides = {}) =>
  testConfig({
    general: { statePath: folder },
    api: { port: 0, tokensPath: join(folder, 'tokens'), keyFile: join(folder, 'keys'), ...own.api },
    ...(own.database && { database: own.database }),
  });
const telemetry = () =>
  createTelemetry({ service: 'api', level: 'info', format: 'json', version: '0', file: join(folder, 'log') });
const token = (name: string) => readFileSync(join(folder, 'tokens', `${name}.token`), 'utf8').trim();
const logged = () => readFileSync(join(folder, 'log'), 'utf8');

async function start(own: ConfigOverrides = {}) {
  const ended = new AbortController();
  const { promise, resolve } = Promise.withResolvers<{ origin: string }>();
  const running = run({
    config: config(own),
    telemetry: telemetry(),
    signal: ended.signal,
    version: '1',
    onListening: resolve,
  });
  const stop = (): Promise<number> => {
    ended.abort();
    return running;
  };
  stopping.push(stop);
  const failed = running.then(code => {
    throw new Error(`ended with ${code}: ${logged()}`);
  });
  failed.catch(() => {});
  const { origin } = await Promise.race([promise, failed]);
  return {
    stop,
    client: createApiClient({ baseUrl: origin, token: () => token('admin'), timeoutMs: 15_000 }),
  };
}

/** Neither gone nor a zombie that nobody has waited for yet. */
const isRunning = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

describe('the service with its own PostgreSQL', () => {
  it('starts from nothing, keeps what it was told over a restart, and leaves no process behind', async () => {
    const first = await start();
    const { body } = await first.client.v2.notifications.create({ body: crash() });
    const pid = Number(/"pid":(\d+),"adopted":false/.exec(logged())?.[1]);
    expect(isRunning(pid)).toBe(true);
    expect(await first.stop()).toBe(0);
    expect(isRunning(pid)).toBe(false);

    const second = await start();
    const { uuid } = body.notification;
    const shown = await second.client.v2.notifications.get({ params: { uuid } });
    expect(shown.body.notification.incidentKey).toBe(crash().incidentKey);
    expect(await second.stop()).toBe(0);
  });

  it('takes a token that is issued beside it, for another host and in place of one there is', async () => {
    const service = await start();
    await service.client.v2.whoami();
    const old = token('admin');
    const printed: string[] = [];
    const { signal } = new AbortController();
    const issued = (name: string) =>
      issue({ config: config(), telemetry: telemetry(), signal, name, print: text => printed.push(text) });
    expect(await issued('monitor-node7')).toBe(0);
    expect(await issued('admin')).toBe(0);
    expect(await issued('root')).toBe(64);
    expect(printed[0]).toContain(join(folder, 'tokens', 'monitor-node7.token'));
    expect(printed.join()).not.toContain(token('monitor-node7'));
    expect(token('admin')).not.toBe(old);
    expect((await service.client.v2.whoami()).body.name).toBe('admin');
    const monitor = await service.client.v2.notifications.create({ body: crash({ host: 'node7' }) });
    expect(monitor.status).toBe(201);
    expect(logged()).not.toContain(token('admin'));
    expect(await service.stop()).toBe(0);
  });
});

describe('the service with a PostgreSQL that is not there', () => {
  it('ends with 1 and says why without the password', async () => {
    const connection = new Secret('postgresql://user:hunter2@127.0.0.1:1/instance_ha');
    const ended = new AbortController();
    const running = run({
      config: config({ database: { connection } }),
      telemetry: telemetry(),
      signal: ended.signal,
      version: '1',
      world: {
        clock: {
          monotonicMs: () => performance.now() * 100, // A minute passes in less than one second.
          wallMs: () => Date.now(),
          sleep: async () => {},
        },
      },
    });
    expect(await running).toBe(1);
    expect(logged()).toContain('the API was stopped by an error');
    expect(logged()).not.toContain('hunter2');
  });
});
