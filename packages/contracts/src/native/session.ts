import { z } from 'zod';
import { Scope } from '../access.ts';
import { IsoTime, text } from '../wire.ts';

/**
 * The header that a request with a session's cookie must carry, with any value. Pages of other sites cannot send it: a
 * browser asks the service first whether they may, and the service never says yes.
 */
export const sessionHeader = 'x-instance-ha-console';

/** How one may sign in: with a token, or as a user of Keystone. */
export const SignInWay = z.enum(['token', 'password']);
export type SignInWay = z.infer<typeof SignInWay>;

/** Without `project` the user signs in for the whole system. Domains are names. */
export const SignIn = z.discriminatedUnion('way', [
  z.strictObject({ way: z.literal('token'), token: z.string().min(1).max(2048) }),
  z.strictObject({
    way: z.literal('password'),
    user: text(255),
    userDomain: text(255),
    password: z.string().min(1).max(1024),
    project: text(255).optional(),
    projectDomain: text(255).optional(),
  }),
]);
export type SignIn = z.infer<typeof SignIn>;

/** Who is signed in. `may` names the routes of `/v2` that the policy allows, such as `pause.set`. */
export const Session = z.strictObject({
  name: z.string(),
  scope: Scope.nullable(),
  may: z.array(z.string()),
  expiresAt: IsoTime,
});
export type Session = z.infer<typeof Session>;

/** `session` is null for who is not signed in (any more). */
export const SessionAnswer = z.strictObject({ ways: z.array(SignInWay), session: Session.nullable() });
export type SessionAnswer = z.infer<typeof SessionAnswer>;
