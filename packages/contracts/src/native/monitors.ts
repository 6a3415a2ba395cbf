import { HostNameSchema } from '@instance-ha/notification';
import { z } from 'zod';
import { IsoTime, text } from '../wire.ts';
import { ReportedGuest } from './guests.ts';

/** Guests in one report, at the most. */
export const maxReportedGuests = 5000;

const count = z.int().nonnegative().max(1_000_000_000);

/** What a monitor tells about itself and its guests. */
export const MonitorReport = z.strictObject({
  host: HostNameSchema,
  session: text(128),
  sequence: z.int().nonnegative(),
  version: text(64),
  startedAt: IsoTime,
  /** When it was made, by the monitor's clock. */
  sentAt: IsoTime.optional(),
  state: z.enum(['starting', 'watching', 'blind']),
  cause: z.string().max(512).nullable(),
  mode: z.enum(['libvirt']),
  checkIntervalMs: z.number().nonnegative().max(86_400_000),
  gate: z.strictObject({ suspect: z.boolean(), silent: count, heard: count }),
  spoolDepth: count,
  complete: z.boolean(),
  guests: z.array(ReportedGuest).max(maxReportedGuests),
});
export type MonitorReport = z.infer<typeof MonitorReport>;

/** `taken` is false when a newer report had overtaken this one; the next complete one mends it. */
export const ReportAnswer = z.strictObject({ taken: z.boolean() });
export type ReportAnswer = z.infer<typeof ReportAnswer>;

/**
 * One monitor as last heard. `silent`: it has not been heard for several of its `[monitor] report_interval`, so what
 * it last said of its guests is old. `clockAheadMs`: how far its clock is ahead of the database's, behind where negative (the
 * time that its last report was on the way included); null for a monitor that does not tell when it sent.
 */
export const MonitorRecord = MonitorReport.omit({
  guests: true,
  complete: true,
  sequence: true,
  sentAt: true,
}).extend({
  lastSeenAt: IsoTime,
  clockAheadMs: z.number().nullable(),
  guestsByPhase: z.record(z.string(), z.int()),
  silent: z.boolean(),
});
export type MonitorRecord = z.infer<typeof MonitorRecord>;

export const MonitorList = z.strictObject({ monitors: z.array(MonitorRecord) });
export type MonitorList = z.infer<typeof MonitorList>;
