import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import rateLimit from '@fastify/rate-limit';
import {
  chooseMicroversion,
  masakariContract,
  masakariDiscoveryContract,
  masakariProjectContract,
  masakariRootContract,
  nativeContract,
  serviceContract,
  showMicroversion,
} from '@instance-ha/contracts';
import { listRoutes, type RegisterOptions, registerContract } from '@instance-ha/contracts/server';
import type { Telemetry } from '@instance-ha/telemetry';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { nativeRule } from '../auth/access-policy.ts';
import type { Identity } from '../auth/open-identity.ts';
import { requireAccess } from '../auth/require-access.ts';
import type { ConsoleFiles } from '../console/console-files.ts';
import { serveConsole } from '../console/serve-console.ts';
import type { ApiContext } from '../context.ts';
import { discoveryHandlers, rootHandlers } from '../masakari/discovery.ts';
import { masakariHandlers } from '../masakari/handlers.ts';
import { schemaWords } from '../masakari/schema-words.ts';
import type { Streams } from '../native/events.ts';
import { nativeHandlers } from '../native/handlers.ts';
import { openApiDocument } from '../openapi-document.ts';
import type { RolloutDriver } from '../rollout/driver.ts';
import type { WantedWatch } from '../rollout/wanted-watch.ts';
import type { ServiceStatus } from '../service-status.ts';
import { sessionHandlers } from '../session/session-handlers.ts';
import { sessionReader } from '../session/session-token.ts';
import { serveDocs } from './docs-page.ts';
import { errorBody, RefusalError, refuse, speaksMasakari } from './error-answer.ts';
import { errorHandler } from './error-handler.ts';
import { notFoundHandler } from './not-found.ts';
import { recordRequests } from './request-record.ts';

export type ServerOptions = {
  context: ApiContext;
  identity: Pick<Identity, 'validator' | 'logIn'>;
  /** Undefined when it was not built. */
  console: ConsoleFiles | undefined;
  sessionTimeoutMs: number;
  authFailureLimit: number;
  streams: Streams;
  rollout: { driver: RolloutDriver; watch: WantedWatch };
  status: ServiceStatus;
  render: Telemetry['render'];
  version: string;
  bodyLimitBytes: number;
  /** Requests a minute and address; 0 for no limit. */
  rateLimitPerMinute: number;
};

/** Bytes of the request line and all headers. */
const maxHeaderBytes = 16 * 1024;
/** A request must be here whole within this. */
const requestTimeoutMs = 30_000;
const headersTimeoutMs = 10_000;
/** Longer than the usual 60 s of proxies, so that it is they who close an idle connection. */
const keepAliveTimeoutMs = 75_000;
/** A connection on which nothing moves. Live streams beat every 15 s. */
const idleTimeoutMs = 120_000;
const maxConnections = 4096;
/** A host name has at most 255 characters, each of which may be escaped as three. */
const maxParamLength = 765;
/**
 * The report of a monitor is one body for all guests of its host; a configuration may have 1,048,576 characters of up to three
 * bytes. They are only read with a token.
 */
const largeBodyBytes = 4 * 1024 * 1024;
const largeBodies: readonly string[] = [
  'monitors.report',
  'configuration.save',
  'configuration.validate',
  'configuration.preview',
];

/** Every contract that is served. */
export const servedContracts = [
  nativeContract,
  masakariContract,
  masakariProjectContract,
  masakariDiscoveryContract,
  masakariRootContract,
  serviceContract,
] as const;

const routes = servedContracts.flatMap(contract =>
  listRoutes(contract).map(({ route }) => ({ path: route.path, method: route.method })),
);

/** Builds the HTTP service; it does not listen yet. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { context, status } = options;
  const { log } = context;
  const app = fastify({
    logger: false,
    genReqId: requestId,
    bodyLimit: options.bodyLimitBytes,
    routerOptions: { maxParamLength, ignoreTrailingSlash: false },
    exposeHeadRoutes: false,
    forceCloseConnections: false,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionTimeout: idleTimeoutMs,
    http: { maxHeaderSize: maxHeaderBytes, headersTimeout: headersTimeoutMs },
    trustProxy: 'loopback', // The proxy that speaks TLS for us tells whom it speaks for; nobody else is believed.
    clientErrorHandler,
    frameworkErrors: (error, request, reply) =>
      void errorHandler(log)(error, request as never, reply as never),
  });
  app.server.maxConnections = maxConnections;
  app.removeContentTypeParser('text/plain');
  app.decorateRequest('identity', null);
  recordRequests(app, { log, metrics: context.metrics, routes });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-openstack-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  });
  app.setErrorHandler(errorHandler(log));
  await limitRate(app, options.rateLimitPerMinute);

  const servePage = serveConsole(app, options.console);
  app.setNotFoundHandler(notFoundHandler(routes, servePage));
  const sessions = sessionReader(context);
  const { identity } = options;
  const access = requireAccess({ validator: identity.validator, policy: context.policy, sessions });
  const session = sessionHandlers({
    context,
    identity,
    read: sessions,
    timeoutMs: options.sessionTimeoutMs,
    failureLimit: options.authFailureLimit,
  });
  app.register(async scope => {
    scope.addHook('onRequest', access);
    const { streams, rollout } = options;
    registerContract(scope, nativeContract, nativeHandlers(context, { streams, session, rollout }), {
      ...answers(context),
      routeOptions: (_route, name) => ({
        config: { policy: nativeRule(name) },
        ...(largeBodies.includes(name)
          ? { bodyLimit: Math.max(options.bodyLimitBytes, largeBodyBytes) }
          : {}),
      }),
    });
  });
  app.register(async scope => {
    speakMicroversions(scope);
    scope.addHook('onRequest', access);
    acceptMasakariBodies(scope);
    const handlers = masakariHandlers(context);
    registerContract(scope, masakariDiscoveryContract, discoveryHandlers, answers(context));
    registerContract(scope, masakariContract, handlers, answers(context));
    registerContract<typeof masakariProjectContract>(
      scope,
      masakariProjectContract,
      handlers,
      answers(context),
    );
  });
  const document = openApiDocument(options.version);
  app.register(async scope => {
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('vary', 'accept');
      return servePage(request, reply) ? reply : undefined;
    });
    registerContract(scope, masakariRootContract, rootHandlers, answers(context));
  });
  app.register(async scope => serveService(scope, { ...options, document, status }));
  app.register(async scope => serveDocs(scope, document));
  await app.ready();
  return app;
}

/** OpenStack's form. A caller's own id is kept, so that one id runs through all services. */
function requestId(request: { headers: IncomingMessage['headers'] }): string {
  const given = request.headers['x-openstack-request-id'];
  return typeof given === 'string' && /^req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(given)
    ? given
    : `req-${randomUUID()}`;
}

