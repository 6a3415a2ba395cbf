import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { masakariContract, masakariProjectContract, nativeContract, serviceContract } from '../index.ts';
import { listRoutes } from '../server.ts';
import { generateOpenApi } from './generate-openapi.ts';

const contracts = {
  v2: nativeContract,
  service: serviceContract,
  masakari: masakariContract,
  'masakari with project': masakariProjectContract,
};
const document = generateOpenApi({ title: 'Instance HA', version: '1.2.3', description: 'x', contracts });
type Parameter = { name: string; schema: object };
type Operation = { security: object[]; parameters: Parameter[] };
const json = document as unknown as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { oneOf?: object[]; anyOf?: object[] }> };
};

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document));
    expect(result).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('holds every route of the contracts, with who may call it', () => {
    const routes = Object.values(contracts).flatMap(contract => listRoutes(contract));
    for (const { route, access } of routes) {
      const operation =
        json.paths[route.path.replaceAll(/:([a-z_]+)/g, '{$1}')]?.[route.method.toLowerCase()];
      expect((operation?.security.length ?? 0) > 0, route.path).toBe(access !== 'public');
    }
    const operations = Object.values(json.paths).flatMap(path => Object.keys(path as object));
    expect(operations).toHaveLength(routes.length);
  });

  it('resolves every reference and leaves no schema empty', () => {
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      expect(json.components.schemas, name).toHaveProperty([String(name)]);
    }
    expect(text).not.toContain('$defs');
    const payload = json.components.schemas.NotificationPayload;
    expect(payload?.oneOf ?? payload?.anyOf).toHaveLength(3);
  });

  it('tells parameters with their types', () => {
    const parameters = json.paths['/v2/notifications']?.get?.parameters ?? [];
    expect(parameters.find(one => one.name === 'limit')?.schema).toEqual({
      type: 'integer',
      minimum: 1,
      maximum: 1000,
    });
    expect(parameters.find(one => one.name === 'status')?.schema).toMatchObject({
      type: 'array',
      items: { $ref: '#/components/schemas/NotificationStatus' },
    });
  });
});
