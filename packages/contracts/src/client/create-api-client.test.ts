import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiError } from './api-error.ts';
import { type ApiClientOptions, createApiClient } from './create-api-client.ts';
import type { StreamEvent } from './follow-events.ts';

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise(resolve => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    .end(JSON.stringify(body));
};

async function clientOf(listener: RequestListener, options: Partial<ApiClientOptions> = {}) {
  return createApiClient({ baseUrl: await serve(listener), token: 'SECRET-TOKEN', ...options });
}

async function failure(call: Promise<unknown>): Promise<ApiError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!ApiError.isInstance(error)) throw new Error(`no ApiError was thrown: ${String(error)}`);
  expect(`${error.message} ${error.stack}`).not.toContain('SECRET-TOKEN');
  return error;
}

const identity = { name: 'admin', scope: 'admin', host: null };
const pause = {
  reason: 'r',
  by: 'admin',
  from: '2026-01-01T00:00:00.000Z',
  until: '2026-01-02T00:00:00.000Z',
};

describe('a call', () => {
  it('sends what the contract has, and resolves for success', async () => {
    const seen: {
      method?: string | undefined;
      url?: string | undefined;
      auth?: string | undefined;
      body: string;
    }[] = [];
    const client = await clientOf((request, response) => {
      const { method, url, headers } = request;
      void readAll(request).then(body => {
        seen.push({ method, url, auth: headers.authorization, body });
        json(response, 200, { pause });
      });
    });
    const answer = await client.v2.pause.set({ body: { reason: 'r', forMs: 5000 } });
    expect(answer.status).toBe(200);
    expect(answer.body.pause).toEqual(pause);
    expect(seen).toEqual([
      { method: 'PUT', url: '/v2/pause', auth: 'Bearer SECRET-TOKEN', body: '{"reason":"r","forMs":5000}' },
    ]);
  });

  it('asks for the token each time, and sends none when there is none', async () => {
    const tokens = ['one', '', undefined];
    const seen: (string | undefined)[] = [];
    const client = await clientOf(
      (request, response) => {
        seen.push(request.headers.authorization);
        json(response, 200, identity);
      },
      { token: async () => tokens.shift() },
    );
    for (let turn = 0; turn < 3; turn += 1) await client.v2.whoami();
    expect(seen).toEqual(['Bearer one', undefined, undefined]);
  });

  it.each([
    [400, 'refused', false],
    [401, 'unauthenticated', false],
    [403, 'forbidden', false],
    [404, 'not-found', false],
    [409, 'refused', false],
    [429, 'too-many-requests', true],
    [500, 'unavailable', true],
    [503, 'unavailable', true],
  ])('answered %i is an ApiError %s', async (status, code, retryable) => {
    const error = {
      code: 'conflict',
      message: 'it does not fit',
      details: [{ path: 'body.x', expected: 'int', found: 'y' }],
      requestId: 'req-1',
    };
    const client = await clientOf((_request, response) =>
      json(response, status, { error }, { 'retry-after': '7' }),
    );
    expect(await failure(client.v2.whoami())).toMatchObject({
      code,
      retryable,
      status,
      answer: error,
      retryAfterSeconds: 7,
      message: `GET /v2/whoami answered ${status}: it does not fit; body.x: expected int, found y (request req-1)`,
    });
  });

  it('answered with a page of some proxy is an ApiError with the status', async () => {
    const client = await clientOf((_request, response) =>
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>'),
    );
    expect(await failure(client.v2.whoami())).toMatchObject({
      code: 'unavailable',
      status: 502,
      answer: null,
    });
  });

  it.each<[string, number, string]>([
    ['a wrong type', 200, '{"name":5,"scope":"admin","host":null}'],
    ['a missing field', 200, '{"name":"x"}'],
    ['a surplus field', 200, '{"name":"x","scope":"admin","host":null,"more":1}'],
    ['broken JSON', 200, '{"name":'],
    ['a status the contract does not know', 202, '{"name":"x","scope":"admin","host":null}'],
  ])('answered with %s is no answer', async (_name, status, body) => {
    const client = await clientOf((_request, response) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(body),
    );
    expect(await failure(client.v2.whoami())).toMatchObject({
      code: 'invalid-answer',
      status,
      retryable: true,
    });
  });

  it('answered with more than the bound is no answer', async () => {
    const client = await clientOf((_request, response) => json(response, 200, 'x'.repeat(10_000)), {
      maxAnswerBytes: 5000,
    });
    expect(await failure(client.v2.whoami())).toMatchObject({ code: 'invalid-answer' });
  });

  it('does not follow a redirect with its token', async () => {
    let elsewhere = 0;
    const client = await clientOf((request, response) => {
      if (request.url === '/else') elsewhere += 1;
      response.writeHead(307, { location: '/else' }).end();
    });
    expect(await failure(client.v2.whoami())).toMatchObject({ code: 'unreachable' });
    expect(elsewhere).toBe(0);
  });

  it.each<[string, RequestListener]>([
    ['no answer', () => {}],
    ['an answer that does not end', (_request, response) => response.writeHead(200).write('{')],
  ])('with %s ends at its deadline', async (_name, listener) => {
    const client = await clientOf(listener, { timeoutMs: 50 });
    expect(await failure(client.v2.whoami())).toMatchObject({
      code: 'timed-out',
      status: null,
      retryable: true,
    });
  });

  it('rejects with the reason of its signal when that aborts', async () => {
    const controller = new AbortController();
    const client = await clientOf(() => controller.abort(new Error('we stop')));
    await expect(client.v2.whoami({ signal: controller.signal })).rejects.toThrow('we stop');
    await expect(client.v2.whoami({ signal: controller.signal })).rejects.toThrow('we stop');
  });

  it('to nobody is unreachable', async () => {
    const client = await clientOf(() => {});
    server?.close();
    server?.closeAllConnections();
    expect(await failure(client.v2.whoami())).toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/could not reach http:\/\/127\.0\.0\.1:\d+: ECONNREFUSED/),
    });
  });
});

