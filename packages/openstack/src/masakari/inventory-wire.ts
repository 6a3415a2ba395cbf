import { z } from 'zod';

/**
 * The fields of Masakari's answers that are used, in Masakari's spelling. `enabled` is shown from microversion 1.2 on; what is
 * older has no such thing, and acts on all.
 */
const SegmentFields = z.object({
  id: z.number(),
  uuid: z.string(),
  name: z.string(),
  description: z.string().nullish(),
  service_type: z.string(),
  recovery_method: z.string(),
  enabled: z.boolean().nullish(),
});

export type MasakariSegment = {
  id: number;
  uuid: string;
  name: string;
  description: string | null;
  serviceType: string;
  recoveryMethod: string;
  enabled: boolean;
};

export const SegmentsPage = z.object({ segments: z.array(SegmentFields) }).transform(({ segments }) =>
  segments.map(
    (one): MasakariSegment => ({
      id: one.id,
      uuid: one.uuid,
      name: one.name,
      description: one.description ?? null,
      serviceType: one.service_type,
      recoveryMethod: one.recovery_method,
      enabled: one.enabled ?? true,
    }),
  ),
);

const HostFields = z.object({
  id: z.number(),
  uuid: z.string(),
  name: z.string(),
  type: z.string().nullish(),
  control_attributes: z.string().nullish(),
  reserved: z.boolean(),
  on_maintenance: z.boolean(),
});

export type MasakariHost = {
  id: number;
  uuid: string;
  name: string;
  type: string;
  /** A secret, as whoever wrote it left it; `***` where the user may not see it. */
  controlAttributes: string;
  reserved: boolean;
  onMaintenance: boolean;
};

export const HostsPage = z.object({ hosts: z.array(HostFields) }).transform(({ hosts }) =>
  hosts.map(
    (one): MasakariHost => ({
      id: one.id,
      uuid: one.uuid,
      name: one.name,
      type: one.type ?? '',
      controlAttributes: one.control_attributes ?? '',
      reserved: one.reserved,
      onMaintenance: one.on_maintenance,
    }),
  ),
);
