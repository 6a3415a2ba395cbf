import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ConsoleFile, type ConsoleFiles, noncePlaceholder } from './console-files.ts';

/** Answers with the page where a browser asks for one; false leaves the request to others. */
export type PageServer = (request: FastifyRequest, reply: FastifyReply) => boolean;

const yearSeconds = 31_536_000;

/** Paths that are never pages of the console, whatever the browser accepts. */
const notOurs = /^\/(v\d|docs|openapi\.json|healthz|readyz|metrics|assets)(\/|\?|$)/;

/** Registers the console's files, and answers who serves its page at every other path. */
export function serveConsole(app: FastifyInstance, console: ConsoleFiles | undefined): PageServer {
  for (const file of console?.files.values() ?? [])
    app.route({ method: ['GET', 'HEAD'], url: file.path, handler: (...args) => sendFile(file, ...args) });
  return (request, reply) => {
    if (!asksForPage(request)) return false;
    if (console) sendPage(console.page, reply);
    else sendAbsence(reply);
    return true;
  };
}

/** Programs that accept anything get what they always got: the list of versions. */
const asksForPage = (request: FastifyRequest): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') &&
  !notOurs.test(request.url) &&
  /\btext\/html\b/.test(request.headers.accept ?? '');

function sendFile(file: ConsoleFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.headers({
    etag: file.etag,
    'cache-control': file.immutable ? `public, max-age=${yearSeconds}, immutable` : 'no-cache',
    vary: 'accept-encoding',
  });
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  const zipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')) ? file.gzipped : undefined;
  if (zipped !== undefined) reply.header('content-encoding', 'gzip');
  reply.type(file.type);
  return request.method === 'HEAD' ? reply.send() : reply.send(createReadStream(zipped ?? file.plain));
}

/** Styles that Mantine and the editor make at run time carry the nonce of their page; nothing else may be inline. */
function sendPage(page: string, reply: FastifyReply): void {
  const nonce = randomBytes(18).toString('base64');
  reply
    .headers({ ...pageHeaders(`'self' 'nonce-${nonce}'`), vary: 'accept' })
    .type('text/html; charset=utf-8')
    .send(page.replaceAll(noncePlaceholder, nonce));
}

function sendAbsence(reply: FastifyReply): void {
  reply
    .code(503)
    .headers({ ...pageHeaders("'none'"), vary: 'accept' })
    .type('text/html; charset=utf-8')
    .send(`<!doctype html>
<html lang="en"><title>Instance HA</title>
<h1>The console was not built</h1>
<p>The API runs and serves <a href="/docs">/docs</a>, /v1 and /v2. To have the console too, build it
(<code>./dev turbo run build</code> in a checkout; an installed package brings it) and restart the API.</p>
</html>
`);
}

const pageHeaders = (styles: string): Record<string, string> => ({
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    `style-src ${styles}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
});
