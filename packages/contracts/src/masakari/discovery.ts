import { z } from 'zod';

const Link = z.strictObject({ rel: z.string(), href: z.string(), type: z.string().optional() });

/** What keystoneauth and openstacksdk read to choose a microversion. */
const version = {
  id: z.literal('v1.0'),
  status: z.literal('CURRENT'),
  version: z.string(),
  min_version: z.string(),
  updated: z.string(),
  links: z.array(Link),
} as const;

export const MasakariVersions = z.strictObject({ versions: z.array(z.strictObject(version)) });
export type MasakariVersions = z.infer<typeof MasakariVersions>;

export const MasakariVersion = z.strictObject({
  version: z.strictObject({
    ...version,
    'media-types': z.array(z.strictObject({ base: z.string(), type: z.string() })),
  }),
});
export type MasakariVersion = z.infer<typeof MasakariVersion>;

export const MasakariExtension = z.strictObject({
  name: z.string(),
  alias: z.string(),
  description: z.string(),
  namespace: z.literal(''),
  updated: z.literal(''),
  links: z.array(Link),
});
export type MasakariExtension = z.infer<typeof MasakariExtension>;
