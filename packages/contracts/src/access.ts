import { z } from 'zod';

/**
 * Who may ask. `admin` may everything, `reader` may look, `monitor` may file and report for its own host and
 * nothing else.
 */
export const scopes = ['admin', 'reader', 'monitor'] as const;
export const Scope = z.enum(scopes);
export type Scope = z.infer<typeof Scope>;

/**
 * Every route says who may call it: `public` needs no token. An adapter refuses to serve a route that does not say.
 * `policy` names the rule by which an operator may decide otherwise.
 */
export type RouteAccess = { access: 'public' | readonly Scope[]; policy?: string };

/** Looking at things. */
export const forReaders = { access: ['admin', 'reader'] } as const satisfies RouteAccess;
/** Steering. */
export const forAdmins = { access: ['admin'] } as const satisfies RouteAccess;
/** What monitors do; a monitor's token is bound to its host, which the handler checks. */
export const forMonitors = { access: ['admin', 'monitor'] } as const satisfies RouteAccess;
/** Anyone with a token. */
export const forEveryone = { access: ['admin', 'reader', 'monitor'] } as const satisfies RouteAccess;
/** Anyone at all. */
export const forThePublic = { access: 'public' } as const satisfies RouteAccess;
