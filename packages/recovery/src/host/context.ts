import { RecoveryMethodSchema } from '@instance-ha/notification';
import { z } from 'zod';

/** What the books of failover segments say of a failed host, and what somebody ruled about this notification. */
export const HostContext = z.object({
  /** Null: the host is in no segment, and nobody asked for it to be looked after. */
  segment: z
    .object({ uuid: z.string(), name: z.string(), method: RecoveryMethodSchema, enabled: z.boolean() })
    .nullable(),
  onMaintenance: z.boolean(),
  /** Reserved hosts of the segment that are free, the first to be taken first. */
  reservedHosts: z.array(z.string()),
  /** Its other hosts that are neither reserved nor on maintenance. */
  segmentHosts: z.array(z.string()),
  /** How many of the segment's hosts were reported as failed lately, this one included, and how many it has. */
  failing: z.object({ failed: z.number(), of: z.number() }),
  ruling: z.enum(['none', 'approved', 'rejected']),
  /** Who ruled so; null or absent without a ruling. */
  ruled: z.object({ by: z.string(), reason: z.string().nullable() }).nullable().optional(),
  /** It was reported as started after this notification was filed. */
  back: z.boolean().optional(),
});
export type HostContext = z.infer<typeof HostContext>;

/** How failed hosts are recovered; durations in milliseconds. */
export const HostPolicy = z.object({
  /** Whether there are hands on hosts at all: libvirt alone has none. */
  hasControl: z.boolean(),
  /** Evacuate every instance; else only those whose metadata says so. */
  evacuateAllInstances: z.boolean(),
  haEnabledKey: z.string(),
  ignoreInstancesInErrorState: z.boolean(),
  /** A larger share of a segment's hosts failing together is held for an operator. */
  failureRatio: z.number(),
  /** Hosts evacuated at the same time, over all workers. */
  maxHostsAtOnce: z.number(),
  /** Evacuations under way at the same time: at first, and at most. */
  concurrencyFirst: z.number(),
  concurrencyMax: z.number(),
  /** How long one evacuation may take. */
  evacuationTimeoutMs: z.number(),
  /** How often evacuations are listed. */
  pollMs: z.number(),
  /** Whether a host that is back is taken back into service. */
  autoReturn: z.boolean(),
});
export type HostPolicy = z.infer<typeof HostPolicy>;
