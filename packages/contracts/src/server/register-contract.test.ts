import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { forAdmins, forThePublic } from '../access.ts';
import { rest } from '../rest.ts';
import { listRoutes, type RouterHandlers, registerContract, replied } from './register-contract.ts';

const Thing = z.strictObject({ name: z.string(), count: z.int() });
const contract = rest.router(
  {
    things: {
      list: {
        method: 'GET',
        path: '/things',
        query: z.strictObject({
          status: z.array(z.enum(['new', 'old'])).optional(),
          limit: z.int().min(1).max(10).optional(),
          deep: z.boolean().optional(),
          name: z.string().optional(),
        }),
        responses: { 200: z.strictObject({ query: z.unknown() }) },
        metadata: forThePublic,
      },
      put: {
        method: 'PUT',
        path: '/things/:name',
        pathParams: z.strictObject({ name: z.string().regex(/^[a-z]+$/) }),
        headers: { 'x-check': z.string().max(3).optional() },
        body: Thing,
        responses: { 200: Thing, 201: Thing },
        metadata: forAdmins,
      },
      stream: {
        method: 'GET',
        path: '/stream',
        responses: { 200: rest.otherResponse({ contentType: 'text/plain', body: z.string() }) },
        metadata: forThePublic,
      },
      drop: {
        method: 'DELETE',
        path: '/things',
        responses: { 204: rest.noBody() },
        metadata: forAdmins,
      },
    },
  },
  { strictStatusCodes: true },
);

let app: FastifyInstance;
afterEach(() => app.close());

const onInvalidResponse = vi.fn(() => ({ status: 500, body: { oops: true } }));

function serve(own: Partial<RouterHandlers<typeof contract>['things']> = {}): FastifyInstance {
  app = fastify();
  registerContract(
    app,
    contract,
    {
      things: {
        list: async ({ query }) => ({ status: 200, body: { query } }),
        put: async ({ params, body }) => ({ status: 200, body: { ...body, name: params.name } }),
        stream: async () => ({ status: 200, body: 'plain' }),
        drop: async () => ({ status: 204, body: undefined }),
        ...own,
      },
    },
    { onInvalidRequest: details => ({ status: 400, body: { details } }), onInvalidResponse },
  );
  return app;
}

const put = (body: unknown, options: { name?: string; headers?: Record<string, string> } = {}) =>
  app.inject({
    method: 'PUT',
    url: `/things/${options.name ?? 'chair'}`,
    headers: { 'content-type': 'application/json', ...options.headers },
    payload: JSON.stringify(body),
  });

