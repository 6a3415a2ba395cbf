import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConsole } from './console-files.ts';
import { serveConsole } from './serve-console.ts';

const script = 'console.log("x");'.repeat(100);
const html = { accept: 'text/html,application/xhtml+xml' };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'iha-console-'));
  mkdirSync(join(folder, 'assets'));
  mkdirSync(join(folder, '.vite'));
  writeFileSync(join(folder, 'index.html'), '<meta nonce="__CSP_NONCE__">');
  writeFileSync(join(folder, 'favicon.svg'), '<svg/>');
  writeFileSync(join(folder, 'assets', 'a-1.js'), script);
  writeFileSync(join(folder, 'assets', 'a-1.js.gz'), gzipSync(script));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function serving(from: string): Promise<FastifyInstance> {
  const app = fastify();
  const servePage = serveConsole(app, await readConsole(from));
  app.setNotFoundHandler((request, reply) =>
    servePage(request, reply) ? reply : reply.code(404).send('none'),
  );
  return app;
}

describe('the files of the console', () => {
  it('are kept by browsers for ever where their name changes with them', async () => {
    const app = await serving(folder);
    const first = await app.inject({ url: '/assets/a-1.js', headers: { 'accept-encoding': 'gzip, br' } });
    expect(first.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'content-encoding': 'gzip',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect(gunzipSync(first.rawPayload).toString()).toBe(script);
    const etag = String(first.headers.etag);
    expect((await app.inject({ url: '/assets/a-1.js', headers: { 'if-none-match': etag } })).statusCode).toBe(
      304,
    );
    expect((await app.inject('/assets/a-1.js')).body).toBe(script);
    expect((await app.inject('/favicon.svg')).headers['cache-control']).toBe('no-cache');
  });

  it.each([
    '/assets/../index.html',
    '/assets/%2e%2e/secret',
    '/assets/none.js',
    '/.vite/manifest.json',
    '/assets/',
  ])('are only those that were built: %s', async url => {
    expect((await (await serving(folder)).inject(url)).statusCode).toBe(404);
  });
});

describe('the page of the console', () => {
  it('is served at every path to who asks for a page, with a nonce of its own and a policy without exceptions', async () => {
    const app = await serving(folder);
    const [one, two] = await Promise.all(
      ['/notifications/x?y=1', '/'].map(url => app.inject({ url, headers: html })),
    );
    const nonce = /nonce="([^"]+)"/.exec(one?.body ?? '')?.[1] ?? '';
    const policy = String(one?.headers['content-security-policy']);
    expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(two?.body).not.toContain(nonce);
    expect(one?.headers['cache-control']).toBe('no-store');
  });

  it.each(['/v2/nothing', '/v1', '/docs/x', '/metrics', '/assets/none.js'])(
    'is not served at %s',
    async url => {
      expect((await (await serving(folder)).inject({ url, headers: html })).statusCode).toBe(404);
    },
  );

  it('is not served to programs', async () => {
    const app = await serving(folder);
    expect((await app.inject({ url: '/x', headers: { accept: '*/*' } })).statusCode).toBe(404);
    expect((await app.inject({ url: '/x', method: 'POST', headers: html })).statusCode).toBe(404);
  });

  it('says plainly that it was not built', async () => {
    const app = await serving(join(folder, 'nowhere'));
    const answer = await app.inject({ url: '/', headers: html });
    expect(answer.statusCode).toBe(503);
    expect(answer.body).toContain('The console was not built');
  });
});