function answers(context: ApiContext): RegisterOptions {
  return {
    onInvalidRequest: (details, { request, part, issues, input }) => {
      const [issue] = issues;
      const message =
        speaksMasakari(request.url) && issue
          ? schemaWords(issue, input)
          : `the ${part} of the request breaks the contract`;
      return { status: 400, body: errorBody(request, { code: 'invalid-request', message, details }) };
    },
    onInvalidResponse: (fault, request) => {
      context.log.error({ ...fault, requestId: request.id }, 'an answer broke the contract and was not sent');
      const message = 'the service failed; its log tells why, by the id of this request';
      return { status: 500, body: errorBody(request, { code: 'internal', message }) };
    },
  };
}

async function limitRate(app: FastifyInstance, perMinute: number): Promise<void> {
  if (perMinute === 0) return;
  await app.register(rateLimit, {
    global: true,
    max: perMinute,
    timeWindow: 60_000,
    cache: 10_000,
    addHeaders: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
      'retry-after': false,
    },
    addHeadersOnExceeding: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
    },
    errorResponseBuilder: (_request, { ttl }) =>
      new RefusalError({
        code: 'too-many-requests',
        message: 'too many requests came from this address ([api] rate_limit)',
        retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1000)),
      }),
  });
}

/** The version is chosen before anything else is looked at, and told in every answer. */
function speakMicroversions(scope: FastifyInstance): void {
  scope.addHook('onRequest', async (request, reply) => {
    reply.header('vary', 'OpenStack-API-Version');
    const header = request.headers['openstack-api-version'];
    const choice = chooseMicroversion(Array.isArray(header) ? header.join(',') : header);
    const version = choice.ok ? choice.version : { major: 1, minor: 0 };
    reply.header('openstack-api-version', `instance-ha ${showMicroversion(version)}`);
    const { project_id: project } = request.params as { project_id?: string };
    if (project !== undefined && !/^[0-9a-f-]+$/.test(project)) return reply.callNotFound();
    if (choice.ok) return undefined;
    if (choice.status === 400)
      return refuse(request, reply, { code: 'invalid-request', message: choice.message });
    const body = { masakariFault: { code: 406, message: choice.message } };
    return reply.code(406).type('application/json; charset=utf-8').send(body);
  });
}

/** Masakari takes JSON also when it is called by its own name, plain text, or nothing; no body at all is its `None`. */
function acceptMasakariBodies(scope: FastifyInstance): void {
  const parse = scope.getDefaultJsonParser('error', 'error');
  const read = (
    request: FastifyRequest,
    body: string | Buffer,
    done: (error: Error | null, body?: unknown) => void,
  ) => (body.length === 0 ? done(null, null) : void parse(request, String(body), done));
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser(
    ['application/json', 'application/vnd.openstack.masakari+json', 'text/plain'],
    { parseAs: 'string' },
    read,
  );
  scope.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => {
    if (request.headers['content-type'] === undefined) read(request, body, done);
    else
      done(
        new RefusalError({ code: 'unsupported-media-type', message: 'the body must be application/json' }),
      );
  });
  scope.addHook('onSend', async (_request, reply) => {
    if (reply.statusCode < 300 && reply.hasHeader('content-type'))
      reply.header('content-type', 'application/json');
  });
}

function serveService(
  scope: FastifyInstance,
  options: ServerOptions & { document: Record<string, unknown> },
): void {
  const { status, render, document, context } = options;
  registerContract(
    scope,
    serviceContract,
    {
      health: async () => {
        const body = status.health();
        return { status: body.healthy ? 200 : 503, body };
      },
      readiness: async () => {
        const body = await status.readiness();
        return { status: body.ready ? 200 : 503, body };
      },
      metrics: async ({ reply }) => {
        const page = await render();
        reply.type(page.contentType);
        return { status: 200, body: page.body };
      },
      openapi: async () => ({ status: 200, body: document }),
    },
    { ...answers(context), routeOptions: () => ({ exposeHeadRoute: true }) },
  );
}

/** What is not even HTTP: answered in our form where that is possible, and closed. */
function clientErrorHandler(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return;
  const [status, code, message] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [
          '431 Request Header Fields Too Large',
          'too-large',
          `request line and headers may have ${maxHeaderBytes} bytes`,
        ]
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'invalid-request', 'the request did not come within the time']
        : ['400 Bad Request', 'invalid-request', 'this is not HTTP'];
  const body = JSON.stringify({ error: { code, message, requestId: `req-${randomUUID()}` } });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