describe('a request', () => {
  it('reaches the handler with typed values', async () => {
    const answer = await serve().inject('/things?status=new,old&status=new&limit=7&deep=true&name=5');
    expect(answer.json()).toEqual({
      query: { status: ['new', 'old', 'new'], limit: 7, deep: true, name: '5' },
    });
  });

  it.each([
    ['limit=0x5', 'query.limit', 'number', '0x5'],
    ['limit=', 'query.limit', 'number', ''],
    ['limit=11', 'query.limit', 'at most 10', '11'],
    ['limit=1.5', 'query.limit', 'int', '1.5'],
    ['limit=1&limit=2', 'query.limit', 'number', 'a list of 2'],
    ['deep=yes', 'query.deep', 'boolean', 'yes'],
    ['status=gone', 'query.status.0', 'one of new, old', 'gone'],
    ['colour=red', 'query', 'no such key', 'colour'],
    ['__proto__=1', 'query', 'no such key', '__proto__'],
    ['name=a%00b', 'query.name', 'text without U+0000 and without halves of surrogate pairs', 'a\u{fffd}b'],
  ])('with ?%s is refused, and told where and why', async (query, path, expected, found) => {
    const answer = await serve().inject(`/things?${query}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ details: [{ path, expected, found }] });
  });

  it('is refused for every fault of its body at once', async () => {
    serve();
    const answer = await put({ name: 5, extra: '\u202egnp.exe\u0007', count: 1.5 });
    expect(answer.json()).toEqual({
      details: [
        { path: 'body.name', expected: 'string', found: '5' },
        { path: 'body.count', expected: 'int', found: '1.5' },
        { path: 'body', expected: 'no such key', found: 'extra' },
      ],
    });
  });

  it('is told of at most twenty faults, each of bounded length', async () => {
    serve();
    const body = Object.fromEntries(
      Array.from({ length: 1000 }, (_one, at) => [`${at}${'k'.repeat(300)}`, at]),
    );
    const answer = await put(body);
    expect(answer.statusCode).toBe(400);
    expect(answer.body.length).toBeLessThan(2000);
  });

  it('is refused for its path and its headers, whose values are not repeated', async () => {
    serve();
    expect((await put({ name: 'x', count: 1 }, { name: 'CHAIR' })).json().details[0].path).toBe(
      'params.name',
    );
    const answer = await put({ name: 'x', count: 1 }, { headers: { 'x-check': 'secret' } });
    expect(answer.statusCode).toBe(400);
    expect(answer.body).not.toContain('secret');
  });

  it('has what is no character mended in its body', async () => {
    serve({ put: async ({ body }) => ({ status: 200, body }) });
    const answer = await put({ name: 'a\0b\ud800', count: 1 });
    expect(answer.json()).toEqual({ name: 'a\u{fffd}b\u{fffd}', count: 1 });
  });
});

describe('a response', () => {
  it.each<[string, unknown]>([
    ['with a wrong type', { status: 200, body: { name: 'x', count: 'PRIVATE' } }],
    ['with a field too many', { status: 200, body: { name: 'x', count: 1, password: 'PRIVATE' } }],
    ['with a status the contract does not know', { status: 418, body: { name: 'PRIVATE' } }],
    ['without a body', { status: 201 }],
  ])('%s never reaches the client', async (_name, answer) => {
    onInvalidResponse.mockClear();
    serve({ put: async () => answer as never });
    const response = await put({ name: 'x', count: 1 });
    expect(response.statusCode).toBe(500);
    expect(response.json()).toEqual({ oops: true });
    expect(JSON.stringify(onInvalidResponse.mock.calls[0]?.at(0))).toContain('route things.put: answered');
  });

  it('may be other than JSON, empty, or taken over', async () => {
    serve();
    const plain = await app.inject('/stream');
    expect([plain.headers['content-type'], plain.body]).toEqual(['text/plain', 'plain']);
    const dropped = await app.inject({ method: 'DELETE', url: '/things' });
    expect([dropped.statusCode, dropped.body]).toEqual([204, '']);
    await app.close();
    serve({
      stream: async ({ reply }) => {
        reply.hijack();
        reply.raw.end('taken over');
        return replied;
      },
    });
    expect((await app.inject('/stream')).body).toBe('taken over');
  });
});

describe('a contract', () => {
  it('is refused when a route does not say who may call it', () => {
    app = fastify();
    const open = rest.router({ x: { method: 'GET', path: '/x', responses: { 200: z.string() } } });
    const options = { onInvalidRequest: () => ({ status: 400, body: {} }), onInvalidResponse };
    expect(() =>
      registerContract(app, open, { x: async () => ({ status: 200, body: 'x' }) }, options),
    ).toThrow('the route x of the contract does not say who may call it');
    expect(() => listRoutes(open)).toThrow('does not say who may call it');
  });

  it('is refused when a handler is missing', () => {
    app = fastify();
    const options = { onInvalidRequest: () => ({ status: 400, body: {} }), onInvalidResponse };
    expect(() => registerContract(app, contract, { things: {} } as never, options)).toThrow(
      'the route things.list of the contract has no handler',
    );
  });

  it('tells its routes by name, with who may call them', () => {
    app = fastify();
    expect(listRoutes(contract).map(one => [one.name, one.access])).toEqual([
      ['things.list', 'public'],
      ['things.put', ['admin']],
      ['things.stream', 'public'],
      ['things.drop', ['admin']],
    ]);
  });
});
