import { HostNameSchema, IncidentKeySchema } from '@instance-ha/notification';
import type { GuestReporter, MonitorReport } from '../guest-reporter.ts';
import type { Delivery, FiledNotification, NotificationSink } from '../notification-sink.ts';

/** A sink that keeps what it gets in memory: passes the sink conformance suite. */
export type MemorySink = NotificationSink & {
  /** What it keeps, oldest first, each incident once. */
  readonly filed: readonly FiledNotification[];
  /** Every delivery that was tried, also those that failed. */
  readonly attempts: readonly FiledNotification[];
  /** From now on nothing is delivered, for this reason; `undefined` brings it back. */
  setAway(detail: string | undefined): void;
  /** Notifications of these instances are declined from now on, and of no others. */
  decline(instanceUuids: readonly string[]): void;
};

export function memorySink(): MemorySink {
  const filed: FiledNotification[] = [];
  const attempts: FiledNotification[] = [];
  let away: string | undefined;
  let declined: readonly string[] = [];
  const unavailable = (detail: string): Delivery => ({ delivered: false, kind: 'unavailable', detail });

  return {
    filed,
    attempts,
    setAway: detail => {
      away = detail;
    },
    decline: instanceUuids => {
      declined = instanceUuids;
    },
    async deliver(notification, { signal }) {
      attempts.push(structuredClone(notification));
      if (signal.aborted) return unavailable('stopped before it was delivered');
      if (away !== undefined) return unavailable(away);
      const refusal = refuse(notification);
      if (refusal !== undefined) return { delivered: false, kind: 'refused', detail: refusal };
      const { payload } = notification;
      if (payload.type === 'COMPUTE_INSTANCE' && declined.includes(payload.instanceUuid))
        return { delivered: false, kind: 'declined', code: 'host-unknown', detail: 'nobody knows this host' };
      const at = filed.findIndex(one => one.incidentKey === notification.incidentKey);
      if (at < 0) filed.push(structuredClone(notification));
      const place = at < 0 ? filed.length - 1 : at;
      return { delivered: true, notificationUuid: uuidOf(place + 1), duplicate: at >= 0 };
    },
  };
}

function refuse({ host, incidentKey }: FiledNotification): string | undefined {
  if (!HostNameSchema.safeParse(host).success) return `${host} is no host name`;
  if (!IncidentKeySchema.safeParse(incidentKey).success) return `${incidentKey} is no incident key`;
  return undefined;
}

/** Not random, so that a story told twice is the same story. */
const uuidOf = (place: number): string => `00000000-0000-4000-8000-${place.toString(16).padStart(12, '0')}`;

/** A reporter that keeps what it is told. */
export type MemoryReporter = GuestReporter & {
  readonly reports: readonly MonitorReport[];
  /** From now on reports are not taken, or taken again. */
  setAway(away: boolean): void;
};

export function memoryReporter(): MemoryReporter {
  const reports: MonitorReport[] = [];
  let away = false;
  return {
    reports,
    setAway: gone => {
      away = gone;
    },
    async report(report, { signal }) {
      if (away || signal.aborted) return false;
      reports.push(structuredClone(report));
      return true;
    },
  };
}
