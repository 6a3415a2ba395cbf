import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTelemetry } from './telemetry.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telemetry-'));
  file = join(folder, 'logs', 'log');
});
afterEach(() => rm(folder, { recursive: true }));

const make = (format: 'json' | 'pretty' = 'json') =>
  createTelemetry({ service: 'monitor', level: 'info', format, file, version: '1.2.3' });

describe('a log line', () => {
  it('is one JSON object with level, time, service, fields and sentence', async () => {
    make().log.child({ part: 'patrol' }).info({ guest: 'a' }, 'guest changed');
    const [line] = (await readFile(file, 'utf8')).split('\n');
    expect(JSON.parse(line ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/Z$/),
      service: 'monitor',
      part: 'patrol',
      guest: 'a',
      msg: 'guest changed',
    });
  });

  it.each(['json', 'pretty'] as const)('never holds a secret, up to two levels deep (%s)', async format => {
    const secret = 'hunter2-do-not-print';
    make(format).log.warn(
      {
        token: secret,
        request: { headers: { authorization: secret, 'x-auth-token': secret } },
        user: { password: secret },
        database: { connection: secret },
      },
      'hello',
    );
    const text = await readFile(file, 'utf8');
    expect(text).toContain('hello');
    expect(text).not.toContain(secret);
  });

  it('tells an error with its cause', async () => {
    make().log.error({ error: new Error('outer', { cause: new Error('inner') }) }, 'failed');
    const text = await readFile(file, 'utf8');
    expect(text).toContain('outer');
    expect(text).toContain('inner');
  });

  it('is written from the level that was set last, also by those that were made before', async () => {
    const telemetry = make();
    const { log } = telemetry;
    const child = log.child({ part: 'patrol' });
    telemetry.setLevel('debug');
    child.debug({}, 'debug counts now');
    telemetry.setLevel('silent');
    child.fatal({}, 'nothing counts');
    telemetry.setLevel('error');
    child.warn({}, 'too mild');
    child.error({}, 'grave enough');
    const text = await readFile(file, 'utf8');
    expect(text.match(/"msg":"[^"]+"/g)).toEqual(['"msg":"debug counts now"', '"msg":"grave enough"']);
  });

  it('below the level is not written', async () => {
    const { log } = make();
    log.debug({}, 'quiet');
    log.info({}, 'loud');
    expect(await readFile(file, 'utf8')).not.toContain('quiet');
  });
});

describe('metrics', () => {
  it('exist with zero for every combination of labels from the start', async () => {
    const telemetry = make();
    telemetry.metrics.counter({
      name: 'vmha_test_total',
      help: 'A test.',
      labels: { result: ['ok', 'failed'], kind: ['a', 'b'] },
    });
    telemetry.metrics.histogram({
      name: 'vmha_test_seconds',
      help: 'A test.',
      buckets: [1],
      labels: { result: ['ok'] },
    });
    const { body } = await telemetry.render();
    expect(body.match(/^vmha_test_total\{.*\} 0$/gm)).toHaveLength(4);
    expect(body).toContain('vmha_test_seconds_count{result="ok"} 0');
    expect(body).toContain('vmha_build_info{service="monitor",version="1.2.3"} 1');
  });

  it('are the same when asked for twice', async () => {
    const telemetry = make();
    const { metrics } = telemetry;
    metrics.counter({ name: 'vmha_test_total', help: 'A test.' }).add(1);
    metrics.counter({ name: 'vmha_test_total', help: 'A test.' }).add(2);
    expect((await telemetry.render()).body).toContain('\nvmha_test_total 3\n');
  });
});

describe('the metrics listener', () => {
  it('serves metrics and health, and nothing else', async () => {
    let healthy = true;
    const server = await make().serve({
      host: '127.0.0.1',
      port: 0,
      health: () => ({ healthy, detail: { round: 3 } }),
    });
    const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${server.port}${path}`, init);
    expect(await (await get('/metrics')).text()).toContain('vmha_build_info');
    expect(await (await get('/healthz')).json()).toEqual({ healthy: true, round: 3 });
    healthy = false;
    expect((await get('/healthz')).status).toBe(503);
    expect((await get('/etc/passwd')).status).toBe(404);
    expect((await get('/metrics', { method: 'POST' })).status).toBe(405);
    await server.close();
  });

  it('says when its port is taken', async () => {
    const server = await make().serve({
      host: '127.0.0.1',
      port: 0,
      health: () => ({ healthy: true, detail: {} }),
    });
    await expect(
      make().serve({ host: '127.0.0.1', port: server.port, health: () => ({ healthy: true, detail: {} }) }),
    ).rejects.toThrow('EADDRINUSE');
    await server.close();
  });
});
