import { z } from 'zod';
import { forThePublic } from './access.ts';
import { rest } from './rest.ts';

/** Whether the process is alive and makes progress; `detail` says what each part does or what keeps it. */
export const Health = z.strictObject({
  healthy: z.boolean(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export type Health = z.infer<typeof Health>;

/** Whether requests can be served: the database answers and the service is not stopping. */
export const Readiness = z.strictObject({ ready: z.boolean(), detail: z.string() });
export type Readiness = z.infer<typeof Readiness>;

/** What load balancers, supervisors, Prometheus and browsers ask; nothing of it needs a token or holds a secret. */
export const serviceContract = rest.router(
  {
    health: {
      method: 'GET',
      path: '/healthz',
      summary: 'Tell whether the process is alive and makes progress',
      responses: { 200: Health, 503: Health },
    },
    readiness: {
      method: 'GET',
      path: '/readyz',
      summary: 'Tell whether requests can be served',
      responses: { 200: Readiness, 503: Readiness },
    },
    metrics: {
      method: 'GET',
      path: '/metrics',
      summary: 'Metrics in the Prometheus text format',
      responses: { 200: rest.otherResponse({ contentType: 'text/plain', body: z.string() }) },
    },
    openapi: {
      method: 'GET',
      path: '/openapi.json',
      summary: 'This API as an OpenAPI 3.1 document',
      responses: { 200: z.record(z.string(), z.unknown()) },
    },
  },
  { metadata: forThePublic, strictStatusCodes: true },
);
