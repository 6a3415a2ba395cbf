import { z } from 'zod';
import {
  listParameters,
  MasakariBoolean,
  MasakariLinks,
  MasakariName,
  MasakariText,
  stamps,
} from './common.ts';
import { MasakariSegment } from './segments.ts';

/** A host as Masakari shows it. `control_attributes` is `***` for whoever may not change it. */
export const MasakariHost = z.strictObject({
  id: z.int(),
  uuid: z.string(),
  name: z.string(),
  failover_segment_id: z.string(),
  failover_segment: MasakariSegment,
  type: z.string(),
  reserved: z.boolean(),
  control_attributes: z.string(),
  on_maintenance: z.boolean(),
  ...stamps,
});
export type MasakariHost = z.infer<typeof MasakariHost>;

const fields = {
  name: MasakariName,
  type: z
    .string()
    .max(255)
    .regex(/^[a-zA-Z0-9]*$/, "does not match '^[a-zA-Z0-9]*$'"),
  control_attributes: MasakariText,
  reserved: MasakariBoolean.optional(),
  on_maintenance: MasakariBoolean.optional(),
} as const;

export const MasakariNewHost = z.strictObject(fields);
export type MasakariNewHost = z.infer<typeof MasakariNewHost>;

export const MasakariHostChange = z
  .strictObject({
    ...fields,
    name: fields.name.optional(),
    type: fields.type.optional(),
    control_attributes: fields.control_attributes.optional(),
  })
  .refine(change => Object.keys(change).length > 0, { error: 'is not valid under any of the given schemas' });
export type MasakariHostChange = z.infer<typeof MasakariHostChange>;

export const MasakariHostQuery = z.object({
  name: z.string().max(255).optional(),
  type: z.string().max(255).optional(),
  on_maintenance: z.string().max(64).optional(),
  reserved: z.string().max(64).optional(),
  ...listParameters,
});
export type MasakariHostQuery = z.infer<typeof MasakariHostQuery>;

export const MasakariHostList = z.strictObject({
  hosts: z.array(MasakariHost),
  hosts_links: MasakariLinks.optional(),
});
