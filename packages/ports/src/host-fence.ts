import type { ActOutcome } from '@instance-ha/recovery';
import type { HostControlLimits } from './host-control.ts';

/**
 * Makes sure that a host that is taken as dead runs nothing any more, before its instances are brought up elsewhere: by its power, its
 * storage or its network. One that is only cut off would go on writing, and two copies of a guest on one disk destroy it.
 *
 * Asking twice is safe: a host that is fenced already is `done`. `refused`: asking again will not help, for instance where nothing is
 * known of the host. Never rejects for what a host or its controller can do.
 */
export interface HostFence {
  /** `reason` is what operators read. */
  fence(host: string, options: HostControlLimits & { reason: string }): Promise<ActOutcome>;
  close(): Promise<void>;
}
