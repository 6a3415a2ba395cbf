import { createServer, type Server } from 'node:http';

/**
 * A stand-in for Neutron's API in which every list is empty. Nova asks for the ports of a server on show, evacuate and delete,
 * also where the server has none; nothing else of Neutron is needed for servers with `networks: none`.
 * Reads answer 200, writes 400 in Neutron's form, deletions 204.
 */
export function createNetworkStub(): Server {
  return createServer({ requestTimeout: 30_000 }, (request, response) => {
    request.resume();
    request.on('end', () => {
      const { status, body } = answer(request.method ?? 'GET', request.url ?? '/');
      const text = body === undefined ? '' : JSON.stringify(body);
      response.writeHead(status, {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        'content-length': Buffer.byteLength(text),
      });
      response.end(text);
    });
  });
}

/** What the stub says to one request. */
export function answer(method: string, url: string): { status: number; body?: unknown } {
  if (method === 'DELETE') return { status: 204 };
  if (method !== 'GET' && method !== 'HEAD') {
    const detail = { type: 'BadRequest', message: 'the lab has no network service', detail: '' };
    return { status: 400, body: { NeutronError: detail } };
  }
  const path = (url.split('?')[0] ?? '').replace(/\/+$/, '');
  if (path === '') return { status: 200, body: { versions: [{ id: 'v2.0', status: 'CURRENT', links: [] }] } };
  if (path === '/v2.0') return { status: 200, body: { resources: [] } };
  if (path.includes('/quotas')) return { status: 200, body: { quota: {} } };
  const collection = (path.split('/').at(-1) ?? '').replace(/\.json$/, '').replaceAll('-', '_');
  return { status: 200, body: { [collection]: [] } };
}
