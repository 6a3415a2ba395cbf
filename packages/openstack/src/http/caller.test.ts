import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import type { Metrics } from '@instance-ha/ports';
import { systemClock } from '@instance-ha/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { quietLogger } from '../../testing/quiet-logger.ts';
import { OpenStackError } from '../openstack-error.ts';
import { type Call, type CallerOptions, ServiceCaller } from './caller.ts';
import { createTransport, type TransportOptions } from './transport.ts';

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function listen(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  opened.push(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function callerTo(
  options: Partial<CallerOptions> & { transportOptions?: TransportOptions } = {},
): ServiceCaller {
  const { transportOptions, ...rest } = options;
  const transport = createTransport(transportOptions);
  opened.push(() => transport.close());
  return new ServiceCaller({
    service: 'nova',
    transport,
    clock: systemClock,
    log: quietLogger,
    limits: { retryMs: 1 },
    ...rest,
  });
}

const answer = z.object({ value: z.number() });
const bounds = { timeoutMs: 5_000, signal: new AbortController().signal };
const get = (url: string, more: Partial<Call<{ value: number }>> = {}): Call<{ value: number }> => ({
  name: 'show thing',
  method: 'GET',
  url,
  answer,
  ...more,
});
const failureOf = async (work: Promise<unknown>): Promise<OpenStackError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!OpenStackError.isInstance(error))
    throw new Error(`expected an OpenStackError, found ${String(error)}`);
  return error;
};

/** Answers the first requests so, in order, and every later one well. */
function answering(...first: ((...args: Parameters<RequestListener>) => void)[]) {
  const told = { count: 0 };
  const listener: RequestListener = (request, response) => {
    const one = first[told.count];
    told.count += 1;
    if (one) one(request, response);
    else response.end('{"value":7}');
  };
  return { told, listener };
}
const status =
  (code: number, body = ''): ((...args: Parameters<RequestListener>) => void) =>
  (_request, response) =>
    response.writeHead(code, { 'x-openstack-request-id': 'req-1' }).end(body);
const fault = (code: number, name: string, message: string) =>
  status(code, JSON.stringify({ [name]: { code, message } }));

