import {
  chooseMicroversion,
  type MasakariFiled,
  type MasakariNotification,
  type MasakariNotificationQuery,
  type Microversion,
  type masakariContract,
  masakariFault,
} from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import { fromEitherSpelling, notificationStatuses } from '@instance-ha/notification';
import type { NotificationFilter } from '@instance-ha/ports';
import { mustSpeakFor } from '../auth/require-access.ts';
import type { ApiContext } from '../context.ts';
import { RefusalError } from '../http/error-answer.ts';
import { filedCounter } from '../native/notifications.ts';
import { fileOnce } from './file-once.ts';
import { hostUuid, nameUuid, segmentUuid } from './name-uuid.ts';
import { masakariTime, parseMasakariTime, show, spellType, understand } from './translate.ts';
import { workflowDetails } from './workflow-details.ts';

/** Masakari's `osapi_max_limit`. */
const masakariMaxLimit = 1000;

export function masakariHandlers(context: ApiContext): RouterHandlers<typeof masakariContract> {
  const { stores, maxPage } = context;
  const filed = filedCounter(context.metrics);
  return {
    notifications: {
      create: async ({ body, headers, request }) => {
        const { notification } = body;
        const identity = mustSpeakFor(request, notification.hostname);
        const meaning = understand(notification);
        if (meaning.kind === 'invalid') throw invalid(meaning.message);
        const version = versionOf(headers);
        if (meaning.kind === 'ignored') {
          filed.add(1, { type: meaning.type, result: 'ignored' });
          const shown = showIgnored(notification, meaning, version, context.clock.wallMs());
          return { status: 202, body: { notification: shown } };
        }
        const { payload, generatedAt } = meaning;
        const host = notification.hostname;
        const { record, duplicate } = await fileOnce(
          stores.notifications,
          { host, payload, generatedAt },
          identity,
        );
        filed.add(1, { type: payload.type, result: duplicate ? 'duplicate' : 'stored' });
        if (!duplicate) return { status: 202, body: { notification: show(record, version) } };
        const type = notification.type;
        const message = `Notification received from host ${host} of type ${type} is duplicate.`;
        return { status: 409, body: masakariFault(409, message) };
      },

      list: async ({ query, headers }) => {
        const version = versionOf(headers);
        refuseSorting(query);
        const limit = limitOf(query.limit, Math.min(maxPage, masakariMaxLimit));
        const filter = await filterOf(query, context);
        if (!filter || limit === 0) return { status: 200, body: { notifications: [] } };
        const after = await markerId(query.marker, context);
        const records = await stores.notifications.list(filter, { limit, after });
        return { status: 200, body: { notifications: records.map(record => show(record, version)) } };
      },

      get: async ({ params, headers }) => {
        const version = versionOf(headers);
        const uuid = params.notification_uuid;
        const record = isUuid(uuid) ? await stores.notifications.get(uuid) : undefined;
        if (!record)
          throw new RefusalError({
            code: 'not-found',
            message: `No notification with id ${printable(uuid)}.`,
          });
        const shown = show(record, version);
        if (version.minor < 1) return { status: 200, body: { notification: shown } };
        const journal = await stores.notifications.journal(uuid);
        const details = workflowDetails(journal, record.acceptedAt);
        return { status: 200, body: { notification: { ...shown, recovery_workflow_details: details } } };
      },
    },
  };
}

/** The hook before has refused what cannot be understood. */
function versionOf(headers: { 'openstack-api-version'?: string | undefined }): Microversion {
  const choice = chooseMicroversion(headers['openstack-api-version']);
  if (!choice.ok) throw invalid(choice.message);
  return choice.version;
}

const invalid = (message: string): RefusalError => new RefusalError({ code: 'invalid-request', message });

/** What no recovery would act on is answered as Masakari answers it in the end, and not kept. */
function showIgnored(
  filed: MasakariFiled,
  meaning: {
    message: string;
    generatedAt: string;
    type: 'COMPUTE_HOST' | 'COMPUTE_INSTANCE' | 'COMPUTE_PROCESS';
  },
  version: Microversion,
  wallMs: number,
): MasakariNotification {
  return {
    id: 0,
    notification_uuid: nameUuid(JSON.stringify(filed)),
    generated_time: masakariTime(meaning.generatedAt),
    source_host_uuid: hostUuid(filed.hostname),
    type: spellType(meaning.type, version),
    payload: { ...filed.payload } as Record<string, string>,
    status: 'ignored',
    failover_segment_uuid: segmentUuid,
    message: meaning.message,
    created_at: masakariTime(new Date(wallMs).toISOString()),
    updated_at: null,
    deleted_at: null,
    deleted: false,
  };
}

/** Newest first is the only order so far, which is also Masakari's default. */
function refuseSorting(query: MasakariNotificationQuery): void {
  const keys = [query.sort_key ?? []].flat();
  const directions = [query.sort_dir ?? []].flat();
  const wrongKey = keys.find(key => key !== 'created_at' && key !== 'id');
  if (wrongKey !== undefined) throw invalid(`Sort key supplied is invalid: ${printable(wrongKey)}`);
  const unknown = directions.find(direction => direction !== 'asc' && direction !== 'desc');
  if (unknown !== undefined) throw invalid("Unknown sort direction, must be 'asc' or 'desc'");
  if (directions.includes('asc'))
    throw invalid('Notifications are sorted newest first: sort_dir must be desc');
}

function limitOf(text: string | undefined, max: number): number {
  if (text === undefined) return max;
  if (!/^[+-]?\d{1,12}$/.test(text)) throw invalid('limit must be an integer');
  const limit = Number(text);
  if (limit < 0) throw invalid('limit must be >= 0');
  return Math.min(limit, max);
}

/** Undefined when nothing can match. */
async function filterOf(
  query: MasakariNotificationQuery,
  { stores }: ApiContext,
): Promise<NotificationFilter | undefined> {
  const type = query.type === undefined ? undefined : fromEitherSpelling(query.type);
  const status = notificationStatuses.find(one => one === query.status);
  if (query.type !== undefined && !type) return undefined;
  if (query.status !== undefined && !status) return undefined;
  const sinceMs =
    query['generated-since'] === undefined ? undefined : parseMasakariTime(query['generated-since']);
  if (query['generated-since'] !== undefined && sinceMs === undefined)
    throw invalid('Invalid generated-since value');
  let host: string | undefined;
  if (query.source_host_uuid !== undefined) {
    // Hosts have no rows of their own yet: those are known that have a monitor.
    const monitors = await stores.monitors.list();
    host = monitors.find(monitor => hostUuid(monitor.host) === query.source_host_uuid)?.host;
    if (host === undefined) return undefined;
  }
  return {
    type,
    status: status && [status],
    host,
    since: sinceMs === undefined ? undefined : new Date(sinceMs).toISOString(),
  };
}

/** Masakari's marker is the integer id of the last row; a UUID is taken too. */
async function markerId(marker: string | undefined, { stores }: ApiContext): Promise<number | undefined> {
  if (marker === undefined) return undefined;
  if (/^\d{1,15}$/.test(marker)) return Number(marker);
  const record = isUuid(marker) ? await stores.notifications.get(marker) : undefined;
  if (!record) throw invalid(`Marker ${printable(marker)} could not be found.`);
  return record.id;
}

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

const printable = (text: string): string => text.slice(0, 64).replaceAll(/[^\x20-\x7e]/g, '?');
