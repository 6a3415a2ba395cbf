import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { ChangeFeed } from '@instance-ha/ports';
import { memoryStores } from '@instance-ha/ports/fakes';
import { createTelemetry } from '@instance-ha/telemetry';
import { afterEach, describe, expect, it } from 'vitest';
import { fakeClock } from '../testing/fake-clock.ts';
import { follow } from '../testing/native-stories.ts';
import { crash } from '../testing/samples.ts';
import { startApi, type TestApi } from '../testing/start-api.ts';
import { ChangeHub } from './change-hub.ts';
import { EventStream } from './event-stream.ts';

let api: TestApi | undefined;
afterEach(async () => {
  await api?.stop();
  api = undefined;
});

const fileMany = async (service: TestApi, count: number, name = 'web-1') => {
  for (let at = 0; at < count; at += 1)
    await service.stores.notifications.file(crash({ key: `k${at}-${name}`, name }), { name: 'test' });
};

/** A hub that begins at `latestId` and remembers nothing, before a database that has every change up to it. */
async function openBench(options: { latestId: number }) {
  const clock = fakeClock();
  const { latestId } = options;
  const feed: ChangeFeed = {
    subscribe: async () => {},
    latestId: async () => latestId,
    since: async (id, limit) =>
      Array.from({ length: Math.min(limit, latestId - id) }, (_one, at) => ({
        id: id + at + 1,
        at: '2026-01-01T00:00:00.000Z',
        kind: 'guest',
        subject: 's',
        data: null,
      })),
  };
  const hub = await ChangeHub.open({ feed, clock, log, signal: new AbortController().signal });
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    hub,
    close: () => server.close(),
    read: async ({ after, until }: { after: number; until: string }): Promise<string> => {
      server.once('request', (_request, response) => {
        void new EventStream({ hub, feed, response, after, kinds: undefined, clock, log }).run();
      });
      const leave = new AbortController();
      const response = await fetch(origin, { signal: leave.signal });
      let text = '';
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        text += Buffer.from(chunk).toString();
        if (text.includes(until)) break;
      }
      leave.abort();
      return text;
    },
  };
}

const { log } = createTelemetry({ service: 'test', level: 'silent', format: 'json', version: '0' });

describe('the live stream', () => {
  it('brings a reader that was away everything it missed, in order, also from before the hub remembers', async () => {
    const bench = await openBench({ latestId: 5000 });
    const text = await bench.read({ after: 0, until: 'id: 5000\n' });
    const ids = [...text.matchAll(/^id: (\d+)\ndata: \{"id":(\d+),"at"/gm)].map(([, id]) => Number(id));
    expect(ids).toEqual(Array.from({ length: 5000 }, (_one, at) => at + 1));
    bench.close();
  });

  it('tells a reader that was away too long that it lost track', async () => {
    const bench = await openBench({ latestId: 20_000 });
    const text = await bench.read({ after: 0, until: 'event: lost' });
    expect(text).toContain('event: lost\nid: 20000\ndata: {"id":20000}\n\n');
    expect(bench.hub.readerCount).toBe(0);
    bench.close();
  });

  it('takes a burst at the pace of its reader, without losing any of it', async () => {
    api = await startApi();
    const reader = follow(api, {});
    await reader.until('ready');
    await fileMany(api, 2000, 'x'.repeat(200));
    for (let count = 0; count < 2000; count += 1) await reader.until('notification');
    expect(new Set(reader.changes().map(({ id }) => id)).size).toBe(2000);
    await reader.leave();
  });

  it('sends a reader away with lost that takes nothing for ten seconds, and holds little for it until then', async () => {
    const clock = fakeClock();
    const stores = memoryStores({ clock });
    const hub = await ChangeHub.open({
      feed: stores.changes,
      clock,
      log,
      signal: new AbortController().signal,
    });
    const { promise: answering, resolve: answer } = Promise.withResolvers<ServerResponse>();
    const server = createServer((_request, response) => answer(response));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    let text = '';
    socket.on('data', chunk => {
      text += String(chunk);
    });
    socket.pause();
    const response = await answering;
    const stream = new EventStream({
      hub,
      feed: stores.changes,
      response,
      after: undefined,
      kinds: undefined,
      clock,
      log,
    });
    const running = stream.run();
    // Until the system's own buffers are full.
    for (let turn = 0; turn < 300 && !response.writableNeedDrain; turn += 1) {
      for (let at = 0; at < 300; at += 1)
        await stores.notifications.file(crash({ key: `k${turn}-${at}`, name: 'x'.repeat(250) }), {
          name: 'test',
        });
      await new Promise(resolve => setImmediate(resolve));
    }
    expect(response.writableNeedDrain).toBe(true);
    expect(response.writableLength).toBeLessThan(200_000);
    await clock.advance(9999);
    expect(hub.readerCount).toBe(1);
    await clock.advance(1);
    await running;
    expect(hub.readerCount).toBe(0);
    const closed = new Promise(resolve => socket.on('end', resolve));
    socket.resume();
    await closed;
    expect(text).toMatch(/event: lost\nid: \d+\ndata: \{"id":\d+\}\n\n/);
    socket.destroy();
    server.close();
  });

  it('can be resumed by a browser, whose position comes in a header, and by hand, where it comes in the query', async () => {
    api = await startApi();
    await fileMany(api, 3);
    const headers = { 'x-auth-token': api.token('reader') };
    const read = async (init: { headers?: Record<string, string>; query?: string }) => {
      const leave = new AbortController();
      const response = await fetch(`${api?.origin}/v2/events${init.query ?? ''}`, {
        headers: { ...headers, ...init.headers },
        signal: leave.signal,
      });
      expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      expect(response.headers.get('cache-control')).toContain('no-store');
      expect(response.headers.get('x-openstack-request-id')).toMatch(/^req-/);
      let text = '';
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        text += Buffer.from(chunk).toString();
        if (text.includes('id: 3\n')) break;
      }
      leave.abort();
      return [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id);
    };
    expect(await read({ headers: { 'last-event-id': '1' } })).toEqual(['1', '2', '3']);
    expect(await read({ query: '?after=2' })).toEqual(['2', '3']);
    expect(await read({ query: '?after=1', headers: { 'last-event-id': '2' } })).toEqual(['2', '3']);
    expect(await read({ headers: { 'last-event-id': 'garbage' } })).toEqual(['3']);
  });
});
