import type { Evidence, NotificationPayload } from '@instance-ha/notification';
import { parseRecoveryEvents, type RecoveryEvent } from './event.ts';
import { faultInWords } from './words.ts';

/** What happens to one incident, in the order in which it happens. Not every incident goes through every phase. */
export const timelinePhases = [
  'fault',
  'detected',
  'notified',
  'accepted',
  'acting',
  'restarted',
  'heartbeat-back',
  'ended',
] as const;
export type TimelinePhase = (typeof timelinePhases)[number];

export type TimelineEntry = {
  phase: TimelinePhase;
  /** ISO 8601 with milliseconds and `Z`. */
  at: string;
  /** Milliseconds since the fault. May be negative where the clocks of host and database disagree. */
  offsetMs: number;
  /** A few plain words, or null. */
  detail: string | null;
};

/** The parts of a notification's record that a timeline is made of. */
export type TimelineNotification = {
  faultAt: string;
  detectedAt: string;
  acceptedAt: string;
  endedAt: string | null;
  payload: NotificationPayload;
  evidence: Evidence | null;
};

/**
 * The phases of one incident, each with its instant and its distance from the fault.
 *
 * | phase            | instant                                                    | clock    |
 * | ---------------- | ---------------------------------------------------------- | -------- |
 * | `fault`          | the first sign                                             | monitor  |
 * | `detected`       | the verdict                                                | monitor  |
 * | `notified`       | the notification was stored                                | database |
 * | `accepted`       | a worker began                                             | database |
 * | `acting`         | the first act was begun                                    | database |
 * | `restarted`      | the last start or hard reboot was done                     | database |
 * | `heartbeat-back` | the guest was heard again                                  | monitor  |
 * | `ended`          | the recovery ended; absent again while it is tried anew    | database |
 */
export function timeline(
  notification: TimelineNotification,
  journal: readonly { event: unknown }[],
): TimelineEntry[] {
  const acceptedMs = Date.parse(notification.acceptedAt);
  const found = new Map<TimelinePhase, Moment>([
    ['fault', { ms: Date.parse(notification.faultAt), detail: faultOf(notification.payload) }],
    ['detected', { ms: Date.parse(notification.detectedAt), detail: notification.evidence?.summary ?? null }],
    ['notified', { ms: acceptedMs, detail: null }],
  ]);
  for (const event of parseRecoveryEvents(journal).events) note(found, event, acceptedMs);
  const ended = found.get('ended');
  if (notification.endedAt !== null)
    found.set('ended', { ms: Date.parse(notification.endedAt), detail: ended?.detail ?? null });

  const faultMs = Date.parse(notification.faultAt);
  return timelinePhases.flatMap(phase => {
    const moment = found.get(phase);
    if (!moment) return [];
    const { ms, detail } = moment;
    return [{ phase, at: new Date(ms).toISOString(), offsetMs: Math.round(ms - faultMs), detail }];
  });
}

type Moment = { ms: number; detail: string | null };

function note(found: Map<TimelinePhase, Moment>, event: RecoveryEvent, acceptedMs: number): void {
  const ms = acceptedMs + event.atMs;
  const first = (phase: TimelinePhase, moment: Moment): void => {
    if (!found.has(phase)) found.set(phase, moment);
  };
  switch (event.type) {
    case 'begun':
      first('accepted', { ms, detail: null });
      found.delete('ended');
      break;
    case 'act-begun':
      first('acting', { ms, detail: event.act });
      break;
    case 'host-act-begun':
      first('acting', { ms, detail: event.act });
      break;
    case 'monitor-act-begun':
      if (event.kind === 'restart-process') first('acting', { ms, detail: 'restart asked of its monitor' });
      break;
    case 'monitor-act-ended':
      if (event.kind === 'restart-process' && event.outcome === 'done')
        found.set('restarted', { ms, detail: event.detail });
      break;
    case 'service-act-begun':
      first('acting', { ms, detail: `${event.act} of the compute service` });
      break;
    case 'restored':
      found.set('restarted', { ms, detail: 'the last instance was brought back' });
      break;
    case 'act-ended':
      if (event.outcome === 'done' && event.act !== 'stop')
        found.set('restarted', { ms, detail: event.detail || event.act });
      break;
    case 'heartbeat':
      if (event.sighting.heartbeat === 'heard')
        first('heartbeat-back', { ms: event.sighting.atMs, detail: null });
      break;
    case 'ended':
      found.set('ended', { ms, detail: `${event.status}: ${event.reason}` });
      break;
    case 'looked':
    case 'aborted':
    case 'turn':
    case 'host-looked':
    case 'host-context':
    case 'host-act-ended':
    case 'instances':
    case 'evacuations-begun':
    case 'evacuations-asked':
    case 'evacuations':
    case 'process-context':
    case 'service-looked':
    case 'service-act-ended':
    case 'further':
    case 'budget':
    case 'paused':
    case 'taken-over':
    case 'tick':
      break;
  }
}

const faultOf = (payload: NotificationPayload): string | null =>
  payload.type === 'COMPUTE_INSTANCE'
    ? faultInWords(payload.fault)
    : payload.type === 'COMPUTE_PROCESS'
      ? `${payload.processName} ${payload.event === 'STOPPED' ? 'died' : 'is back'}`
      : null;
