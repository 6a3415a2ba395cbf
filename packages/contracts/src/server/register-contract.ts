/**
 * Serves a ts-rest contract with fastify 5.
 *
 * Each route checks its request (path, query, headers, body) before the handler sees it and its response before the
 * client sees it, both by the contract's own schemas. A response that breaks the contract becomes a 500 that tells
 * the client nothing and the log everything. `@ts-rest/fastify` is not used: it knows fastify 4 only, and it sends
 * the whole list of faults of a bad response to the client.
 */
import {
  type AppRoute,
  type AppRouter,
  ContractNoBody,
  isAppRoute,
  isAppRouteOtherResponse,
  type ServerInferRequest,
  type ServerInferResponses,
} from '@ts-rest/core';
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  HTTPMethods,
  RouteShorthandOptions,
} from 'fastify';
import { z } from 'zod';
import type { RouteAccess } from '../access.ts';
import type { ErrorDetail } from '../error-body.ts';
import type { HeadersOutput } from '../headers.ts';
import { findUnstorable, mendText } from '../wire.ts';
import { queryCoercion } from './coerce-query.ts';
import { describe, describeIssues, type RequestIssue, type RequestPart } from './request-faults.ts';

/** What a handler answers when it has taken over the reply itself (`reply.hijack()`), as streams do. */
export const replied: unique symbol = Symbol('replied');

/** Answers one route. Whatever it throws goes to fastify's error handler. */
export type RouteHandler<R extends AppRoute> = (
  input: Omit<ServerInferRequest<R>, 'headers'> & {
    headers: HeadersOutput<R>;
    request: FastifyRequest;
    reply: FastifyReply;
  },
) => Promise<ServerInferResponses<R> | typeof replied>;

/** A handler for every route of a contract; a missing or a surplus one is a type error. */
export type RouterHandlers<T extends AppRouter> = {
  [K in keyof T]: T[K] extends AppRoute
    ? RouteHandler<T[K]>
    : T[K] extends AppRouter
      ? RouterHandlers<T[K]>
      : never;
};

/** What the adapter leaves to its user. */
export type RegisterOptions = {
  /** The answer to a request that breaks the contract. */
  onInvalidRequest(
    details: ErrorDetail[],
    context: {
      request: FastifyRequest;
      part: RequestPart;
      issues: readonly RequestIssue[];
      input: unknown;
    },
  ): { status: number; body: unknown };
  /** Told, for the log, when a handler's answer breaks the contract; what it returns is sent. */
  onInvalidResponse(
    fault: { status: number; details: string },
    request: FastifyRequest,
  ): { status: number; body: unknown };
  /** Fastify's own options for a route: hooks, body limit. `name` is the route's place in the contract, as `pause.set`. */
  routeOptions?(route: AppRoute, name: string): RouteShorthandOptions;
};

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route, from the contract's metadata. */
    access?: RouteAccess['access'];
    /** The policy rule that decides, from the contract's metadata or the route's own options. */
    policy?: string | undefined;
    /** The route as it stands in the contract, e.g. `/v2/guests/:uuid`: a label with few values. */
    contractPath?: string;
  }
}

/** Registers every route of `contract`. Throws when a route does not say who may call it. */
export function registerContract<T extends AppRouter>(
  app: FastifyInstance,
  contract: T,
  handlers: RouterHandlers<T>,
  options: RegisterOptions,
): void {
  for (const { name, route, handler } of pairs(contract, handlers as Handlers, '')) {
    const own = options.routeOptions?.(route, name) ?? {};
    app.route({
      ...own,
      method: route.method as HTTPMethods,
      url: route.path,
      config: { ...policyOf(route), ...own.config, access: accessOf(name, route), contractPath: route.path },
      handler: serve(name, route, handler, options),
    });
  }
}

/** Every route of a contract with its dotted name, e.g. `notifications.list`. */
export function listRoutes(
  contract: AppRouter,
): { name: string; route: AppRoute; access: RouteAccess['access'] }[] {
  return routesOf(contract, '').map(({ name, route }) => ({ name, route, access: accessOf(name, route) }));
}

type Handler = (
  input: Record<string, unknown>,
) => Promise<{ status: number; body?: unknown } | typeof replied>;
type Handlers = { [name: string]: Handler | Handlers };

function routesOf(contract: AppRouter, prefix: string): { name: string; path: string[]; route: AppRoute }[] {
  return Object.entries(contract).flatMap(([key, entry]) => {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    return isAppRoute(entry) ? [{ name, path: name.split('.'), route: entry }] : routesOf(entry, name);
  });
}

function pairs(contract: AppRouter, handlers: Handlers, prefix: string) {
  return routesOf(contract, prefix).map(({ name, path, route }) => {
    let found: Handler | Handlers | undefined = handlers;
    for (const key of path) found = typeof found === 'object' ? found[key] : undefined;
    if (typeof found !== 'function') throw new Error(`the route ${name} of the contract has no handler`);
    return { name, route, handler: found };
  });
}

