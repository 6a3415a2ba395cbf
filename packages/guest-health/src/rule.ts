/**
 * Every rule that can end in a notification: a closed list, the label of metrics and the `rule` of each evidence.
 *
 * | rule                          | what was seen                                                              |
 * | ----------------------------- | -------------------------------------------------------------------------- |
 * | `stopped-failed`              | QEMU ended without being asked: event stopped/failed                        |
 * | `stopped-crashed`             | the domain was stopped because the guest crashed: event stopped/crashed      |
 * | `crashed-panicked`            | the panic device spoke: event crashed/panicked                              |
 * | `suspended-ioerror`           | paused because a disk failed: event suspended/ioerror                        |
 * | `suspended-api-error`         | paused by a failed call of libvirt: event suspended/api-error                |
 * | `suspended-postcopy-failed`   | paused by a failed post-copy migration: event suspended/postcopy-failed       |
 * | `watchdog-reset`              | the watchdog fired and QEMU reset the guest                                 |
 * | `watchdog-poweroff`           | the watchdog fired and QEMU powered the guest off                           |
 * | `watchdog-shutdown`           | the watchdog asked the guest to shut down, and it stopped                   |
 * | `watchdog-paused`             | paused by the watchdog, and still paused after the time to explain itself    |
 * | `reboots-in-a-row`            | so many reboots within the window                                           |
 * | `misses-reached-threshold`    | so many pings in a row without an answer                                    |
 * | `silent-and-cpu-stalled`      | fewer pings without an answer, and QEMU used no CPU time meanwhile           |
 * | `agent-stayed-away`           | so many polls in a row, after the grace, found no agent connected            |
 * | `found-crashed`               | a listing says it crashed while nobody looked: shutoff/crashed               |
 * | `found-ended-by-daemon`       | a listing says libvirt had to end it: shutoff/daemon                         |
 * | `found-panicked`              | a listing says it panicked: crashed/panicked or paused/crashed               |
 * | `found-restarted-after-panic` | a listing says libvirt restarted it after a panic: running/crashed            |
 * | `found-ioerror`               | a listing says it is paused because a disk failed: paused/ioerror             |
 * | `found-hypervisor-error`      | a listing says paused/api-error or paused/postcopy-failed                    |
 */
export const guestRules = [
  'stopped-failed',
  'stopped-crashed',
  'crashed-panicked',
  'suspended-ioerror',
  'suspended-api-error',
  'suspended-postcopy-failed',
  'watchdog-reset',
  'watchdog-poweroff',
  'watchdog-shutdown',
  'watchdog-paused',
  'reboots-in-a-row',
  'misses-reached-threshold',
  'silent-and-cpu-stalled',
  'agent-stayed-away',
  'found-crashed',
  'found-ended-by-daemon',
  'found-panicked',
  'found-restarted-after-panic',
  'found-ioerror',
  'found-hypervisor-error',
] as const;
export type GuestRule = (typeof guestRules)[number];
