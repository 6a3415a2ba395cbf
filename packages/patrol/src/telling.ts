import type { GuestView } from '@instance-ha/guest-health';
import { incidentKey } from '@instance-ha/notification';
import type { FiledNotification } from '@instance-ha/ports';

/** What is known of a notification's guest at the moment when it could be told. */
export type Standing = {
  /** Undefined: the host has no such guest. */
  guest: GuestView | undefined;
  /** The host is looked at, and was listed since that began: what `guest` says is so. */
  seen: boolean;
  /** Since the fault, by the wall clock. */
  ageMs: number;
};

/** What becomes of a notification that is next to be delivered. */
export type Telling =
  | { tell: 'now' }
  | { tell: 'later'; inMs: number; why: string }
  | { tell: 'never'; why: string };

/** Decides it; asked anew before each attempt. */
export type TellingRule = (notification: FiledNotification, standing: Standing) => Telling;

/** So old a failure is still what was seen a moment ago. */
const freshMs = 10_000;
const lookAgainMs = 1000;

/**
 * For a receiver that acts on a notification without a look at the guest, as Masakari's engine does: a failure is told
 * only while it stands. One that waited for the receiver to come back may be over, and the guest healthy.
 *
 * `broughtBackWaitMs`: who is brought back by QEMU or libvirt already is given so long to be heard, and is told if not.
 */
export const tellWhatStands =
  (policy: () => { broughtBackWaitMs: number }): TellingRule =>
  (notification, { guest, seen, ageMs }) => {
    const { payload } = notification;
    if (payload.type !== 'COMPUTE_INSTANCE') return now;
    if (!seen)
      return ageMs < freshMs ? now : later(lookAgainMs, 'whether the guest is failed still cannot be seen');
    if (!guest) return never('the guest is not on this host any more');

    const { incident, phase } = guest;
    if (incident === null) {
      // The record of it was lost. An answer still proves the guest well; nothing else is known to be newer.
      return phase === 'alive' ? never('the guest answers') : now;
    }
    const { boot, sequence, heardAgainAtMs } = incident;
    const { host } = notification;
    const { instanceUuid } = guest;
    const last = incidentKey({ type: 'COMPUTE_INSTANCE', host, instanceUuid, boot, sequence });
    if (last !== notification.incidentKey)
      return never('the guest failed once more since, and that is filed');
    if (heardAgainAtMs !== null) return never('the guest was heard again');
    if (phase === 'stopped' || phase === 'suspended')
      return never(`the guest is ${phase} since: ${guest.why}`);

    if (payload.handledBy !== 'none') {
      const by = payload.handledBy === 'qemu' ? 'QEMU' : 'libvirt';
      if (!payload.hadHeartbeat)
        return never(`${by} restarts the guest, which has no heartbeat to be missed`);
      const leftMs = policy().broughtBackWaitMs - ageMs;
      return leftMs > 0
        ? later(Math.min(leftMs, lookAgainMs), `${by} restarts the guest, which may be heard yet`)
        : now;
    }
    return guest.boot === boot ? now : never('the guest was started again since');
  };

const now: Telling = { tell: 'now' };
const later = (inMs: number, why: string): Telling => ({ tell: 'later', inMs, why });
const never = (why: string): Telling => ({ tell: 'never', why });
