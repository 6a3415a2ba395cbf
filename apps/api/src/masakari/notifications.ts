import type {
  MasakariFiled,
  MasakariNotification,
  MasakariNotificationQuery,
  Microversion,
  masakariContract,
} from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import { fromEitherSpelling, notificationStatuses, toMasakariTime } from '@instance-ha/notification';
import type {
  HostRecord,
  NotificationFilter,
  NotificationRecord,
  NotificationSortKey,
} from '@instance-ha/ports';
import { mustSpeakFor } from '../auth/require-access.ts';
import type { ApiContext } from '../context.ts';
import { filedCounter } from '../native/notifications.ts';
import { fileOnce } from './file-once.ts';
import { answerPage, readListing, type SortNames } from './listing.ts';
import { hostUuid, nameUuid } from './name-uuid.ts';
import { conflict, invalid, isUuid, notFound, printable } from './refusals.ts';
import { versionOf } from './request-version.ts';
import { parseMasakariTime, show, spellType, understand } from './translate.ts';
import { workflowDetails } from './workflow-details.ts';

export function notificationHandlers(
  context: ApiContext,
): RouterHandlers<typeof masakariContract>['notifications'] {
  const { stores, maxPage } = context;
  const filed = filedCounter(context.metrics);
  return {
    create: async ({ body, headers, request }) => {
      const { notification } = body;
      const { hostname: host, type } = notification;
      const identity = mustSpeakFor(request, host);
      const version = versionOf(headers);
      const meaning = understand(notification);
      if (meaning.kind === 'invalid') throw invalid(meaning.message);
      const source = await stores.hosts.byName(host);
      if (!source) throw invalid(`Host with name ${host} could not be found.`);
      if (source.onMaintenance)
        throw conflict(
          `Notification received from host ${host} of type '${type}' is ignored as the host is already under maintenance.`,
        );
      if (meaning.kind === 'ignored') {
        filed.add(1, { type: meaning.type, result: 'ignored' });
        const shown = showIgnored(notification, { ...meaning, source, version }, context.clock.wallMs());
        return { status: 202, body: { notification: shown } };
      }
      const { payload, generatedAt } = meaning;
      const { record, duplicate } = await fileOnce(
        stores.notifications,
        { host, payload, generatedAt },
        identity,
      );
      filed.add(1, { type: payload.type, result: duplicate ? 'duplicate' : 'stored' });
      if (!duplicate) return { status: 202, body: { notification: show(record, version) } };
      throw conflict(`Notification received from host ${host} of type ${type} is duplicate.`);
    },

    list: async ({ query, headers, request }) => {
      const version = versionOf(headers);
      const idOf = (marker: string) => stores.notifications.idOf(marker);
      const { limit, ...page } = await readListing(query, { names: sortNames, maxPage, idOf });
      const filter = await filterOf(query, context);
      const body = await answerPage(
        { name: 'notifications', limit, version, request },
        async rows => (filter ? stores.notifications.list(filter, { ...page, limit: rows }) : []),
        record => show(record, version),
      );
      return { status: 200, body };
    },

    get: async ({ params, headers }) => {
      const version = versionOf(headers);
      const record = await notificationOf(context, params.notification_uuid);
      const shown = show(record, version);
      if (version.minor < 1) return { status: 200, body: { notification: shown } };
      const journal = await stores.notifications.journal(record.uuid);
      const details = workflowDetails(journal, record.acceptedAt);
      return { status: 200, body: { notification: { ...shown, recovery_workflow_details: details } } };
    },
  };
}

/** The notification that a path names. */
export async function notificationOf({ stores }: ApiContext, id: string): Promise<NotificationRecord> {
  const uuid = id.toLowerCase();
  const record = isUuid(uuid) ? await stores.notifications.get(uuid) : undefined;
  if (!record) throw notFound(`No notification with id ${printable(id)}.`);
  return record;
}

/** What no recovery would act on is answered as Masakari answers it in the end, and not kept. */
function showIgnored(
  filed: MasakariFiled,
  told: {
    message: string;
    generatedAt: string;
    type: 'COMPUTE_HOST' | 'COMPUTE_INSTANCE' | 'COMPUTE_PROCESS';
    source: HostRecord;
    version: Microversion;
  },
  wallMs: number,
): MasakariNotification {
  return {
    id: 0,
    notification_uuid: nameUuid(JSON.stringify(filed)),
    generated_time: toMasakariTime(told.generatedAt),
    source_host_uuid: told.source.uuid,
    type: spellType(told.type, told.version),
    payload: { ...filed.payload } as Record<string, string>,
    status: 'ignored',
    failover_segment_uuid: told.source.segmentUuid,
    message: told.message,
    created_at: toMasakariTime(new Date(wallMs).toISOString()),
    updated_at: null,
    deleted_at: null,
    deleted: false,
  };
}

/** Undefined when nothing can match. */
async function filterOf(
  query: MasakariNotificationQuery,
  context: ApiContext,
): Promise<NotificationFilter | undefined> {
  const type = query.type === undefined ? undefined : fromEitherSpelling(query.type);
  const status = notificationStatuses.find(one => one === query.status);
  if (query.type !== undefined && !type) return undefined;
  if (query.status !== undefined && !status) return undefined;
  const since = query['generated-since'];
  const sinceMs = since === undefined ? undefined : parseMasakariTime(since);
  if (since !== undefined && sinceMs === undefined) throw invalid('Invalid generated-since value');
  const source = await sourceOf(query.source_host_uuid?.toLowerCase(), context);
  return {
    type,
    status: status && [status],
    ...source,
    since: sinceMs === undefined ? undefined : new Date(sinceMs).toISOString(),
  };
}

/** A host of a segment by its UUID; one of no segment by the UUID that is made of its name, if it has a monitor. */
async function sourceOf(
  uuid: string | undefined,
  { stores }: ApiContext,
): Promise<Pick<NotificationFilter, 'host' | 'sourceHostUuid'>> {
  if (uuid === undefined || (await stores.hosts.get(uuid))) return { sourceHostUuid: uuid };
  const monitors = await stores.monitors.list();
  const host = monitors.find(monitor => hostUuid(monitor.host) === uuid)?.host;
  return host === undefined ? { sourceHostUuid: uuid } : { host, sourceHostUuid: null };
}

const sortNames: SortNames<NotificationSortKey> = {
  id: 'id',
  notification_uuid: 'uuid',
  generated_time: 'detectedAt',
  source_host_uuid: 'sourceHostUuid',
  failover_segment_uuid: 'failoverSegmentUuid',
  type: 'type',
  status: 'status',
  message: 'message',
  created_at: 'acceptedAt',
  updated_at: 'updatedAt',
  deleted_at: null,
  deleted: null,
};
