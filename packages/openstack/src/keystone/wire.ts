import { z } from 'zod';

/** The fields of Keystone's answers that are used. Keystone's API reference, "Password authentication" and "Validate token". */
const Domain = z.object({ id: z.string().nullish(), name: z.string().nullish() });

export const CatalogueEndpoint = z.object({
  interface: z.string(),
  url: z.string(),
  region_id: z.string().nullish(),
  region: z.string().nullish(),
});
export const Catalogue = z.array(z.object({ type: z.string(), endpoints: z.array(CatalogueEndpoint) }));
export type Catalogue = z.infer<typeof Catalogue>;

const TokenFields = z.object({
  expires_at: z.string(),
  issued_at: z.string(),
  user: z.object({ id: z.string(), name: z.string(), domain: Domain }),
  project: z.object({ id: z.string(), name: z.string(), domain: Domain }).optional(),
  domain: Domain.optional(),
  system: z.object({ all: z.boolean().optional() }).optional(),
  roles: z.array(z.object({ id: z.string(), name: z.string() })).default([]),
});
export type TokenFields = z.infer<typeof TokenFields>;

export const LoginAnswer = z.object({ token: TokenFields.extend({ catalog: Catalogue.default([]) }) });
export const ValidationAnswer = z.object({ token: TokenFields });
