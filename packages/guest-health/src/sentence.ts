import type { GuestRule } from './rule.ts';

/** What happened, for a human, by the rule that found it. */
export const sentences: Record<GuestRule, string> = {
  'stopped-failed': 'QEMU ended without being asked to',
  'stopped-crashed': 'libvirt stopped the domain because the guest crashed',
  'crashed-panicked': 'the guest kernel panicked',
  'suspended-ioerror': 'the guest is paused because a disk failed it',
  'suspended-api-error': 'the guest is paused because a call of libvirt failed half-way',
  'suspended-postcopy-failed': 'the guest is paused because its post-copy migration failed',
  'watchdog-reset': "the guest's watchdog fired and QEMU reset the guest",
  'watchdog-poweroff': "the guest's watchdog fired and QEMU powered the guest off",
  'watchdog-shutdown': "the guest's watchdog fired, asked the guest to shut down, and it stopped",
  'watchdog-paused': "the guest's watchdog fired and the guest stays paused",
  'reboots-in-a-row': 'the guest reboots itself again and again',
  'misses-reached-threshold': 'the guest had answered and no longer does',
  'silent-and-cpu-stalled': 'the guest no longer answers and its QEMU uses no CPU time',
  'agent-stayed-away': "the guest's agent went away and stayed away",
  'found-crashed': 'the guest was running when last seen and is found shut off, crashed',
  'found-ended-by-daemon': 'the guest was running when last seen and libvirt had to end it',
  'found-panicked': 'the guest is found panicked',
  'found-restarted-after-panic': 'the guest panicked unseen and libvirt restarted it',
  'found-ioerror': 'the guest is found paused because a disk failed it',
  'found-hypervisor-error': 'the guest is found paused by a hypervisor error',
};
