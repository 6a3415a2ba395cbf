import { randomUUID } from 'node:crypto';
import type { Host, nativeContract } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import type { HostRecord } from '@instance-ha/ports';
import type { FastifyRequest } from 'fastify';
import { nativeRule } from '../auth/access-policy.ts';
import type { ApiContext } from '../context.ts';
import { RefusalError } from '../http/error-answer.ts';
import { actorOf, auditRefusal } from '../inventory/actor.ts';
import { controlAttributesFor } from '../inventory/control-attributes.ts';
import { cutPage, pageById } from './page-links.ts';

/** Who may change a host may see its control attributes. */
const seeingRule = nativeRule('hosts.update');

export function hostHandlers(context: ApiContext): RouterHandlers<typeof nativeContract>['hosts'] {
  const { stores, keys, maxPage } = context;
  const shower = (request: FastifyRequest) => {
    const attributes = controlAttributesFor(context, request, seeingRule);
    return (record: HostRecord): Host => {
      const { sealedControlAttributes: _sealed, ...host } = record;
      return { ...host, controlAttributes: attributes(record) };
    };
  };
  const refuse = async (
    request: FastifyRequest,
    refused: { action: string; id: string | null; name: string; message: string },
  ): Promise<never> => {
    const { action, id, name, message } = refused;
    await auditRefusal(stores, request, { action, target: { type: 'host', id, name }, reason: message });
    throw new RefusalError({ code: 'conflict', message });
  };
  const mustBeComputeHost = async (name: string): Promise<void> => {
    if (await context.isComputeHost(name)) return;
    throw new RefusalError({
      code: 'invalid-request',
      message: `expected a host on which Nova has a compute service, found ${name}`,
    });
  };
  const hostOf = async (uuid: string): Promise<HostRecord> => {
    const host = await stores.hosts.get(uuid);
    if (!host) throw noHost(uuid);
    return host;
  };
  return {
    list: async ({ query, request }) => {
      const { filter, limit, after } = pageById(query, maxPage);
      const found = await stores.hosts.list(filter, { limit: limit + 1, after });
      const { rows, ...end } = cutPage(found, {
        limit,
        path: '/v2/hosts',
        query,
        cursorOf: row => String(row.id),
      });
      return { status: 200, body: { hosts: rows.map(shower(request)), ...end } };
    },

    create: async ({ body, request }) => {
      const { reason, controlAttributes, ...host } = body;
      await mustBeComputeHost(host.name);
      const uuid = randomUUID();
      const sealed = { uuid, ...host, sealedControlAttributes: keys.seal(controlAttributes, uuid) };
      const written = await stores.hosts.create(sealed, actorOf(request, reason));
      if (written.ok) return { status: 201, body: { host: shower(request)(written.record) } };
      if (written.why === 'no-segment')
        throw new RefusalError({ code: 'not-found', message: `there is no segment ${host.segmentUuid}` });
      return refuse(request, { action: 'create', id: null, name: host.name, message: nameTaken(host.name) });
    },

    get: async ({ params, request }) => ({
      status: 200,
      body: { host: shower(request)(await hostOf(params.uuid)) },
    }),

    update: async ({ params, body, request }) => {
      const { reason, controlAttributes: attributes, ...change } = body;
      const { uuid: id, name } = await hostOf(params.uuid);
      if (change.name !== undefined && change.name !== name) await mustBeComputeHost(change.name);
      const sealedControlAttributes = attributes === undefined ? undefined : keys.seal(attributes, id);
      const by = actorOf(request, reason);
      const written = await stores.hosts.update(id, { ...change, sealedControlAttributes }, by);
      if (written.ok) return { status: 200, body: { host: shower(request)(written.record) } };
      switch (written.why) {
        case 'not-found':
          throw noHost(id);
        case 'name-taken':
          return refuse(request, { action: 'update', id, name, message: nameTaken(change.name ?? name) });
        case 'in-use':
          return refuse(request, { action: 'update', id, name, message: inUse(name) });
      }
    },

    remove: async ({ params, query, request }) => {
      const { uuid: id, name } = await hostOf(params.uuid);
      const written = await stores.hosts.remove(id, actorOf(request, query.reason));
      if (written.ok) return { status: 204, body: undefined };
      if (written.why === 'not-found') throw noHost(id);
      return refuse(request, { action: 'delete', id, name, message: inUse(name) });
    },
  };
}

const noHost = (uuid: string): RefusalError =>
  new RefusalError({ code: 'not-found', message: `there is no host ${uuid} in any segment` });
const nameTaken = (name: string): string => `the host ${name} is in a segment already`;
const inUse = (name: string): string => `the host ${name} is being recovered: it stays until that has ended`;
