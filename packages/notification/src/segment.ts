import { z } from 'zod';

/**
 * How the instances of a dead host are brought back, in Masakari's words: on any host (`auto`), on a reserved host of the
 * segment (`reserved_host`), or one after the other (`auto_priority`, `rh_priority`).
 */
export const recoveryMethods = ['auto', 'reserved_host', 'auto_priority', 'rh_priority'] as const;

export const RecoveryMethod = z.enum(recoveryMethods);
export type RecoveryMethod = z.infer<typeof RecoveryMethod>;

/** How one instance was moved off a host. Masakari's and Nova's words. */
export const vmoveTypes = ['evacuation', 'migration', 'live_migration'] as const;

export const VmoveType = z.enum(vmoveTypes);
export type VmoveType = z.infer<typeof VmoveType>;

/** The life of one move: `pending` → `ongoing` → `succeeded` | `failed`, or `ignored` without having begun. */
export const vmoveStatuses = ['pending', 'ongoing', 'ignored', 'failed', 'succeeded'] as const;

export const VmoveStatus = z.enum(vmoveStatuses);
export type VmoveStatus = z.infer<typeof VmoveStatus>;
