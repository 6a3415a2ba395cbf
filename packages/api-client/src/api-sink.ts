import { ApiError } from '@instance-ha/contracts/client';
import type { Delivery, NotificationSink } from '@instance-ha/ports';
import { type ApiAccess, clientFor } from './api-access.ts';

/**
 * Files notifications with the API (`POST /v2/notifications`), by their incident key: filing again stores nothing new.
 *
 * | the API's answer                                          | delivery                            |
 * | --------------------------------------------------------- | ----------------------------------- |
 * | 201                                                       | delivered                           |
 * | 200                                                       | delivered, `duplicate`              |
 * | 400, 409, 422 in the API's own words; 413                 | `refused`, with those words         |
 * | 401, 403, 404, 429, 5xx, any other, none, `signal` aborted | `unavailable`                       |
 *
 * A 400 that is not the API's own may be a proxy's (such as "plain HTTP sent to an HTTPS port"), which
 * somebody can put right: it does not cost the notification. Never rejects for what a network or a service can do.
 */
export function createApiSink(access: ApiAccess): NotificationSink {
  const client = clientFor(access);
  return {
    async deliver(notification, { signal }) {
      try {
        const answer = await client.v2.notifications.create({
          body: notification,
          headers: { 'idempotency-key': notification.incidentKey },
          signal,
        });
        const { uuid } = answer.body.notification;
        return { delivered: true, notificationUuid: uuid, duplicate: answer.status === 200 };
      } catch (error) {
        if (signal.aborted) return unavailable('stopped before the API had answered');
        if (!ApiError.isInstance(error)) throw error;
        access.log.debug({ code: error.code, status: error.status }, 'a notification was not delivered');
        return isForEver(error)
          ? { delivered: false, kind: 'refused', detail: error.message }
          : unavailable(error.message);
      }
    },
  };
}

const unavailable = (detail: string): Delivery => ({ delivered: false, kind: 'unavailable', detail });

const isForEver = ({ status, answer }: ApiError): boolean =>
  status === 413 || (answer !== null && (status === 400 || status === 409 || status === 422));
