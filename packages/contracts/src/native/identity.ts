import { z } from 'zod';
import { Scope } from '../access.ts';

/** Whom the service takes the caller for. `host` is set for a monitor's token. */
export const Identity = z.strictObject({ name: z.string(), scope: Scope, host: z.string().nullable() });
export type Identity = z.infer<typeof Identity>;
