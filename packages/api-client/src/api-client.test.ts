import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FiledNotification, Logger, MonitorReport } from '@instance-ha/ports';
import { afterEach, describe, expect, it } from 'vitest';
import { createApiActions } from './api-actions.ts';
import { createApiRecordings } from './api-recordings.ts';
import { createApiReporter } from './api-reporter.ts';
import { createApiSink } from './api-sink.ts';

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise(resolve => (server ? server.close(resolve) : resolve(undefined)));
});

const lines: string[] = [];
const write = (fields: object, message: string): void => {
  lines.push(JSON.stringify({ ...fields, message }));
};
const log: Logger = {
  trace: write,
  debug: write,
  info: write,
  warn: write,
  error: write,
  fatal: write,
  child: () => log,
};

async function access(listener: RequestListener) {
  server = createServer(listener);
  await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}`, token: 'SECRET', timeoutMs: 200, log };
}

const answering =
  (status: number, body: unknown, type = 'application/json'): RequestListener =>
  (_request, response) =>
    response
      .writeHead(status, { 'content-type': type })
      .end(type === 'application/json' ? JSON.stringify(body) : body);

const notification: FiledNotification = {
  incidentKey: 'host/node1/1',
  host: 'node1',
  faultAt: '2026-01-02T03:04:05.600Z',
  detectedAt: '2026-01-02T03:04:05.678Z',
  payload: { type: 'COMPUTE_HOST', event: 'STOPPED', hostStatus: null, clusterStatus: null },
  evidence: null,
};
const record = {
  ...notification,
  id: 1,
  uuid: 'aaaaaaaa-0000-4000-8000-00000000000a',
  type: 'COMPUTE_HOST',
  status: 'new',
  sourceHostUuid: null,
  failoverSegmentUuid: null,
  instanceUuid: null,
  instanceName: null,
  acceptedAt: notification.detectedAt,
  updatedAt: notification.detectedAt,
  endedAt: null,
  message: null,
  duplicates: 0,
  filedBy: 'monitor-node1',
};
const told = (code: string) => ({ error: { code, message: 'in our own words', requestId: 'req-1' } });
const { signal } = new AbortController();

describe('filing with the API', () => {
  it.each([
    [201, false],
    [200, true],
  ])('answered %i is delivered', async (status, duplicate) => {
    const sink = createApiSink(await access(answering(status, { notification: record })));
    expect(await sink.deliver(notification, { signal })).toEqual({
      delivered: true,
      notificationUuid: record.uuid,
      duplicate,
    });
  });

  it.each<[string, number, unknown, string, 'refused' | 'unavailable']>([
    ['a body that breaks the contract', 400, told('invalid-request'), 'application/json', 'refused'],
    ['a conflict', 409, told('conflict'), 'application/json', 'refused'],
    ['a body too large', 413, told('too-large'), 'application/json', 'refused'],
    ["a proxy's own limit", 413, '<html>', 'text/html', 'refused'],
    ["a proxy's 400", 400, 'The plain HTTP request was sent to HTTPS port', 'text/html', 'unavailable'],
    ['a wrong token', 401, told('unauthenticated'), 'application/json', 'unavailable'],
    ['a token of another host', 403, told('forbidden'), 'application/json', 'unavailable'],
    ['another service', 404, 'nothing here', 'text/plain', 'unavailable'],
    ['too many requests', 429, told('too-many-requests'), 'application/json', 'unavailable'],
    ['a fault of the service', 500, told('internal'), 'application/json', 'unavailable'],
    ['a database that is away', 503, told('unavailable'), 'application/json', 'unavailable'],
    ['an answer of another version', 201, { stored: true }, 'application/json', 'unavailable'],
  ])('answered for %s (%i) tells so', async (_name, status, body, type, kind) => {
    const sink = createApiSink(await access(answering(status, body, type)));
    const delivery = await sink.deliver(notification, { signal });
    expect(delivery).toMatchObject({
      delivered: false,
      kind,
      detail: expect.stringContaining(String(status)),
    });
    expect(JSON.stringify([delivery, lines])).not.toContain('SECRET');
  });

  it('without an answer in time is unavailable', async () => {
    const sink = createApiSink(await access(() => {}));
    expect(await sink.deliver(notification, { signal })).toMatchObject({
      delivered: false,
      kind: 'unavailable',
      detail: expect.stringContaining('no whole answer within 200 ms'),
    });
  });

  it('sends the incident key as idempotency key', async () => {
    let seen: unknown;
    const sink = createApiSink(
      await access((request, response) => {
        seen = request.headers['idempotency-key'];
        answering(201, { notification: record })(request, response);
      }),
    );
    await sink.deliver(notification, { signal });
    expect(seen).toBe('host/node1/1');
  });
});

describe('sending a recording to the API', () => {
  const recording = { fromAt: 1, toAt: 2, heard: 0, guests: [], signals: [], dropped: 0 };

  it.each([
    ['kept', 200, { kept: true }, true],
    ['refused, and not sent again', 400, told('invalid-request'), true],
    ['away, and sent again', 503, told('unavailable'), false],
  ])('that is %s', async (_what, status, body, isOver) => {
    const sink = createApiRecordings(await access(answering(status, body)), { host: 'node1' });
    expect(await sink.keep(recording, { signal })).toBe(isOver);
  });
});

describe('reporting to the API', () => {
  const report: MonitorReport = {
    host: 'node1',
    session: 's',
    sequence: 1,
    version: '1',
    startedAt: '2026-01-02T03:04:05.600Z',
    state: 'watching',
    cause: null,
    mode: 'libvirt',
    checkIntervalMs: 1000,
    gate: { suspect: false, silent: 0, heard: 0 },
    spoolDepth: 0,
    complete: true,
    guests: [],
  };

  it.each([
    [200, { taken: true }, true],
    [200, { taken: false }, false],
    [400, told('invalid-request'), false],
    [503, told('unavailable'), false],
    [200, 'garbage', false],
  ])('answered %i %j resolves', async (status, body, taken) => {
    const reporter = createApiReporter(await access(answering(status, body)));
    expect(await reporter.report(report, { signal })).toBe(taken);
  });

  it('resolves to false when it is stopped', async () => {
    const controller = new AbortController();
    const reporter = createApiReporter(await access(() => controller.abort()));
    expect(await reporter.report(report, { signal: controller.signal })).toBe(false);
  });
});

describe('what is asked of a monitor', () => {
  const uuid = 'aaaaaaaa-0000-4000-8000-00000000000a';
  const action = {
    id: 1,
    uuid,
    host: 'node1',
    kind: 'restart-process',
    processName: 'nova-compute',
    life: null,
    status: 'taken',
    askedAt: '2026-01-02T03:04:05.600Z',
    takenAt: '2026-01-02T03:04:05.700Z',
    endedAt: null,
    doneWithinMs: 90_000,
    detail: null,
    sighting: null,
    leftMs: 89_000,
  };
  const answer = { outcome: 'done', detail: 'x'.repeat(5000), sighting: null } as const;
  const actions = async (listener: RequestListener) =>
    createApiActions(await access(listener), { host: 'node1' });

  it.each<[string, number, unknown, unknown]>([
    ['something to do', 200, { actions: [action] }, [action]],
    ['nothing', 200, { actions: [] }, []],
    ['a token of another host', 403, told('forbidden'), null],
    ['a database that is away', 503, told('unavailable'), null],
    ['an answer of another version', 200, { actions: [{ uuid }] }, null],
  ])('%s is taken as such', async (_name, status, body, taken) => {
    const source = await actions(answering(status, body));
    expect(await source.take({ waitMs: 0, signal })).toEqual(taken);
  });

  it('is waited for longer than other calls may take', async () => {
    const source = await actions((request, response) => {
      setTimeout(() => answering(200, { actions: [action] })(request, response), 300);
    });
    expect(await source.take({ waitMs: 1000, signal })).toEqual([action]);
  });

  it.each<[number, unknown, string]>([
    [200, { taken: true }, 'taken'],
    [200, { taken: false }, 'over'],
    [400, told('invalid-request'), 'over'],
    [403, told('forbidden'), 'unavailable'],
    [503, told('unavailable'), 'unavailable'],
    [200, 'garbage', 'unavailable'],
  ])('is reported, and %i %j tells what became of it', async (status, body, result) => {
    let sent = '';
    const source = await actions((request, response) => {
      request.on('data', chunk => (sent += chunk));
      request.on('end', () => answering(status, body)(request, response));
    });
    expect(await source.report(uuid, answer, { signal })).toBe(result);
    expect(JSON.parse(sent)).toMatchObject({ outcome: 'done', detail: 'x'.repeat(2000) });
  });

  it('ends quietly when it is stopped', async () => {
    const controller = new AbortController();
    const source = await actions(() => controller.abort());
    expect(await source.take({ waitMs: 0, signal: controller.signal })).toBeNull();
  });
});