describe('the address of a service', () => {
  it.each(['127.0.0.1:15868', 'ftp://host', '', 'http://user:word@host'])('cannot be %j', baseUrl => {
    expect(() => createApiClient({ baseUrl })).toThrow(TypeError);
  });

  it('may hold a path', async () => {
    const seen: (string | undefined)[] = [];
    const base = await serve((request, response) => {
      seen.push(request.url);
      json(response, 200, identity);
    });
    await createApiClient({ baseUrl: `${base}/instance-ha/` }).v2.whoami();
    expect(seen).toEqual(['/instance-ha/v2/whoami']);
  });
});

describe('following events', () => {
  const change = (id: number) => ({
    id,
    at: '2026-01-01T00:00:00.000Z',
    kind: 'pause',
    subject: '',
    data: null,
  });
  const send = (response: ServerResponse, id: number): void => {
    response.write(`id: ${id}\ndata: ${JSON.stringify(change(id))}\n\n`);
  };
  const open = (response: ServerResponse, id: number): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`retry: 100\n\nevent: ready\ndata: {"id":${id}}\n\n`);
  };
  const follow = { retryMs: { first: 1, max: 4 } };

  async function collect(
    listener: (request: IncomingMessage, response: ServerResponse, turn: number) => void,
    options: { count: number; silentAfterMs?: number; after?: number },
  ): Promise<string[]> {
    let turn = 0;
    const client = await clientOf((request, response) => {
      turn += 1;
      listener(request, response, turn);
    });
    const told: string[] = [];
    const controller = new AbortController();
    const { count, ...rest } = options;
    for await (const event of client.follow({ signal: controller.signal, ...follow, ...rest })) {
      told.push(tell(event));
      if (told.length === count) controller.abort();
    }
    return told;
  }

  it('goes on after the last change seen when the connection breaks', async () => {
    const asked: (string | undefined)[] = [];
    const told = await collect(
      (request, response, turn) => {
        asked.push(request.headers['last-event-id'] as string | undefined);
        open(response, turn === 1 ? 10 : 11);
        send(response, turn === 1 ? 11 : 12);
        if (turn === 1) setImmediate(() => response.destroy());
      },
      { count: 5 },
    );
    expect(told).toEqual(['ready 10', 'change 11', 'disconnected', 'ready 11', 'change 12']);
    expect(asked).toEqual([undefined, '11']);
  });

  it('begins where it is told to', async () => {
    const asked: unknown[] = [];
    await collect(
      (request, response) => {
        asked.push(request.headers['last-event-id'], request.url);
        open(response, 7);
      },
      { count: 1, after: 7 },
    );
    expect(asked).toEqual(['7', '/v2/events']);
  });

  it('goes on after the position of the last beat, when no change was for this reader', async () => {
    const asked: (string | undefined)[] = [];
    const told = await collect(
      (request, response, turn) => {
        asked.push(request.headers['last-event-id'] as string | undefined);
        open(response, 10);
        if (turn === 1) response.end(': beat\nid: 500\n\n');
      },
      { count: 3 },
    );
    expect(told).toEqual(['ready 10', 'disconnected', 'ready 10']);
    expect(asked).toEqual([undefined, '500']);
  });

  it('tells what is lost and goes on behind it', async () => {
    const asked: (string | undefined)[] = [];
    const told = await collect(
      (request, response, turn) => {
        asked.push(request.headers['last-event-id'] as string | undefined);
        open(response, 1);
        if (turn === 1) response.end('event: lost\ndata: {"id":99}\n\n');
      },
      { count: 4 },
    );
    expect(told).toEqual(['ready 1', 'lost 99', 'disconnected', 'ready 1']);
    expect(asked).toEqual([undefined, '99']);
  });

  it('takes a silent stream for a broken one, and garbage too', async () => {
    const told = await collect(
      (_request, response, turn) => {
        if (turn === 1) open(response, 1);
        else if (turn === 2) response.writeHead(200).write('data: {broken\n\n');
        else if (turn === 3) json(response, 503, {});
        else open(response, 2);
      },
      { count: 5, silentAfterMs: 60 },
    );
    expect(told).toEqual(['ready 1', 'disconnected', 'disconnected', 'disconnected', 'ready 2']);
  });

  it('ends with an ApiError when asking again cannot help', async () => {
    const client = await clientOf((_request, response) =>
      json(response, 401, { error: { code: 'unauthenticated', message: 'who?', requestId: 'req-2' } }),
    );
    const reading = async () => {
      for await (const _event of client.follow({ signal: new AbortController().signal, ...follow }));
    };
    expect(await failure(reading())).toMatchObject({ code: 'unauthenticated', status: 401 });
  });
});

const tell = (event: StreamEvent): string =>
  event.type === 'change'
    ? `change ${event.change.id}`
    : event.type === 'disconnected'
      ? 'disconnected'
      : `${event.type} ${event.id}`;

async function readAll(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
