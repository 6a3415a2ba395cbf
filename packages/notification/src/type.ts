import { z } from 'zod';

/**
 * Glossary.
 *
 * - **notification**: a monitor's statement that something failed, and the record of what was done about it.
 * - **incident**: one real failure. One incident is one notification, however many events it sends.
 * - **source host**: the compute host the failure was seen on; spelt as Nova spells its `nova-compute` host.
 * - **instance**: a virtual machine as Nova names it; libvirt calls it a domain, a user a guest.
 *   The domain UUID is the instance UUID.
 * - **boot**: one life of a domain, from the moment it was started to the moment QEMU ended.
 */

/** What failed, in the words of the product. `masakari.ts` tells how Masakari spells them. */
export const notificationTypes = ['COMPUTE_HOST', 'COMPUTE_INSTANCE', 'COMPUTE_PROCESS'] as const;

export const NotificationType = z.enum(notificationTypes);
export type NotificationType = z.infer<typeof NotificationType>;
