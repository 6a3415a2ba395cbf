import type { InstancePayload } from '@instance-ha/notification';

/** The notification under recovery, as far as the judgement needs it. */
export type InstanceSubject = {
  notificationUuid: string;
  incidentKey: string;
  host: string;
  payload: InstancePayload;
};

/**
 * What was seen of an instance when the hypervisor or Nova was asked.
 *
 * `life` tells one boot of the instance from the next (libvirt: the domain id as text); null where it is off or
 * where the control cannot tell. A restart is only ever done to the life that failed.
 */
export type InstanceSighting =
  | {
      seen: 'instance';
      state: 'running' | 'paused' | 'stopped' | 'crashed' | 'error' | 'rescued' | 'suspended' | 'busy';
      life: string | null;
      /** True for a pause or stop that a person or a program asked for; a pause by failure is false. */
      byOperator: boolean;
      /** In the control's own words, e.g. `shut off (crashed)` or `vm_state active, power_state SHUTDOWN`. */
      detail: string;
    }
  | { seen: 'nothing'; detail: string }
  | { seen: 'could-not-look'; detail: string };

/** What may be done to an instance. Each is safe to ask twice. */
export type InstanceAct = 'stop' | 'start' | 'hard-reboot';

/** How an act ended. `refused`: asking again the same way will not help. */
export type ActOutcome =
  | { outcome: 'done'; detail: string }
  | { outcome: 'refused'; detail: string }
  | { outcome: 'failed'; detail: string };

/**
 * Whether the guest was heard again after the incident, as its monitor tells. `atMs` is when, in milliseconds since
 * 1970-01-01T00:00:00Z by the monitor's clock: for people, never to reckon with.
 */
export type HeartbeatSighting =
  | { heartbeat: 'heard'; atMs: number }
  | { heartbeat: 'not-yet' }
  /** The host's monitor is away or blind: silence is no evidence. */
  | { heartbeat: 'nobody-listens'; detail: string };
