import {
  isYes,
  type MasakariSegment,
  type MasakariSegmentChange,
  type MasakariSegmentQuery,
  type Microversion,
  type masakariContract,
} from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import { recoveryMethods, toMasakariTime } from '@instance-ha/notification';
import type { SegmentFilter, SegmentRecord, SegmentSortKey } from '@instance-ha/ports';
import type { FastifyRequest } from 'fastify';
import type { ApiContext } from '../context.ts';
import { actorOf, auditRefusal } from '../inventory/actor.ts';
import { answerPage, boolFilter, readListing, type SortNames } from './listing.ts';
import { conflict, invalid, notFound, printable } from './refusals.ts';
import { versionOf } from './request-version.ts';
import { aboutField } from './schema-words.ts';

export function segmentHandlers(context: ApiContext): RouterHandlers<typeof masakariContract>['segments'] {
  const { stores, maxPage } = context;
  const refuse = async (
    request: FastifyRequest,
    refused: { action: string; id: string | null; name: string | null; message: string },
  ): Promise<never> => {
    const { action, id, name, message } = refused;
    await auditRefusal(stores, request, { action, target: { type: 'segment', id, name }, reason: message });
    throw conflict(message);
  };
  return {
    list: async ({ query, headers, request }) => {
      const version = versionOf(headers);
      const idOf = (marker: string) => stores.segments.idOf(marker);
      const { limit, ...page } = await readListing(query, { names: sortNames, maxPage, idOf });
      const filter = filterOf(query);
      const body = await answerPage(
        { name: 'segments', limit, version, request },
        async rows => (filter ? stores.segments.list(filter, { ...page, limit: rows }) : []),
        showSegment,
      );
      return { status: 200, body };
    },

    create: async ({ body, headers, request }) => {
      const { segment } = body;
      refuseEnabled(segment, versionOf(headers));
      const written = await stores.segments.create(
        {
          name: segment.name,
          description: segment.description ?? null,
          serviceType: segment.service_type,
          recoveryMethod: segment.recovery_method,
          enabled: segment.enabled === undefined ? true : isYes(segment.enabled),
        },
        actorOf(request),
      );
      if (written.ok) return { status: 201, body: { segment: showSegment(written.record) } };
      const message = nameTaken(segment.name);
      return refuse(request, { action: 'create', id: null, name: segment.name, message });
    },

    get: async ({ params }) => {
      const segment = await segmentOf(context, params.segment_id);
      return { status: 200, body: { segment: showSegment(segment) } };
    },

    update: async ({ params, body, headers, request }) => {
      const { segment: change } = body;
      refuseEnabled(change, versionOf(headers));
      const before = await segmentOf(context, params.segment_id);
      const written = await stores.segments.update(
        before.uuid,
        {
          name: change.name,
          description: change.description,
          serviceType: change.service_type,
          recoveryMethod: change.recovery_method,
          enabled: change.enabled === undefined ? undefined : isYes(change.enabled),
        },
        actorOf(request),
      );
      if (written.ok) return { status: 200, body: { segment: showSegment(written.record) } };
      const { uuid: id, name } = before;
      switch (written.why) {
        case 'not-found':
          throw noSegment(id);
        case 'name-taken':
          return refuse(request, { action: 'update', id, name, message: nameTaken(change.name ?? name) });
        case 'in-use': {
          const message = `Failover segment ${id} can't be updated as it is in-use to process notifications.`;
          return refuse(request, { action: 'update', id, name, message });
        }
      }
    },

    remove: async ({ params, request }) => {
      const { uuid: id, name } = await segmentOf(context, params.segment_id);
      const written = await stores.segments.remove(id, actorOf(request));
      if (written.ok) return { status: 204, body: undefined };
      if (written.why === 'not-found') throw noSegment(id);
      const message = `Failover segment (${id}) can't be deleted as it is in-use to process notifications.`;
      return refuse(request, { action: 'delete', id, name, message });
    },
  };
}

/** The segment that a path names. */
export async function segmentOf({ stores }: ApiContext, id: string): Promise<SegmentRecord> {
  const segment = await stores.segments.get(id.toLowerCase());
  if (!segment) throw noSegment(id);
  return segment;
}

const noSegment = (id: string) => notFound(`No failover segment with id ${printable(id)}.`);
const nameTaken = (name: string): string => `Failover segment with name ${name} already exists.`;

/** Before 1.2 nobody knows `enabled`. */
function refuseEnabled(segment: MasakariSegmentChange, version: Microversion): void {
  if (version.minor >= 2 || segment.enabled === undefined) return;
  const text = "Additional properties are not allowed ('enabled' was unexpected)";
  throw invalid(aboutField('segment', segment, text));
}

export const showSegment = (segment: SegmentRecord): MasakariSegment => ({
  id: segment.id,
  uuid: segment.uuid,
  name: segment.name,
  service_type: segment.serviceType,
  enabled: segment.enabled,
  description: segment.description,
  recovery_method: segment.recoveryMethod,
  created_at: toMasakariTime(segment.createdAt),
  updated_at: segment.updatedAt === null ? null : toMasakariTime(segment.updatedAt),
  deleted_at: null,
  deleted: false,
});

/** Undefined when nothing can match. */
function filterOf(query: MasakariSegmentQuery): SegmentFilter | undefined {
  const recoveryMethod = recoveryMethods.find(method => method === query.recovery_method);
  if (query.recovery_method !== undefined && recoveryMethod === undefined) return undefined;
  return {
    name: query.name,
    serviceType: query.service_type,
    recoveryMethod,
    enabled: boolFilter('enabled', query.enabled),
  };
}

const sortNames: SortNames<SegmentSortKey> = {
  id: 'id',
  uuid: 'uuid',
  name: 'name',
  description: 'description',
  service_type: 'serviceType',
  recovery_method: 'recoveryMethod',
  enabled: 'enabled',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  deleted_at: null,
  deleted: null,
};
