import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

type Version = { dist: Record<string, unknown> } & Record<string, unknown>;
type Package = { name: string; 'dist-tags': Record<string, string>; versions: Record<string, Version> };
type Published = Package & { _attachments: Record<string, { data: string }> };

/**
 * An npm registry for one scope, in memory, on loopback: takes `publish`, gives packuments and tarballs.
 * Enough of the protocol for npm and pnpm; what they ask beyond it is answered 404.
 */
export async function startRegistry(): Promise<{ url: string; names(): string[]; close(): Promise<void> }> {
  const packages = new Map<string, Package>();
  const tarballs = new Map<string, Buffer>();
  let url = '';

  const publish = (name: string, body: Published): number => {
    const known = packages.get(name) ?? { name, 'dist-tags': {}, versions: {} };
    for (const [version, manifest] of Object.entries(body.versions)) {
      if (known.versions[version]) return 409;
      const file = `${encodeURIComponent(name)}-${version}.tgz`;
      const attachment = Object.values(body._attachments)[0];
      if (!attachment) return 400;
      const bytes = Buffer.from(attachment.data, 'base64');
      tarballs.set(`/tarballs/${file}`, bytes);
      const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
      known.versions[version] = {
        ...manifest,
        dist: { ...manifest.dist, integrity, tarball: `${url}tarballs/${file}` },
      };
    }
    Object.assign(known['dist-tags'], body['dist-tags']);
    packages.set(name, known);
    return 201;
  };

  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const path = request.url?.split('?')[0] ?? '/';
    const name = decodeURIComponent(path.slice(1));
    const tarball = tarballs.get(path);
    if (request.method === 'GET' && tarball)
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(tarball);
    else if (request.method === 'GET' && packages.has(name)) answer(200, packages.get(name));
    else if (request.method === 'PUT') {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const status = publish(name, JSON.parse(Buffer.concat(chunks).toString('utf8')) as Published);
        answer(status, status === 201 ? { ok: true } : { error: `not taken: ${status}` });
      });
    } else answer(404, { error: 'not found' });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    names: () => [...packages.keys()],
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
