import type { nativeContract } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import type { FastifyRequest } from 'fastify';
import type { ApiContext } from '../context.ts';
import { RefusalError } from '../http/error-answer.ts';
import { actorOf, auditRefusal } from '../inventory/actor.ts';
import { cutPage, pageById } from './page-links.ts';
import { readinessOf } from './readiness.ts';

export function segmentHandlers(context: ApiContext): RouterHandlers<typeof nativeContract>['segments'] {
  const { stores, maxPage } = context;
  const refuse = async (
    request: FastifyRequest,
    refused: { action: string; id: string | null; name: string | null; message: string },
  ): Promise<never> => {
    const { action, id, name, message } = refused;
    await auditRefusal(stores, request, { action, target: { type: 'segment', id, name }, reason: message });
    throw new RefusalError({ code: 'conflict', message });
  };
  const segmentOf = async (uuid: string) => {
    const segment = await stores.segments.get(uuid);
    if (!segment) throw noSegment(uuid);
    return segment;
  };
  return {
    list: async ({ query }) => {
      const { filter, limit, after } = pageById(query, maxPage);
      const found = await stores.segments.list(filter, { limit: limit + 1, after });
      const { rows, ...end } = cutPage(found, {
        limit,
        path: '/v2/segments',
        query,
        cursorOf: row => String(row.id),
      });
      return { status: 200, body: { segments: rows, ...end } };
    },

    create: async ({ body, request }) => {
      const { reason, ...segment } = body;
      const written = await stores.segments.create(segment, actorOf(request, reason));
      if (written.ok) return { status: 201, body: { segment: written.record } };
      return refuse(request, {
        action: 'create',
        id: null,
        name: segment.name,
        message: nameTaken(segment.name),
      });
    },

    get: async ({ params }) => ({ status: 200, body: { segment: await segmentOf(params.uuid) } }),

    readiness: async ({ params }) => {
      const segment = await segmentOf(params.uuid);
      return { status: 200, body: { hosts: await readinessOf(context, segment) } };
    },

    update: async ({ params, body, request }) => {
      const { reason, ...change } = body;
      const { uuid: id, name } = await segmentOf(params.uuid);
      const written = await stores.segments.update(id, change, actorOf(request, reason));
      if (written.ok) return { status: 200, body: { segment: written.record } };
      switch (written.why) {
        case 'not-found':
          throw noSegment(id);
        case 'name-taken':
          return refuse(request, { action: 'update', id, name, message: nameTaken(change.name ?? name) });
        case 'in-use': {
          const message = `a host of the segment ${name} is being recovered: its recoveryMethod and serviceType stay until that has ended`;
          return refuse(request, { action: 'update', id, name, message });
        }
      }
    },

    remove: async ({ params, query, request }) => {
      const { uuid: id, name } = await segmentOf(params.uuid);
      const written = await stores.segments.remove(id, actorOf(request, query.reason));
      if (written.ok) return { status: 204, body: undefined };
      if (written.why === 'not-found') throw noSegment(id);
      const message = `a host of the segment ${name} is being recovered: the segment stays until that has ended`;
      return refuse(request, { action: 'delete', id, name, message });
    },
  };
}

const noSegment = (uuid: string): RefusalError =>
  new RefusalError({ code: 'not-found', message: `there is no segment ${uuid}` });
const nameTaken = (name: string): string => `there is a segment ${name} already`;
