import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiSink } from '@instance-ha/api-client';
import type { FiledNotification } from '@instance-ha/contracts';
import type { Stores } from '@instance-ha/ports';
import { notificationSinkConformance } from '@instance-ha/ports/conformance';
import { connectStores } from '@instance-ha/postgres';
import { elapse, type FreshDatabase, freshDatabase } from '@instance-ha/postgres/testing';
import { systemClock } from '@instance-ha/runtime';
import { createLogger, createTelemetry } from '@instance-ha/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { monitorWatch } from './housekeeping/monitor-watch.ts';
import { configurationStories } from './testing/configuration-stories.ts';
import { inventoryStories } from './testing/inventory-stories.ts';
import { follow, stories } from './testing/native-stories.ts';
import { crash, guest, report } from './testing/samples.ts';
import { startApi, type TestApi, testHost } from './testing/start-api.ts';

const log = createLogger({ service: 'test', level: 'silent', format: 'json' });

let database: FreshDatabase;
let folder: string;
let stops: (() => unknown)[];

beforeEach(async () => {
  database = await freshDatabase();
  folder = mkdtempSync(join(tmpdir(), 'iha-api-pg-'));
  stops = [];
});
afterEach(async () => {
  for (const stop of stops.reverse()) await stop();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const connect = async (): Promise<Stores> => {
  const ended = new AbortController();
  const stores = await connectStores({
    connection: database.connection,
    log,
    clock: systemClock,
    signal: ended.signal,
    poolSize: 5,
  });
  stops.push(() => stores.close());
  return stores;
};

/** Another process on the same database and the same tokens, as far as one process can be two. */
async function serve(port = 0): Promise<TestApi> {
  const api = await startApi({ stores: await connect(), folder, config: { api: { port } } });
  let running: Promise<number> | undefined;
  const stop = () => (running ??= api.stop());
  stops.push(stop);
  return { ...api, stop };
}

describe('the API on PostgreSQL', () => {
  it.each(
    [...stories, ...inventoryStories, ...configurationStories].map(({ name, tell }) => [name, tell] as const),
  )('%s', async (_name, tell) => {
    await tell(await serve());
  });

  it('keeps a report with text that no database takes, with marks in its place', async () => {
    const api = await serve();
    const params = { host: testHost };
    const body = report({ state: 'blind', cause: 'a\0b\ud800', guests: [guest({ why: 'c\0d' })] });
    expect((await api.client().v2.monitors.report({ params, body })).body.taken).toBe(true);
    const { monitor } = (await api.client().v2.monitors.get({ params })).body;
    expect(monitor.cause).toBe('a\u{fffd}b\u{fffd}');
    expect((await api.client().v2.guests.list()).body.guests[0]?.why).toBe('c\u{fffd}d');
  });

  it('finds nothing, and breaks nothing, by a name that means something to SQL', async () => {
    const api = await serve();
    const { v2 } = api.client();
    await v2.notifications.create({ body: crash() });
    for (const instance of ['%', '_', "web-1' or '1'='1", '\\', '"', ';--', '$1'])
      expect((await v2.notifications.list({ query: { instance } })).body.notifications).toEqual([]);
  });

  it('turns stable pages while four writers file', async () => {
    const api = await serve();
    const { v2 } = api.client();
    for (let at = 0; at < 200; at += 1) await v2.notifications.create({ body: crash({ key: `old-${at}` }) });
    let writing = true;
    let written = 0;
    const writers = Array.from({ length: 4 }, async (_one, writer) => {
      while (writing) {
        await v2.notifications.create({ body: crash({ key: `new-${writer}-${written++}` }) });
      }
    });
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const { body } = await v2.notifications.list({ query: { limit: 7, ...(cursor && { cursor }) } });
      seen.push(...body.notifications.map(({ incidentKey }) => incidentKey));
      cursor = body.nextCursor;
    } while (cursor !== null);
    writing = false;
    await Promise.all(writers);
    expect(written).toBeGreaterThan(10);
    const old = seen.filter(key => key.startsWith('old-'));
    expect(old).toEqual(Array.from({ length: 200 }, (_one, at) => `old-${199 - at}`));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('answers 503 while the database is away and goes on when it is back', async () => {
    const api = await serve();
    const { v2, service } = api.client();
    await v2.whoami();
    await api.stores.close();
    await expect(v2.notifications.create({ body: crash() })).rejects.toMatchObject({ retryable: true });
    await expect(service.readiness()).rejects.toMatchObject({ status: 503 });
  });
});

describe('two processes on one database', () => {
  it('know each other’s notifications, pauses and tokens, and store one incident once', async () => {
    const [one, two] = [await serve(), await serve()];
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_one, at) =>
        (at % 2 ? one : two).client().v2.notifications.create({ body: crash() }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(answers.map(({ body }) => body.notification.uuid)).size).toBe(1);
    await one.client().v2.pause.set({ body: { reason: 'r', forMs: 60_000 } });
    expect((await two.client().v2.pause.get()).body.pause?.reason).toBe('r');
    expect(two.token('admin')).toBe(one.token('admin'));
    expect(two.logged()).not.toContain('--issue-token');
  });

  it('tell every change to the readers of both, in the same order', async () => {
    const [one, two] = [await serve(), await serve()];
    const readers = [follow(one, {}), follow(two, {})];
    for (const reader of readers) await reader.until('ready');
    const clients = [one.client(), two.client()] as const;
    await Promise.all(
      Array.from({ length: 60 }, (_none, at) =>
        clients[(at % 2) as 0 | 1].v2.notifications.create({ body: crash({ key: `k${at}` }) }),
      ),
    );
    await one.client().v2.pause.set({ body: { reason: 'last', forMs: 60_000 } });
    for (const reader of readers) await reader.until('pause');
    const [first, second] = readers.map(reader => reader.changes().map(({ id }) => id));
    expect(first).toHaveLength(61);
    expect(second).toEqual(first);
    expect(first).toEqual(first?.toSorted((a, b) => a - b));
    for (const reader of readers) await reader.leave();
  });

  it('tell of a monitor that falls silent once, and once that it is back', async () => {
    const processes = await Promise.all(
      [1, 2, 3].map(async () => {
        const stores = await connect();
        const told: string[] = [];
        const note = (_fields: object, message: string) => void told.push(message);
        const turn = monitorWatch({
          monitors: stores.monitors,
          silentAfterMs: () => 30_000,
          clock: systemClock,
          log: { ...log, warn: note, info: note },
          metrics: createTelemetry({ service: 'test', level: 'silent', format: 'json', version: '0' })
            .metrics,
        });
        return { stores, told, turn };
      }),
    );
    const [{ stores }] = processes as [(typeof processes)[0]];
    const turnAll = async () => {
      await Promise.all(processes.map(({ turn }) => turn()));
      return processes.flatMap(({ told }) => told.splice(0));
    };
    await stores.guests.report(report());
    expect(await turnAll()).toEqual([]);
    await elapse(database.connection, 31_000);
    expect(await turnAll()).toEqual(['a monitor has fallen silent: its guests are not watched']);
    expect(await turnAll()).toEqual([]);
    await stores.guests.report(report({ sequence: 2 }));
    expect(await turnAll()).toEqual(['a monitor that was silent reports again']);
    const silences = (await stores.changes.since(0, 100))
      .filter(({ kind }) => kind === 'monitor')
      .flatMap(({ data }) => (data as { silent?: boolean }).silent ?? []);
    expect(silences).toEqual([true, false]);
  });

  it('leave no gap in the stream of a reader whose service is stopped and started again and again', async () => {
    const writer = await connect();
    let api = await serve();
    const port = Number(new URL(api.origin).port);
    const reader = follow(api, {});
    await reader.until('ready');
    let filed = 0;
    const file = async (count: number): Promise<void> => {
      for (let at = 0; at < count; at += 1) {
        filed += 1;
        await writer.notifications.file(crash({ key: `k${filed}` }), { name: 'test' });
      }
    };
    for (let round = 0; round < 3; round += 1) {
      await file(5);
      const filing = file(20); // Before, while and after nobody serves.
      await api.stop();
      await file(5);
      api = await serve(port);
      await filing;
      await file(5);
      await reader.until('ready');
    }
    while (reader.changes().length < filed) await reader.until('notification');
    const ids = reader.changes().map(({ id }) => id);
    expect(reader.changes().map(({ subject }) => subject)).toHaveLength(filed);
    expect(new Set(reader.changes().map(({ subject }) => subject)).size).toBe(filed);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    await reader.leave();
  });
});

describe('filing with the API as a monitor does', () => {
  for (const { name, check } of notificationSinkConformance) {
    it(name, async () => {
      const stores = await connect();
      let api = await startApi({ stores, folder });
      stops.push(() => api.stop());
      const port = Number(new URL(api.origin).port);
      const secret = api.token('admin');
      const sink = createApiSink({ baseUrl: api.origin, token: secret, timeoutMs: 5000, log });
      const stored = async (): Promise<FiledNotification[]> => {
        const listed = await stores.notifications.list({}, { limit: 100 });
        const records = await Promise.all(
          listed.toReversed().map(({ uuid }) => stores.notifications.get(uuid)),
        );
        return records.flatMap(record => {
          if (!record) return [];
          const { incidentKey, host, faultAt, detectedAt, payload, evidence } = record;
          return [{ incidentKey, host, faultAt, detectedAt, payload, evidence }];
        });
      };
      const setAway = async (away: boolean): Promise<void> => {
        if (away) await api.stop();
        else api = await startApi({ stores, folder, config: { api: { port } } });
      };
      await check({ sink, stored, setAway, secret });
    });
  }
});
