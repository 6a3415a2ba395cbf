import { guestPhases } from '@instance-ha/guest-health';
import { HostNameSchema, IncidentKeySchema, InstanceUuidSchema } from '@instance-ha/notification';
import { z } from 'zod';
import { IsoTime, Limit } from '../wire.ts';

export const GuestPhase = z.enum(guestPhases);
export type GuestPhase = z.infer<typeof GuestPhase>;

/** One guest as its monitor believes it to be. */
export const ReportedGuest = z.strictObject({
  instanceUuid: InstanceUuidSchema,
  instanceName: z.string().max(255),
  phase: GuestPhase,
  why: z.string().max(512),
  since: IsoTime,
  lastBeatAt: IsoTime.nullable(),
  misses: z.int().nonnegative().max(1_000_000_000),
  boot: z.string().max(128),
  agentChannel: z.boolean(),
  incidentKey: IncidentKeySchema.nullable(),
  heardAgainAt: IsoTime.nullable(),
  /** The boot in which it was heard again: an answer of the boot that failed proves no later one. */
  heardAgainBoot: z.string().max(128).nullable(),
});
export type ReportedGuest = z.infer<typeof ReportedGuest>;

/** One guest as last reported, by whom and when. */
export const GuestRecord = ReportedGuest.extend({ host: HostNameSchema, reportedAt: IsoTime });
export type GuestRecord = z.infer<typeof GuestRecord>;

/** Which guests, in order of their UUID. `cursor` is the `nextCursor` of the page before. */
export const GuestQuery = z.strictObject({
  host: HostNameSchema.optional(),
  phase: GuestPhase.optional(),
  limit: Limit.optional(),
  cursor: InstanceUuidSchema.optional(),
});
export type GuestQuery = z.infer<typeof GuestQuery>;

export const GuestPage = z.strictObject({
  guests: z.array(GuestRecord),
  nextCursor: z.string().nullable(),
  next: z.string().nullable(),
});
export type GuestPage = z.infer<typeof GuestPage>;
