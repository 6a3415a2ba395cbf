import type { MasakariVmove, MasakariVmoveQuery, masakariContract } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import { toMasakariTime, vmoveStatuses, vmoveTypes } from '@instance-ha/notification';
import type { VmoveFilter, VmoveRecord, VmoveSortKey } from '@instance-ha/ports';
import type { ApiContext } from '../context.ts';
import { answerPage, readListing, type SortNames } from './listing.ts';
import { notificationOf } from './notifications.ts';
import { invalid, notFound, printable } from './refusals.ts';
import { versionOf } from './request-version.ts';

export function vmoveHandlers(context: ApiContext): RouterHandlers<typeof masakariContract>['vmoves'] {
  const { stores, maxPage } = context;
  return {
    list: async ({ params, query, headers, request }) => {
      const version = versionOf(headers);
      const { uuid, type } = await notificationOf(context, params.notification_uuid);
      if (type !== 'COMPUTE_HOST') throw invalid(`This notification ${uuid} without vm moves.`);
      const idOf = (marker: string) => stores.vmoves.idOf(marker);
      const { limit, ...page } = await readListing(query, { names: sortNames, maxPage, idOf });
      const filter = filterOf(query, uuid);
      const body = await answerPage(
        { name: 'vmoves', limit, version, request },
        async rows => (filter ? stores.vmoves.list(filter, { ...page, limit: rows }) : []),
        showVmove,
      );
      return { status: 200, body };
    },

    get: async ({ params }) => {
      const { uuid } = await notificationOf(context, params.notification_uuid);
      const vmove = await stores.vmoves.get(params.vmove_id.toLowerCase());
      if (vmove?.notificationUuid !== uuid)
        throw notFound(`No vm move with id ${printable(params.vmove_id)}.`);
      return { status: 200, body: { vmove: showVmove(vmove) } };
    },
  };
}

const timeOrNull = (iso: string | null): string | null => (iso === null ? null : toMasakariTime(iso));

const showVmove = (move: VmoveRecord): MasakariVmove => ({
  id: move.id,
  uuid: move.uuid,
  notification_uuid: move.notificationUuid,
  instance_uuid: move.instanceUuid,
  instance_name: move.instanceName,
  source_host: move.sourceHost,
  dest_host: move.destHost,
  start_time: timeOrNull(move.startTime),
  end_time: timeOrNull(move.endTime),
  type: move.type,
  status: move.status,
  message: move.message,
  created_at: toMasakariTime(move.createdAt),
  updated_at: timeOrNull(move.updatedAt),
  deleted_at: null,
  deleted: false,
});

/** Undefined when nothing can match. */
function filterOf(query: MasakariVmoveQuery, notificationUuid: string): VmoveFilter | undefined {
  const type = vmoveTypes.find(one => one === query.type);
  const status = vmoveStatuses.find(one => one === query.status);
  if (query.type !== undefined && type === undefined) return undefined;
  if (query.status !== undefined && status === undefined) return undefined;
  return { notificationUuid, type, status };
}

const sortNames: SortNames<VmoveSortKey> = {
  id: 'id',
  uuid: 'uuid',
  notification_uuid: null, // One list is of one notification.
  instance_uuid: 'instanceUuid',
  instance_name: 'instanceName',
  source_host: 'sourceHost',
  dest_host: 'destHost',
  start_time: 'startTime',
  end_time: 'endTime',
  type: 'type',
  status: 'status',
  message: 'message',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  deleted_at: null,
  deleted: null,
};
