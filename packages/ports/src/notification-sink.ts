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

/**
 * How the receiver took it.
 *
 * | not delivered | because                                                                                          |
 * | ------------- | ------------------------------------------------------------------------------------------------ |
 * | `refused`     | for ever: the same body will never be taken                                                      |
 * | `declined`    | somebody has to put something right at the receiver first; others may be taken meanwhile          |
 * | `unavailable` | the receiver is away or not well: nothing is taken now                                           |
 */
export type Delivery =
  /** `notificationUuid` null: the receiver has it and does not tell which it is. */
  | { delivered: true; notificationUuid: string | null; duplicate: boolean }
  | { delivered: false; kind: 'refused' | 'unavailable'; detail: string }
  | { delivered: false; kind: 'declined'; code: DeclineCode; detail: string };

/** What has to be put right: the receiver does not know the host, keeps it out of recovery, or does not let us file. */
export const declineCodes = [
  'host-unknown',
  'host-on-maintenance',
  'forbidden',
  'not-found',
  'other',
] as const;
export type DeclineCode = (typeof declineCodes)[number];

/** Where notifications go: our API, or a Masakari's. Filing the same incident key twice stores it once. */
export interface NotificationSink {
  deliver(notification: FiledNotification, options: { signal: AbortSignal }): Promise<Delivery>;
}
