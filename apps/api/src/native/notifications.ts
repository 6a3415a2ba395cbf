import type { nativeContract } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import { notificationTypes } from '@instance-ha/notification';
import type { Metrics } from '@instance-ha/ports';
import { timeline } from '@instance-ha/recovery';
import { mustSpeakFor } from '../auth/require-access.ts';
import type { ApiContext } from '../context.ts';
import { RefusalError } from '../http/error-answer.ts';
import { cutPage, pageById } from './page-links.ts';
import { rulingHandlers } from './rulings.ts';

/** Notifications taken, by type and by whether they were new. The same counter for both APIs. */
export const filedCounter = (metrics: Metrics) =>
  metrics.counter({
    name: 'vmha_notifications_filed_total',
    help: 'Notifications that were filed, by type and what became of them.',
    labels: { type: notificationTypes, result: ['stored', 'duplicate', 'ignored'] },
  });

export function notificationHandlers(
  context: ApiContext,
): RouterHandlers<typeof nativeContract>['notifications'] {
  const { stores, maxPage } = context;
  const filed = filedCounter(context.metrics);
  return {
    create: async ({ body, headers, request }) => {
      const key = headers['idempotency-key'];
      if (key !== undefined && key !== body.incidentKey)
        throw new RefusalError({
          code: 'invalid-request',
          message: 'the header Idempotency-Key and the incidentKey of the body do not agree',
        });
      const identity = mustSpeakFor(request, body.host);
      const { record, duplicate } = await stores.notifications.file(body, { name: identity.name });
      filed.add(1, { type: record.type, result: duplicate ? 'duplicate' : 'stored' });
      return { status: duplicate ? 200 : 201, body: { notification: record } };
    },

    list: async ({ query }) => {
      const { filter, limit, after } = pageById(query, maxPage);
      const found = await stores.notifications.list(filter, { limit: limit + 1, after });
      const { rows, nextCursor, next } = cutPage(found, {
        limit,
        path: '/v2/notifications',
        query,
        cursorOf: row => String(row.id),
      });
      return { status: 200, body: { notifications: rows, nextCursor, next } };
    },

    get: async ({ params }) => {
      const notification = await stores.notifications.get(params.uuid);
      if (!notification)
        throw new RefusalError({ code: 'not-found', message: `there is no notification ${params.uuid}` });
      const journal = await stores.notifications.journal(params.uuid);
      const ruled = (await stores.rulings.of(params.uuid)) ?? { held: null, rulings: [], possible: [] };
      return {
        status: 200,
        body: { notification, ...ruled, timeline: timeline(notification, journal), journal },
      };
    },

    ...rulingHandlers(context),
  };
}
