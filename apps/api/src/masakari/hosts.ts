import { randomUUID } from 'node:crypto';
import {
  isYes,
  type MasakariHost,
  type MasakariHostQuery,
  type masakariContract,
} from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import { toMasakariTime } from '@instance-ha/notification';
import type { HostFilter, HostRecord, HostSortKey, SegmentRecord } from '@instance-ha/ports';
import type { FastifyRequest } from 'fastify';
import type { ApiContext } from '../context.ts';
import { actorOf, auditRefusal } from '../inventory/actor.ts';
import { controlAttributesFor } from '../inventory/control-attributes.ts';
import { answerPage, boolFilter, readListing, type SortNames } from './listing.ts';
import { conflict, invalid, isUuid, notFound, printable } from './refusals.ts';
import { versionOf } from './request-version.ts';
import { segmentOf, showSegment } from './segments.ts';

/** Who may change a host may see its control attributes. */
const seeingRule = 'os_masakari_api:os-hosts:update';

export function hostHandlers(context: ApiContext): RouterHandlers<typeof masakariContract>['hosts'] {
  const { stores, keys, maxPage } = context;
  const shower = (request: FastifyRequest, segment: SegmentRecord) => {
    const attributes = controlAttributesFor(context, request, seeingRule);
    return (host: HostRecord): MasakariHost => showHost(host, segment, attributes(host));
  };
  const refuse = async (
    request: FastifyRequest,
    refused: { action: string; id: string | null; name: string; message: string },
  ): Promise<never> => {
    const { action, id, name, message } = refused;
    await auditRefusal(stores, request, { action, target: { type: 'host', id, name }, reason: message });
    throw conflict(message);
  };
  const mustBeComputeHost = async (name: string): Promise<void> => {
    if (!(await context.isComputeHost(name)))
      throw invalid(`Compute service with name ${printable(name)} could not be found.`);
  };
  const hostOf = async (segment: SegmentRecord, id: string): Promise<HostRecord> => {
    const uuid = id.toLowerCase();
    if (!isUuid(uuid)) throw notFound(`No host with id ${printable(id)}.`);
    const host = await stores.hosts.get(uuid);
    if (host?.segmentUuid === segment.uuid) return host;
    throw notFound(`Host '${printable(id)}' under failover_segment '${segment.uuid}' could not be found.`);
  };
  return {
    list: async ({ params, query, headers, request }) => {
      const version = versionOf(headers);
      const segment = await segmentOf(context, params.segment_id);
      const idOf = (marker: string) => stores.hosts.idOf(marker);
      const { limit, ...page } = await readListing(query, { names: sortNames, maxPage, idOf });
      const filter = filterOf(query, segment);
      const body = await answerPage(
        { name: 'hosts', limit, version, request },
        rows => stores.hosts.list(filter, { ...page, limit: rows }),
        shower(request, segment),
      );
      return { status: 200, body };
    },

    create: async ({ params, body, request }) => {
      const { host } = body;
      const segment = await segmentOf(context, params.segment_id);
      await mustBeComputeHost(host.name);
      const uuid = randomUUID();
      const written = await stores.hosts.create(
        {
          uuid,
          name: host.name,
          segmentUuid: segment.uuid,
          type: host.type,
          reserved: host.reserved !== undefined && isYes(host.reserved),
          onMaintenance: host.on_maintenance !== undefined && isYes(host.on_maintenance),
          sealedControlAttributes: keys.seal(host.control_attributes, uuid),
        },
        actorOf(request),
      );
      if (written.ok) return { status: 201, body: { host: shower(request, segment)(written.record) } };
      if (written.why === 'no-segment') throw notFound(`No failover segment with id ${segment.uuid}.`);
      const message = nameTaken(host.name);
      return refuse(request, { action: 'create', id: null, name: host.name, message });
    },

    get: async ({ params, request }) => {
      const segment = await segmentOf(context, params.segment_id);
      const host = await hostOf(segment, params.host_id);
      return { status: 200, body: { host: shower(request, segment)(host) } };
    },

    update: async ({ params, body, request }) => {
      const { host: change } = body;
      const segment = await segmentOf(context, params.segment_id);
      const before = await hostOf(segment, params.host_id);
      const { uuid: id, name } = before;
      if (change.name !== undefined && change.name !== name) await mustBeComputeHost(change.name);
      const attributes = change.control_attributes;
      const written = await stores.hosts.update(
        id,
        {
          name: change.name,
          type: change.type,
          reserved: change.reserved === undefined ? undefined : isYes(change.reserved),
          onMaintenance: change.on_maintenance === undefined ? undefined : isYes(change.on_maintenance),
          sealedControlAttributes: attributes === undefined ? undefined : keys.seal(attributes, id),
        },
        actorOf(request),
      );
      if (written.ok) return { status: 200, body: { host: shower(request, segment)(written.record) } };
      switch (written.why) {
        case 'not-found':
          throw notFound(`Host '${id}' under failover_segment '${segment.uuid}' could not be found.`);
        case 'name-taken':
          return refuse(request, { action: 'update', id, name, message: nameTaken(change.name ?? name) });
        case 'in-use': {
          const message = `Host ${id} can't be updated as it is in-use to process notifications.`;
          return refuse(request, { action: 'update', id, name, message });
        }
      }
    },

    remove: async ({ params, request }) => {
      const segment = await segmentOf(context, params.segment_id);
      const { uuid: id, name } = await hostOf(segment, params.host_id);
      const written = await stores.hosts.remove(id, actorOf(request));
      if (written.ok) return { status: 204, body: undefined };
      if (written.why === 'not-found')
        throw notFound(`Host '${id}' under failover_segment '${segment.uuid}' could not be found.`);
      const message = `Host ${id} can't be deleted as it is in-use to process notifications.`;
      return refuse(request, { action: 'delete', id, name, message });
    },
  };
}

const nameTaken = (name: string): string => `Host with name ${name} already exists.`;

const showHost = (host: HostRecord, segment: SegmentRecord, controlAttributes: string): MasakariHost => ({
  id: host.id,
  uuid: host.uuid,
  name: host.name,
  failover_segment_id: segment.uuid,
  failover_segment: showSegment(segment),
  type: host.type,
  reserved: host.reserved,
  control_attributes: controlAttributes,
  on_maintenance: host.onMaintenance,
  created_at: toMasakariTime(host.createdAt),
  updated_at: host.updatedAt === null ? null : toMasakariTime(host.updatedAt),
  deleted_at: null,
  deleted: false,
});

const filterOf = (query: MasakariHostQuery, segment: SegmentRecord): HostFilter => ({
  segmentUuid: segment.uuid,
  name: query.name,
  type: query.type,
  onMaintenance: boolFilter('on_maintenance', query.on_maintenance),
  reserved: boolFilter('reserved', query.reserved),
});

const sortNames: SortNames<HostSortKey> = {
  id: 'id',
  uuid: 'uuid',
  name: 'name',
  failover_segment_id: null, // One list is of one segment.
  type: 'type',
  reserved: 'reserved',
  on_maintenance: 'onMaintenance',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  deleted_at: null,
  deleted: null,
};
