/**
 * What the contracts use of ts-rest while they run, and no more. The package itself carries the whole of zod 3 (12 kB of a
 * first page that may weigh 200), so that the build puts this file in its place; `ts-rest-runtime.test.ts` holds it to the
 * original.
 */
type Route = {
  method: string;
  path: string;
  responses: object;
  metadata?: object;
  strictStatusCodes?: boolean;
};
type Router = { [name: string]: Route | Router };
type Options = { commonResponses?: object; metadata?: object; strictStatusCodes?: boolean };

export const ContractNoBody = Symbol('ContractNoBody');

export const isAppRoute = (entry: Route | Router): entry is Route => 'method' in entry && 'path' in entry;

export const isAppRouteOtherResponse = (response: unknown): boolean =>
  typeof response === 'object' && response !== null && 'contentType' in response;

export const initContract = () => ({
  router: applyOptions,
  otherResponse: (response: object) => response,
  noBody: () => ContractNoBody,
});

function applyOptions(router: Router, options: Options = {}): Router {
  const entries = Object.entries(router).map(([name, entry]) => [
    name,
    isAppRoute(entry) ? withOptions(entry, options) : applyOptions(entry, options),
  ]);
  return Object.fromEntries(entries) as Router;
}

const withOptions = (route: Route, { commonResponses, metadata, strictStatusCodes }: Options): Route => ({
  ...route,
  responses: { ...commonResponses, ...route.responses },
  ...((route.strictStatusCodes ?? strictStatusCodes) ? { strictStatusCodes: true } : {}),
  ...(metadata || route.metadata ? { metadata: { ...metadata, ...route.metadata } } : {}),
});
