import type { GuestFault } from '@instance-ha/notification';
import type { Facts } from './state.ts';

/** The boot that failed, as a control names it; null where the monitor could not tell. */
export const failedLife = ({ again, subject: { payload } }: Facts): string | null => {
  if (again) return again.life;
  return payload.domainId === null ? null : String(payload.domainId);
};

export const compareLives = (one: string | null, other: string | null): 'same' | 'other' | 'unknown' =>
  one === null || other === null ? 'unknown' : one === other ? 'same' : 'other';

/** Faults that no boot survives: an instance that runs afterwards runs another one, whatever its number says. */
export const endsLife = ({ again, subject: { payload } }: Facts): boolean =>
  !again && (payload.fault === 'qemu-failed' || payload.fault === 'found-dead');

/** Faults that pause the boot: one that runs afterwards was resumed. */
export const pausesLife = (fault: GuestFault): boolean =>
  fault === 'io-error' || fault === 'watchdog-paused' || fault === 'hypervisor-error';
