import { z } from 'zod';

/**
 * What befell the guest. A closed list: it labels metrics, selects the recovery and is what an operator reads.
 *
 * | fault               | seen as                                                                          |
 * | ------------------- | -------------------------------------------------------------------------------- |
 * | `qemu-failed`       | QEMU ended without being asked: lifecycle stopped/failed                          |
 * | `panicked`          | the guest kernel panicked and its panic device said so                           |
 * | `watchdog-reset`    | the guest's watchdog fired; QEMU reset the guest                                  |
 * | `watchdog-stopped`  | the guest's watchdog fired; the guest was powered off or shut down                |
 * | `watchdog-paused`   | the guest's watchdog fired; the guest is paused                                   |
 * | `io-error`          | the guest is paused because its disk failed                                      |
 * | `hypervisor-error`  | the guest is paused by a hypervisor error (libvirt: API error, failed post-copy)  |
 * | `heartbeat-lost`    | a guest that had answered stopped answering                                       |
 * | `agent-lost`        | the guest's agent went away and stayed away                                       |
 * | `boot-loop`         | the guest resets itself again and again                                           |
 * | `found-dead`        | the guest died while nobody looked, and the listing says it crashed               |
 */
export const guestFaults = [
  'qemu-failed',
  'panicked',
  'watchdog-reset',
  'watchdog-stopped',
  'watchdog-paused',
  'io-error',
  'hypervisor-error',
  'heartbeat-lost',
  'agent-lost',
  'boot-loop',
  'found-dead',
] as const;

export const GuestFault = z.enum(guestFaults);
export type GuestFault = z.infer<typeof GuestFault>;

/** Who has already begun to bring the guest back: recovery then waits for the heartbeat first and does not restart. */
export const Handler = z.enum(['none', 'libvirt', 'qemu']);
export type Handler = z.infer<typeof Handler>;
