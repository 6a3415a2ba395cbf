import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger, Metrics } from '@instance-ha/ports';
import * as prom from 'prom-client';
import { createLogger, type LogLevel, type LogOptions } from './logger.ts';
import { createMetrics } from './metrics.ts';

export type TelemetryOptions = LogOptions & { version: string };

/** Whether the service makes progress, for `/healthz`; `detail` says what it does or what keeps it. */
export type Health = { healthy: boolean; detail: Record<string, unknown> };

export type Telemetry = {
  log: Logger;
  /** Changes the least severe level that is logged, from the next line on. */
  setLevel(level: LogLevel): void;
  metrics: Metrics;
  /** The metrics page and its content type. */
  render(): Promise<{ contentType: string; body: string }>;
  /** Serves `/metrics`, and `/healthz` by asking `health`: 200, or 503. Port 0 takes a free one. */
  serve(options: {
    host: string;
    port: number;
    health: () => Health;
  }): Promise<{ port: number; close(): Promise<void> }>;
};

/** The logger and the metrics of one service. */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const log = createLogger(options);
  const registry = new prom.Registry();
  prom.collectDefaultMetrics({ register: registry });
  const metrics = createMetrics(registry);
  new prom.Gauge({
    name: 'vmha_build_info',
    help: 'Always 1; tells the service and its version.',
    labelNames: ['service', 'version'],
    registers: [registry],
  }).set({ service: options.service, version: options.version }, 1);
  const render = async () => ({ contentType: registry.contentType, body: await registry.metrics() });
  return {
    log,
    setLevel: level => log.setLevel(level),
    metrics,
    render,
    serve: where => serve({ ...where, render, log }),
  };
}

async function serve(options: {
  host: string;
  port: number;
  health: () => Health;
  render: Telemetry['render'];
  log: Logger;
}): Promise<{ port: number; close(): Promise<void> }> {
  const { host, port, health, render, log } = options;
  const server = createServer(
    { requestTimeout: 5000, headersTimeout: 5000, keepAliveTimeout: 5000 },
    (request, response) => {
      const answer = (status: number, contentType: string, body: string): void => {
        response
          .writeHead(status, { 'content-type': contentType })
          .end(request.method === 'HEAD' ? undefined : body);
      };
      const path = request.url?.split('?')[0];
      if (request.method !== 'GET' && request.method !== 'HEAD')
        answer(405, 'text/plain', 'only GET is served here\n');
      else if (path === '/healthz') {
        const { healthy, detail } = health();
        answer(healthy ? 200 : 503, 'application/json', `${JSON.stringify({ healthy, ...detail })}\n`);
      } else if (path === '/metrics') {
        render().then(
          page => answer(200, page.contentType, page.body),
          (error: unknown) => {
            log.error({ error }, 'the metrics page could not be made');
            answer(500, 'text/plain', 'the metrics page could not be made\n');
          },
        );
      } else answer(404, 'text/plain', 'served here: /metrics, /healthz\n');
    },
  );
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
