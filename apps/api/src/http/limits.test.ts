import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { refusal } from '../testing/native-stories.ts';
import { crash } from '../testing/samples.ts';
import { startApi, type TestApi } from '../testing/start-api.ts';

let api: TestApi | undefined;
afterEach(async () => {
  await api?.stop();
  api = undefined;
});

describe('too many requests from one address', () => {
  it('are refused for the rest of the minute, in the words of the API that was asked', async () => {
    api = await startApi({ config: { api: { rateLimit: 5 } } });
    const client = api.client();
    for (let turn = 0; turn < 5; turn += 1) expect((await client.v2.pause.get()).status).toBe(200);
    const error = await refusal(client.v2.pause.get());
    expect(error).toMatchObject({
      status: 429,
      code: 'too-many-requests',
      answer: { code: 'too-many-requests' },
    });
    expect(error.retryAfterSeconds).toBeGreaterThan(0);
    const old = await fetch(`${api.origin}/v1/notifications`, {
      headers: { 'x-auth-token': api.token('admin') },
    });
    expect(old.status).toBe(429);
    expect(await old.json()).toMatchObject({
      overLimit: { code: 429, retryAfter: expect.stringMatching(/^\d+$/) },
    });
  });

  it('with many wrong tokens are refused, while a token that is in use goes on', async () => {
    api = await startApi({ config: { api: { authFailureLimit: 3 } } });
    const { origin } = api;
    const good = api.client();
    expect((await good.v2.whoami()).status).toBe(200);
    const statuses: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const { status } = await fetch(`${origin}/v2/whoami`, {
        headers: { 'x-auth-token': `a-guessed-token-number-${turn}` },
      });
      statuses.push(status);
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect((await good.v2.whoami()).status).toBe(200);
  });
});

describe('stopping', () => {
  it('lets a request under way end, takes no new one, and ends streams', async () => {
    api = await startApi();
    const { origin, stores } = api;
    const client = api.client();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const file = stores.notifications.file.bind(stores.notifications);
    stores.notifications.file = async (...args) => {
      begin();
      await held;
      return file(...args);
    };
    const stream = await fetch(`${origin}/v2/events`, { headers: { 'x-auth-token': api.token('admin') } });
    const underWay = client.v2.notifications.create({ body: crash() });
    await begun;
    const stopped = api.stop();
    api = undefined;
    expect(await stream.text()).toContain('event: ready'); // It ended by itself.
    release();
    expect((await underWay).status).toBe(201);
    expect(await stopped).toBe(0);
    await expect(fetch(`${origin}/healthz`)).rejects.toThrow('fetch failed');
  });

  it('does not wait for ever for somebody who sends nothing', async () => {
    api = await startApi({ config: { general: { shutdownTimeoutMs: 1000 } } });
    const socket = connect(Number(new URL(api.origin).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.resume();
    const closed = new Promise(resolve => socket.on('close', resolve));
    await new Promise<void>(resolve =>
      socket.write('POST /v2/pause HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{', () => resolve()),
    );
    expect((await api.client().v2.pause.get()).status).toBe(200); // What was written before is being read.
    const stopped = api.stop();
    api = undefined;
    expect(await stopped).toBe(0);
    await closed;
  });
});
