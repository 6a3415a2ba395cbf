import type { Logger, Metrics } from '@instance-ha/ports';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const classes = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Where requests that belong to no route of the contracts are counted. */
const other = 'other';

/** Counts each request and writes its line: changes and refusals at info, questions and reports at debug, our faults at error. */
export function recordRequests(
  app: FastifyInstance,
  options: { log: Logger; metrics: Metrics; routes: readonly { path: string }[] },
): void {
  const { log, metrics } = options;
  const route = [...new Set(options.routes.map(({ path }) => path)), other];
  const requests = metrics.counter({
    name: 'vmha_http_requests_total',
    help: 'Requests answered, by route and class of status.',
    labels: { route, status: classes },
  });
  const durations = metrics.histogram({
    name: 'vmha_http_request_duration_seconds',
    help: 'Time from a request to its whole answer, by route.',
    labels: { route },
    buckets,
  });
  const inFlightGauge = metrics.gauge({
    name: 'vmha_http_requests_in_flight',
    help: 'Requests being answered.',
  });
  let inFlight = 0;

  app.addHook('onRequest', (_request, _reply, done) => {
    inFlight += 1;
    inFlightGauge.set(inFlight);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    inFlight -= 1;
    inFlightGauge.set(inFlight);
    const label = request.routeOptions.config.contractPath ?? other;
    const status = reply.statusCode;
    const statusClass = classes[Math.floor(status / 100) - 1] ?? '5xx';
    requests.add(1, { route: label, status: statusClass });
    durations.observe(reply.elapsedTime / 1000, { route: label });
    log[levelOf(request, status)](line(request, reply), 'request');
    done();
  });
}

function levelOf(request: FastifyRequest, status: number): 'debug' | 'info' | 'error' {
  if (status >= 500 && status !== 503) return 'error';
  if (request.method === 'GET' || request.method === 'HEAD') return 'debug';
  if (request.routeOptions.config.contractPath === '/v2/monitors/:host/report' && status < 300)
    return 'debug';
  return 'info';
}

/** No header and no body: a token cannot be in it. */
const line = (request: FastifyRequest, reply: FastifyReply): object => ({
  requestId: request.id,
  method: request.method,
  path: request.url.slice(0, 512),
  status: reply.statusCode,
  ms: Math.round(reply.elapsedTime * 10) / 10,
  from: request.ip,
  as: request.identity?.name ?? null,
});
