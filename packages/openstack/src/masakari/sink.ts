import {
  HostNameSchema,
  NotificationPayloadSchema,
  toMasakariDemand,
  toMasakariTime,
  toMasakariType,
} from '@instance-ha/notification';
import type { DeclineCode, Delivery, Logger, NotificationSink } from '@instance-ha/ports';
import type { CallBounds } from '../http/caller.ts';
import { OpenStackError } from '../openstack-error.ts';
import type { MasakariClient, MasakariFiling } from './masakari-client.ts';
import type { MasakariNotification } from './wire.ts';

export type MasakariSinkOptions = {
  masakari: MasakariClient;
  log: Logger;
  /** For each delivery, a login included. Default 20 000. */
  timeoutMs?: number;
};

/**
 * Files notifications with a Masakari API, as Masakari's own monitors do; an instance's in a word on which its engine acts.
 *
 * | Masakari's answer                                             | delivery                               |
 * | ------------------------------------------------------------- | -------------------------------------- |
 * | 202                                                           | delivered                              |
 * | 409 duplicate                                                 | delivered, `duplicate`                 |
 * | 409 host on maintenance                                       | `declined` `host-on-maintenance`       |
 * | 400 unknown host                                              | `declined` `host-unknown`              |
 * | 400 schema; a host or payload that Masakari has no room for   | `refused`                              |
 * | 403, 404, any other 4xx in its own words                      | `declined`                             |
 * | 401 after a new login, 413, 429, 5xx, garbage, none, `signal` | `unavailable`                          |
 *
 * Filing again after a lost answer stores nothing new, however late: Masakari knows it by type, host, payload and the time it
 * was generated. But it takes another failure of the same kind within its `duplicate_notification_detection_interval` (180 s)
 * for a repetition too, and does nothing about it: that is told in the log. Never rejects for what a network or a service can do.
 */
export function createMasakariSink(options: MasakariSinkOptions): NotificationSink {
  const { masakari, log, timeoutMs = 20_000 } = options;
  return {
    async deliver({ incidentKey, host, payload, detectedAt }, { signal }) {
      const why = noRoomFor(host, payload);
      if (why !== undefined) return { delivered: false, kind: 'refused', detail: why };
      const filing: MasakariFiling = {
        type: toMasakariType(payload.type),
        hostname: host,
        generatedTime: toMasakariTime(detectedAt),
        payload: toMasakariDemand(payload),
      };
      const bounds = { timeoutMs, signal };
      try {
        const made = await masakari.createNotification(filing, bounds);
        if (made.status === 'ignored')
          log.warn({ incidentKey, notification: made.notification_uuid }, 'Masakari ignores a notification');
        return { delivered: true, notificationUuid: made.notification_uuid, duplicate: false };
      } catch (error) {
        if (signal.aborted) return unavailable('stopped before Masakari had answered');
        if (!OpenStackError.isInstance(error)) throw error;
        if (isDuplicate(error)) return repeated(filing, incidentKey, bounds);
        return judge(error);
      }
    },
  };

  /** Masakari has it, or another like it: which, if it says so. */
  async function repeated(
    filing: MasakariFiling,
    incidentKey: string,
    bounds: CallBounds,
  ): Promise<Delivery> {
    const equal = await findEqual(masakari, filing, bounds);
    if (equal && !isSameMoment(equal.generated_time, filing.generatedTime))
      log.warn(
        {
          incidentKey,
          notification: equal.notification_uuid,
          generatedTime: equal.generated_time,
          status: equal.status,
        },
        'Masakari takes a failure for a repetition of an earlier one and does nothing about it: ' +
          'see its duplicate_notification_detection_interval',
      );
    return { delivered: true, notificationUuid: equal?.notification_uuid ?? null, duplicate: true };
  }
}

/** Masakari's longest duplicate window that is looked through, and rows of it. */
const lookBackMs = 3_600_000;
const lookedThrough = 200;

/** The newest notification of equal payload; undefined when there is none, or when it cannot be asked. */
async function findEqual(
  masakari: MasakariClient,
  { type, generatedTime, payload }: MasakariFiling,
  bounds: CallBounds,
): Promise<MasakariNotification | undefined> {
  const since = new Date(utcMs(generatedTime) - lookBackMs).toISOString().slice(0, 19);
  try {
    const found = await masakari.listNotifications({ type, since, limit: lookedThrough }, bounds);
    const equal = found.filter(one => isEqual(one.payload, payload));
    return equal.find(one => isSameMoment(one.generated_time, generatedTime)) ?? equal[0];
  } catch (error) {
    if (OpenStackError.isInstance(error)) return undefined;
    throw error;
  }
}

const isEqual = (one: object, other: object): boolean =>
  JSON.stringify(Object.entries(one).toSorted(byKey)) ===
  JSON.stringify(Object.entries(other).toSorted(byKey));
const byKey = ([one]: [string, unknown], [other]: [string, unknown]): number => (one < other ? -1 : 1);

/** MySQL keeps whole seconds of it. */
const isSameMoment = (one: string, other: string): boolean => Math.abs(utcMs(one) - utcMs(other)) < 1000;
const utcMs = (time: string): number => Date.parse(`${time.slice(0, 23)}Z`);

const unavailable = (detail: string): Delivery => ({ delivered: false, kind: 'unavailable', detail });
const declined = (code: DeclineCode, detail: string): Delivery => ({
  delivered: false,
  kind: 'declined',
  code,
  detail,
});

/** What Masakari's schema has no room for would be refused each time. */
function noRoomFor(host: string, payload: unknown): string | undefined {
  if (!HostNameSchema.safeParse(host).success) return `${JSON.stringify(host)} is no host name`;
  const parsed = NotificationPayloadSchema.safeParse(payload);
  return parsed.success ? undefined : `the payload is not sound: ${parsed.error.issues[0]?.message}`;
}

/** `Notification received from host H of type T is duplicate.`: masakari/exception.py. */
const isDuplicate = ({ code, serviceMessage = '' }: OpenStackError): boolean =>
  code === 'conflict' && /is duplicate/.test(serviceMessage);

function judge({ code, status = 0, message, serviceMessage = '' }: OpenStackError): Delivery {
  switch (code) {
    case 'bad-request':
      if (/Host with name .* could not be found/.test(serviceMessage))
        return declined('host-unknown', `${message} (it is in no failover segment)`);
      return serviceMessage.startsWith('Invalid input for field')
        ? { delivered: false, kind: 'refused', detail: message }
        : declined('other', message);
    case 'conflict':
      return declined(/under maintenance/.test(serviceMessage) ? 'host-on-maintenance' : 'other', message);
    case 'forbidden':
      return declined('forbidden', message);
    case 'not-found':
      return declined('not-found', message);
    case 'unsupported-version':
      return declined('other', message);
    default:
      return code === 'other' && status >= 400 && status < 500
        ? declined('other', message)
        : unavailable(message);
  }
}
