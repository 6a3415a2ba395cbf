import type { Evidence, IncidentKey, NotificationPayload } from '@instance-ha/notification';

/** A notification as a monitor files it. Times are ISO 8601 with milliseconds and `Z`, by the monitor's wall clock. */
export type FiledNotification = {
  incidentKey: IncidentKey;
  host: string;
  faultAt: string;
  detectedAt: string;
  payload: NotificationPayload;
  evidence: Evidence | null;
};

/** How the receiver took it. `refused` is for ever (the same body will never be taken); `unavailable` may pass. */
export type Delivery =
  | { delivered: true; notificationUuid: string; duplicate: boolean }
  | { delivered: false; kind: 'refused' | 'unavailable'; detail: string };

/** Where notifications go: our API, or a Masakari's. Filing the same incident key twice stores it once. */
export interface NotificationSink {
  deliver(notification: FiledNotification, options: { signal: AbortSignal }): Promise<Delivery>;
}
