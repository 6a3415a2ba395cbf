import { DomainState, ShutoffReason } from '../protocol/domain-state.ts';
import type { FakeGuest } from './guest.ts';

/**
 * What a libvirtd that was started anew makes of a guest (`qemuProcessReconnect` in libvirt `src/qemu/qemu_process.c`, and
 * measured on 9.0): one that runs goes on as it was, its channel and its monitor opened afresh; one whose QEMU is gone
 * crashed; why one is off that was off before is written nowhere.
 */
export function meetAgain(guest: FakeGuest, ranBefore: boolean): void {
  guest.monitor.forgetJobs();
  guest.agent.reopened();
  if (guest.active) return;
  guest.become(DomainState.SHUTOFF, ranBefore ? ShutoffReason.CRASHED : ShutoffReason.UNKNOWN);
}
