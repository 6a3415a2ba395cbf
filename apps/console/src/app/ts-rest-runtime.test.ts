import { listRoutes } from '@instance-ha/contracts/server';
import { describe, expect, it, vi } from 'vitest';
import * as ours from '../../build/ts-rest-runtime.ts';

/** What of a contract matters while it runs; schemas by which there are, for each copy of a contract makes its own. */
async function shapeOf(replacement: object | undefined) {
  vi.resetModules();
  if (replacement) vi.doMock('@ts-rest/core', () => replacement);
  else vi.doUnmock('@ts-rest/core');
  const { nativeContract } = await import('@instance-ha/contracts');
  return listRoutes(nativeContract).map(({ name, access, route }) => ({
    name,
    access,
    method: route.method,
    path: route.path,
    responses: Object.entries(route.responses).map(([status, body]) => `${status} ${typeof body}`),
    parts: ['query', 'body', 'headers', 'pathParams'].filter(part => Reflect.get(route, part) !== undefined),
    strict: route.strictStatusCodes,
  }));
}

describe("the build's stand-in for ts-rest", () => {
  it('makes of our contracts what ts-rest makes of them', async () => {
    const original = await shapeOf(undefined);
    expect(original.length).toBeGreaterThan(20);
    expect(await shapeOf(ours)).toEqual(original);
  });
});
