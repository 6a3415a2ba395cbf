import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PageServer } from '../console/serve-console.ts';
import { refuse } from './error-answer.ts';

/** A browser gets the console's page; others 404, or 405 with `Allow` where the path exists for another method. */
export function notFoundHandler(routes: readonly { path: string; method: string }[], servePage: PageServer) {
  const known = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  for (const { path, method } of routes) {
    const pattern = new RegExp(`^${path.replaceAll(/:[A-Za-z_]\w*/g, '[^/]+')}$`);
    const entry = known.get(path) ?? { pattern, methods: new Set<string>() };
    entry.methods.add(method);
    known.set(path, entry);
  }
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (servePage(request, reply)) return reply;
    const [path = ''] = request.url.split('?');
    const methods = [...known.values()].find(({ pattern }) => pattern.test(path))?.methods;
    if (!methods || methods.has(request.method))
      return refuse(request, reply, { code: 'not-found', message: 'nothing is served at this path' });
    reply.header('allow', [...methods].join(', '));
    return refuse(request, reply, {
      code: 'method-not-allowed',
      message: `this path takes ${[...methods].join(', ')} only`,
    });
  };
}
