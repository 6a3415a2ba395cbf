/**
 * Makes an OpenAPI 3.1 document of ts-rest contracts, from the same schemas that check the requests. ts-rest's own
 * generator emits empty schemas for zod 4.
 */
import {
  type AppRoute,
  type AppRouter,
  ContractNoBody,
  isAppRoute,
  isAppRouteOtherResponse,
} from '@ts-rest/core';
import { z } from 'zod';
import type { RouteAccess } from '../access.ts';
import { schemaNames } from './schema-names.ts';

type Json = Record<string, unknown>;

export type OpenApiOptions = {
  title: string;
  version: string;
  description: string;
  /** The routes, by the tag they are shown under. */
  contracts: Readonly<Record<string, AppRouter>>;
  servers?: readonly { url: string; description: string }[];
};

/** The document as a plain object. Throws when two different schemas would have one name. */
export function generateOpenApi(options: OpenApiOptions): Json {
  const schemas: Record<string, Json> = {};
  const paths: Record<string, Json> = {};
  for (const [tag, contract] of Object.entries(options.contracts)) {
    for (const { name, route } of routesOf(contract, '')) {
      const path = route.path.replaceAll(/:([A-Za-z_]\w*)/g, '{$1}');
      paths[path] = {
        ...paths[path],
        [route.method.toLowerCase()]: operation({ tag, name, route, schemas }),
      };
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: options.title,
      version: options.version,
      description: options.description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: options.servers ?? [{ url: '/', description: 'This service' }],
    tags: Object.keys(options.contracts).map(name => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'Authorization: Bearer TOKEN' },
        openstack: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' },
      },
    },
  };
}

function routesOf(contract: AppRouter, prefix: string): { name: string; route: AppRoute }[] {
  return Object.entries(contract).flatMap(([key, entry]) => {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    return isAppRoute(entry) ? [{ name, route: entry }] : routesOf(entry, name);
  });
}

function operation(of: { tag: string; name: string; route: AppRoute; schemas: Record<string, Json> }): Json {
  const { tag, name, route, schemas } = of;
  const access = (route.metadata as Partial<RouteAccess> | undefined)?.access ?? [];
  const rule = (route.metadata as Partial<RouteAccess> | undefined)?.policy;
  const allowed =
    access === 'public'
      ? 'No token is needed.'
      : `A token of scope ${access.join(' or ')} is needed${rule === undefined ? '' : `, unless the policy ${rule} says otherwise`}.`;
  const body = 'body' in route && route.body instanceof z.ZodType ? route.body : undefined;
  return {
    operationId: `${tag}.${name}`.replaceAll(/[^A-Za-z0-9.]/g, ''),
    tags: [tag],
    ...(route.summary === undefined ? {} : { summary: route.summary }),
    description: [route.description, allowed].filter(part => part !== undefined).join('\n\n'),
    parameters: parameters(route, schemas),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(body, 'input', schemas) } },
          },
        }),
    responses: Object.fromEntries(
      Object.entries(route.responses).map(([status, response]) => [
        status,
        responseOf(status, response, schemas),
      ]),
    ),
    security: access === 'public' ? [] : [{ bearer: [] }, { openstack: [] }],
  };
}

function parameters(route: AppRoute, schemas: Record<string, Json>): Json[] {
  const headers =
    route.headers instanceof z.ZodType ? undefined : (route.headers as z.ZodRawShape | undefined);
  const inPath = shapeOf(route.pathParams);
  const named = [...route.path.matchAll(/:([A-Za-z_]\w*)/g)].map(match => String(match[1]));
  return [
    ...named.map(name => parameter('path', name, inPath[name] ?? z.string(), schemas)),
    ...Object.entries(shapeOf(route.query)).map(([name, schema]) =>
      parameter('query', name, schema, schemas),
    ),
    ...Object.entries(headers ?? {}).map(([name, schema]) =>
      parameter('header', name, schema as z.ZodType, schemas),
    ),
  ];
}

const shapeOf = (schema: unknown): Record<string, z.ZodType> =>
  schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : {};

const parameter = (place: string, name: string, schema: z.ZodType, schemas: Record<string, Json>): Json => ({
  name,
  in: place,
  required: place === 'path' || !schema.safeParse(undefined).success,
  schema: jsonSchema(schema, 'input', schemas),
});

function responseOf(
  status: string,
  response: AppRoute['responses'][number],
  schemas: Record<string, Json>,
): Json {
  const description = statusWords[status] ?? 'An answer';
  if (response === ContractNoBody) return { description };
  const other = isAppRouteOtherResponse(response) ? response : undefined;
  const schema = other ? other.body : response;
  return {
    description,
    content: {
      [other?.contentType ?? 'application/json']: {
        schema: schema instanceof z.ZodType ? jsonSchema(schema, 'output', schemas) : {},
      },
    },
  };
}

const statusWords: Readonly<Record<string, string>> = {
  200: 'Done',
  201: 'Created',
  202: 'Accepted',
  204: 'Done, nothing to tell',
  400: 'The request breaks the contract',
  401: 'No token, or one that is not known',
  403: 'The token may not do this',
  404: 'No such thing',
  406: 'No such microversion',
  409: 'It stands against what there is',
  413: 'The body is too large',
  415: 'The body is not JSON',
  429: 'Too many requests: wait for Retry-After seconds',
  500: 'A fault of the service, told in its log',
  503: 'The service cannot answer now',
};

/** A schema as JSON Schema 2020-12; what has a name goes to the components and is referred to. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Record<string, Json>): Json {
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any', metadata: schemaNames }) as Json;
  const { $schema: _dialect, $defs: definitions = {}, id, ...own } = rename(made);
  for (const [name, definition] of Object.entries(definitions as Record<string, Json>)) {
    const { id: _id, ...rest } = definition;
    store(schemas, name, rest);
  }
  if (typeof id !== 'string') return own;
  store(schemas, id, own);
  return { $ref: `#/components/schemas/${id}` };
}

function store(schemas: Record<string, Json>, name: string, schema: Json): void {
  const before = schemas[name];
  if (before !== undefined && JSON.stringify(before) !== JSON.stringify(schema))
    throw new Error(`two different schemas are called ${name}`);
  schemas[name] = schema;
}

function rename(schema: Json): Json {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) =>
      key === '$ref' && typeof value === 'string'
        ? value.replace('#/$defs/', '#/components/schemas/')
        : value,
    ),
  ) as Json;
}
