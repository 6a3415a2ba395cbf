import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeCloud, type FakeDurations, FakeFault } from './cloud.ts';
import { FakeFaults, inflict } from './faults.ts';
import { FakeKeystone, type FakeKeystoneOptions } from './keystone.ts';
import { answerAsNova, newestMinor } from './nova-api.ts';

export type FakeOpenStackOptions = {
  /** Compute hosts; `fake1`, `fake2` and `fake3` by default. */
  hosts?: readonly string[];
  durations?: Partial<FakeDurations>;
  /** After so long without a report a nova-compute is down. Default 60 000. */
  reportTimeoutMs?: number;
  keystone?: FakeKeystoneOptions;
  /** Keep connections open between requests; uwsgi and so this does not, by default. */
  keepAlive?: boolean;
};

/** One request as it came. */
export type FakeRequest = {
  method: string;
  path: string;
  /** Of Nova's API. */
  microversion: string | null;
  /** The whole header `OpenStack-API-Version`. */
  serviceVersion: string | null;
  atMs: number;
  text: string;
};

/** Keystone and Nova on one loopback port. */
export type FakeOpenStack = {
  /** E.g. `http://127.0.0.1:40123/v3`. */
  authUrl: string;
  computeUrl: string;
  cloud: FakeCloud;
  keystone: FakeKeystone;
  /** What the next requests meet, Keystone's (`/^\/v3/`) and Nova's (`/^\/v2\.1/`) alike. */
  faults: FakeFaults;
  requests: FakeRequest[];
  /** No request is answered any more. */
  fallSilent(): void;
  close(): Promise<void>;
};

/** Longest request; more is cut off. */
const bodyLimitBytes = 64 * 1024;

/** Starts the fake on a free port of 127.0.0.1. */
export async function startFakeOpenStack(options: FakeOpenStackOptions = {}): Promise<FakeOpenStack> {
  const { hosts = ['fake1', 'fake2', 'fake3'], durations, reportTimeoutMs, keepAlive = false } = options;
  const cloud = new FakeCloud({
    hosts,
    ...(durations ? { durations } : {}),
    ...(reportTimeoutMs === undefined ? {} : { reportTimeoutMs }),
  });
  const keystone = new FakeKeystone(options.keystone);
  const faults = new FakeFaults();
  const requests: FakeRequest[] = [];
  let base = '';

  const server = createServer((request, response) => {
    void serve(request, response).catch(() => request.socket.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const serviceVersion = headerOf(request, 'openstack-api-version') ?? null;
    const microversion = /^compute (\d+\.\d+)$/.exec(serviceVersion ?? '')?.[1] ?? null;
    const seen = { method, path: url, microversion, serviceVersion, atMs: performance.now(), text: '' };
    requests.push(seen);
    const text = await readBody(request);
    seen.text = text;
    const fault = faults.take(request);
    if (await inflict(fault, request, response)) return;
    const requestId = `req-${randomUUID()}`;
    const { status, body, headers = {} } = answer({ request, text, requestId, microversion });
    if (fault?.does === 'drop-after') {
      request.socket.destroy();
      return;
    }
    response.writeHead(status, {
      'content-type': 'application/json',
      'x-openstack-request-id': requestId,
      ...(keepAlive ? {} : { connection: 'close' }),
      ...headers,
    });
    response.end(body === undefined ? '' : JSON.stringify(body));
  }

  type Told = { request: IncomingMessage; text: string; requestId: string; microversion: string | null };
  type Answer = { status: number; body?: object; headers?: Record<string, string> };

  function answer(told: Told): Answer {
    try {
      const url = new URL(told.request.url ?? '/', base);
      if (/^\/v3\/?$/.test(url.pathname))
        return { status: 200, body: keystone.describeVersion(`${base}/v3`) };
      if (url.pathname.startsWith('/v3/')) return answerAsKeystone(told);
      if (url.pathname.startsWith('/v2.1/')) return askNova(told, url);
      throw new FakeFault(404, 'itemNotFound', 'The resource could not be found.');
    } catch (error) {
      if (!(error instanceof FakeFault)) throw error;
      const { status, fault, message } = error;
      return {
        status,
        body: { [fault]: { code: status, message } },
        ...(status === 401 ? { headers: { 'www-authenticate': `Keystone uri="${base}"` } } : {}),
      };
    }
  }

  function answerAsKeystone({ request, text }: Told): Answer {
    if (request.method === 'POST') {
      const { token, answer: body } = keystone.login(JSON.parse(text) as object, `${base}/v2.1`);
      return { status: 201, body, headers: { 'x-subject-token': token } };
    }
    if (!keystone.userOf(headerOf(request, 'x-auth-token')))
      throw new FakeFault(401, 'error', 'The request you have made requires authentication.');
    return { status: 200, body: keystone.validate(headerOf(request, 'x-subject-token')) };
  }

  function askNova({ request, text, requestId, microversion }: Told, url: URL): Answer {
    const user = keystone.userOf(headerOf(request, 'x-auth-token'));
    if (!user) throw new FakeFault(401, 'error', 'The request you have made requires authentication.');
    const minor = Number(microversion?.split('.')[1] ?? 1);
    if (minor > newestMinor)
      throw new FakeFault(
        406,
        'computeFault',
        `Version ${microversion} is not supported by the API. Minimum is 2.1 and maximum is 2.${newestMinor}.`,
      );
    return answerAsNova(cloud, {
      method: request.method ?? 'GET',
      path: url.pathname.slice('/v2.1'.length),
      query: url.searchParams,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
      minor,
      asker: { userId: user.id, requestId },
    });
  }

  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    authUrl: `${base}/v3`,
    computeUrl: `${base}/v2.1`,
    cloud,
    keystone,
    faults,
    requests,
    fallSilent: () => {
      faults.clear();
      faults.add({ does: 'hang' });
    },
    async close() {
      cloud.close();
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

const headerOf = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyLimitBytes) throw new Error('the request is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
