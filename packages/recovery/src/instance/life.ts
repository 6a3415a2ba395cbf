import type { GuestFault } from '@instance-ha/notification';
import type { Facts } from './state.ts';

/** The boot that failed, as a control names it; null where the monitor could not tell. */
export const failedLife = ({ again, subject: { payload } }: Facts): string | null => {
  if (again) return again.life;
  return payload.domainId === null ? null : String(payload.domainId);
};

/** Only names of one kind can be compared: the monitor's domain id `7` says nothing about Nova's `nova:req-…`. */
export function compareLives(one: string | null, other: string | null): 'same' | 'other' | 'unknown' {
  if (one === null || other === null || kindOf(one) !== kindOf(other)) return 'unknown';
  return one === other ? 'same' : 'other';
}

/** What stands before the first colon; nothing does in libvirt's domain ids. */
const kindOf = (life: string): string => life.slice(0, Math.max(0, life.indexOf(':')));

/** Faults that no boot survives: an instance that runs afterwards runs another one, whatever its number says. */
export const endsLife = ({ again, subject: { payload } }: Facts): boolean =>
  !again && (payload.fault === 'qemu-failed' || payload.fault === 'found-dead');

/** Faults that pause the boot: one that runs afterwards was resumed. */
export const pausesLife = (fault: GuestFault): boolean =>
  fault === 'io-error' || fault === 'watchdog-paused' || fault === 'hypervisor-error';