describe('what a service answers becomes one class of error', () => {
  it.each([
    [400, fault(400, 'badRequest', 'Compute service of h is still in use.'), 'bad-request', false],
    [401, fault(401, 'error', 'The request requires authentication.'), 'unauthorized', false],
    [401, status(401, 'Authentication required'), 'unauthorized', false],
    [403, fault(403, 'forbidden', "Policy doesn't allow it"), 'forbidden', false],
    [404, fault(404, 'itemNotFound', 'Instance x could not be found.'), 'not-found', false],
    [404, status(404, '<html>nginx</html>'), 'garbage', true],
    [406, fault(406, 'computeFault', 'Version 2.99 is not supported'), 'unsupported-version', false],
    [409, fault(409, 'conflictingRequest', "Cannot 'stop' instance x"), 'conflict', false],
    [413, fault(413, 'overLimit', 'slow down'), 'too-many-requests', true],
    [429, status(429), 'too-many-requests', true],
    [500, fault(500, 'computeFault', 'Unexpected API Error'), 'server-error', true],
    [502, status(502, '<html>'), 'unavailable', true],
    [503, status(503), 'unavailable', true],
    [504, status(504), 'unavailable', true],
    [300, status(300), 'other', false],
    [418, fault(418, 'teapot', 'short and stout'), 'other', false],
    [200, status(200, '<html>It works!</html>'), 'garbage', true],
    [200, status(200, '{"value":"seven"}'), 'garbage', true],
    [200, status(200, ''), 'garbage', true],
  ] as const)('%i', async (code, respond, expected, retryable) => {
    const { listener } = answering(respond, respond, respond);
    const caller = callerTo({ limits: { attemptLimit: 1 } });
    const error = await failureOf(caller.call(get(await listen(listener)), bounds));
    expect(error).toMatchObject({ code: expected, retryable, status: code, requestId: 'req-1', sent: true });
    expect(error.message).toContain('show thing');
  });

  it('nobody listening: nothing was sent', async () => {
    const url = await listen(() => {});
    for (const close of opened.splice(0)) await close();
    const error = await failureOf(callerTo({ limits: { attemptLimit: 1 } }).call(get(url), bounds));
    expect(error).toMatchObject({ code: 'connect-failed', sent: false, retryable: true });
  });

  it('a connection that ends in the answer', async () => {
    const url = await listen((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"value"');
      setTimeout(() => response.socket?.destroy(), 5);
    });
    const error = await failureOf(callerTo({ limits: { attemptLimit: 1 } }).call(get(url), bounds));
    expect(error).toMatchObject({ code: 'connection-lost', sent: true });
  });

  it('something that is no HTTP', async () => {
    const server = createTcpServer(socket => {
      socket.on('error', () => {});
      socket.resume();
      socket.end('SSH-2.0-OpenSSH_9.2\r\n');
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    opened.push(() => new Promise(resolve => server.close(resolve)));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const error = await failureOf(callerTo({ limits: { attemptLimit: 1 } }).call(get(url), bounds));
    expect(error.code).toBe('connection-lost');
  });

  it('an answer that is too long', async () => {
    const url = await listen((_request, response) =>
      response.end(`{"value":7,"more":"${'x'.repeat(5_000)}"}`),
    );
    const caller = callerTo({ transportOptions: { answerLimitBytes: 1_000 } });
    expect((await failureOf(caller.call(get(url), bounds))).code).toBe('answer-too-large');
  });

  it('no answer in time', async () => {
    const url = await listen(() => {});
    const error = await failureOf(callerTo().call(get(url), { ...bounds, timeoutMs: 60 }));
    expect(error).toMatchObject({ code: 'timeout', sent: true });
  });

  it('given up by the caller, before and within', async () => {
    const url = await listen(() => {});
    const controller = new AbortController();
    const caller = callerTo();
    const call = caller.call(get(url), { timeoutMs: 5_000, signal: controller.signal });
    controller.abort(new Error('enough'));
    expect(await failureOf(call)).toMatchObject({ code: 'aborted', cause: controller.signal.reason });
    const late = caller.call(get(url), { timeoutMs: 5_000, signal: controller.signal });
    expect((await failureOf(late)).code).toBe('aborted');
  });
});

describe('trying again', () => {
  it('a question is asked three times', async () => {
    const { told, listener } = answering(status(503), status(200, '<html>'));
    expect((await callerTo().call(get(await listen(listener)), bounds)).body).toEqual({ value: 7 });
    expect(told.count).toBe(3);
  });

  it('and no more', async () => {
    const { told, listener } = answering(...Array(9).fill(status(503)));
    expect((await failureOf(callerTo().call(get(await listen(listener)), bounds))).code).toBe('unavailable');
    expect(told.count).toBe(3);
  });

  it('what is refused is not asked again', async () => {
    const { told, listener } = answering(fault(409, 'conflictingRequest', 'no'));
    expect((await failureOf(callerTo().call(get(await listen(listener)), bounds))).code).toBe('conflict');
    expect(told.count).toBe(1);
  });

  it('an act that may have arrived is not done again', async () => {
    const { told, listener } = answering(request => request.socket.destroy());
    const error = await failureOf(callerTo().call(get(await listen(listener), { method: 'POST' }), bounds));
    expect([error.code, told.count]).toEqual(['connection-lost', 1]);
  });

  it('an act that was never sent is tried again', async () => {
    const real = createTransport();
    opened.push(() => real.close());
    let attempts = 0;
    const refused = (): never => {
      throw new OpenStackError({ code: 'connect-failed', message: 'refused', sent: false });
    };
    const { told, listener } = answering();
    const caller = callerTo({
      transport: {
        exchange: async request => {
          attempts += 1;
          return attempts === 1 ? refused() : real.exchange(request);
        },
        close: async () => {},
      },
    });
    const { body } = await caller.call(get(await listen(listener), { method: 'POST' }), bounds);
    expect([body.value, attempts, told.count]).toEqual([7, 2, 1]);
  });

  it('no later than the time that the caller has', async () => {
    const { told, listener } = answering(
      (_request, response) => void response.writeHead(503, { 'retry-after': '30' }).end(),
    );
    const error = await failureOf(callerTo().call(get(await listen(listener)), bounds));
    expect([error.retryAfterMs, told.count]).toEqual([30_000, 1]);
  });
});

describe('a service that fails and fails', () => {
  it('is not asked, and tells so, until it has rested', async () => {
    const { told, listener } = answering(...Array(3).fill(status(500)));
    const url = await listen(listener);
    const caller = callerTo({ breaker: { failureLimit: 3, openMs: 60_000 } });
    await failureOf(caller.call(get(url), bounds));
    expect(caller.breakerState).toBe('open');
    expect(await failureOf(caller.call(get(url), bounds))).toMatchObject({
      code: 'circuit-open',
      sent: false,
    });
    expect(told.count).toBe(3);
  });

  it('refusals do not count against it', async () => {
    const { listener } = answering(...Array(9).fill(fault(409, 'conflictingRequest', 'no')));
    const url = await listen(listener);
    const caller = callerTo({ breaker: { failureLimit: 3, openMs: 60_000 } });
    for (let time = 0; time < 9; time += 1) await failureOf(caller.call(get(url), bounds));
    expect(caller.breakerState).toBe('closed');
  });
});

it('counts every attempt by its end', async () => {
  const counted: string[] = [];
  const counter = { add: (_count: number, labels?: object) => counted.push(JSON.stringify(labels)) };
  const metrics = {
    counter: () => counter,
    gauge: () => ({ set: () => {} }),
    histogram: () => ({ observe: () => {} }),
  } as unknown as Metrics;
  const { listener } = answering(status(503));
  await callerTo({ metrics }).call(get(await listen(listener)), bounds);
  expect(counted).toEqual([
    '{"service":"nova","outcome":"unavailable"}',
    '{"service":"nova","outcome":"ok"}',
  ]);
});