function accessOf(name: string, route: AppRoute): RouteAccess['access'] {
  const access = (route.metadata as Partial<RouteAccess> | undefined)?.access;
  if (access === undefined) throw new Error(`the route ${name} of the contract does not say who may call it`);
  return access;
}

function policyOf(route: AppRoute): { policy?: string } {
  const policy = (route.metadata as Partial<RouteAccess> | undefined)?.policy;
  return policy === undefined ? {} : { policy };
}

function serve(name: string, route: AppRoute, handler: Handler, options: RegisterOptions) {
  const check = requestCheck(route);
  const checkResponse = responseCheck(route);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const checked = check(request);
    if (!checked.ok) {
      const { part, issues, input, details } = checked;
      const refusal = options.onInvalidRequest(details, { request, part, issues, input });
      return reply.code(refusal.status).send(refusal.body);
    }
    const answer = await handler({ ...checked.parts, request, reply });
    if (answer === replied) return reply;

    const sound = checkResponse(answer.status, answer.body);
    if (!sound.ok) {
      const details = `route ${name}: ${sound.details}`;
      const refusal = options.onInvalidResponse({ status: answer.status, details }, request);
      return reply.code(refusal.status).send(refusal.body);
    }
    if (sound.contentType !== undefined && !reply.hasHeader('content-type')) reply.type(sound.contentType);
    return reply.code(answer.status).send(sound.body);
  };
}

type Checked =
  | { ok: true; parts: Record<string, unknown> }
  | {
      ok: false;
      part: RequestPart;
      issues: readonly RequestIssue[];
      input: unknown;
      details: ErrorDetail[];
    };

/** Prepares everything that does not depend on the request, once. */
function requestCheck(route: AppRoute): (request: FastifyRequest) => Checked {
  const coerceQuery = queryCoercion(route.query);
  const steps: { part: RequestPart; schema: z.ZodType; read: (request: FastifyRequest) => unknown }[] = [];
  const add = (part: RequestPart, schema: unknown, read: (request: FastifyRequest) => unknown): void => {
    if (schema instanceof z.ZodType) steps.push({ part, schema: z.compile(schema), read });
  };
  add('params', route.pathParams, request => request.params);
  add('query', route.query, request => coerceQuery(request.query));
  add('headers', headerSchema(route.headers), request => request.headers);
  if ('body' in route) add('body', route.body, request => request.body);

  return request => {
    const parts: Record<string, unknown> = { params: request.params };
    for (const { part, schema, read } of steps) {
      const input = read(request);
      const parsed = schema.safeParse(input);
      if (!parsed.success) {
        const { issues } = parsed.error;
        return { ok: false, part, issues, input, details: describeIssues(part, issues, input) };
      }
      // A monitor's report must not be lost for a byte that somebody put into a name; a question may well be refused.
      const unstorable = part === 'body' ? undefined : findUnstorable(parsed.data);
      if (unstorable) {
        const message = 'text without U+0000 and without halves of surrogate pairs';
        const issue = { code: 'custom' as const, path: unstorable, message, input };
        return { ok: false, part, issues: [issue], input, details: describeIssues(part, [issue], input) };
      }
      parts[part] = part === 'body' ? mendText(parsed.data) : parsed.data;
    }
    return { ok: true, parts };
  };
}

/** Headers a contract does not name are everybody's own business: they are let through and not handed on. */
function headerSchema(headers: AppRoute['headers']): z.ZodType | undefined {
  if (headers === undefined || headers === null) return undefined;
  if (headers instanceof z.ZodType) return headers;
  return z.object(headers as z.ZodRawShape);
}

type Sound = { ok: true; body: unknown; contentType: string | undefined } | { ok: false; details: string };

function responseCheck(route: AppRoute): (status: number, body: unknown) => Sound {
  const schemas = new Map<number, { schema: z.ZodType | undefined; contentType: string | undefined }>();
  for (const [status, response] of Object.entries(route.responses)) {
    const other = isAppRouteOtherResponse(response) ? response : undefined;
    const schema = other ? other.body : response;
    schemas.set(Number(status), {
      schema: schema instanceof z.ZodType ? z.compile(schema) : undefined,
      contentType: other?.contentType,
    });
    if (schema === ContractNoBody)
      schemas.set(Number(status), { schema: z.undefined(), contentType: undefined });
  }
  return (status, body) => {
    const expected = schemas.get(status);
    if (!expected) return { ok: false, details: `answered ${status}, which the contract does not know` };
    if (!expected.schema) return { ok: true, body, contentType: expected.contentType };
    const parsed = expected.schema.safeParse(body);
    if (parsed.success) return { ok: true, body: parsed.data, contentType: expected.contentType };
    const faults = parsed.error.issues.slice(0, 5).map(issue => `${issue.path.join('.')}: ${issue.message}`);
    return {
      ok: false,
      details: `answered ${status} with ${describe(body)} that does not fit: ${faults.join('; ')}`,
    };
  };
}
