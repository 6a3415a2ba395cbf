import { Secret } from '@instance-ha/config';
import type { CallBounds, ServiceCaller } from '../http/caller.ts';
import { OpenStackError } from '../openstack-error.ts';
import type { KeystoneAuth, OpenStackSettings } from '../settings/settings.ts';
import { type Catalogue, LoginAnswer } from './wire.ts';

/** What a login gave. `lifetimeMs` is reckoned by Keystone's own clock, from issue to expiry. */
export type Login = {
  token: Secret;
  lifetimeMs: number;
  expiresAt: string;
  catalogue: Catalogue;
  userId: string;
  projectId: string | null;
};

/** `POST /v3/auth/tokens`. Rejects with `OpenStackError`. */
export async function login(
  caller: ServiceCaller,
  settings: OpenStackSettings,
  bounds: CallBounds,
): Promise<Login> {
  const { body, headers, status } = await caller.call(
    {
      name: 'keystone login',
      method: 'POST',
      url: `${settings.authUrl}/auth/tokens`,
      body: { auth: bodyOf(settings.auth) },
      answer: LoginAnswer,
      repeatable: true, // A second token does no harm.
    },
    bounds,
  );
  const token = headers['x-subject-token'];
  if (token === undefined || token === '')
    throw new OpenStackError({
      code: 'garbage',
      message: 'keystone login: expected the header X-Subject-Token in the answer, found none',
      status,
    });
  const { expires_at, issued_at, catalog, user, project } = body.token;
  const lifetimeMs = Date.parse(expires_at) - Date.parse(issued_at);
  if (!(lifetimeMs > 0))
    throw new OpenStackError({
      code: 'garbage',
      message: `keystone login: expected a token that expires after it was issued, found ${issued_at} to ${expires_at}`,
      status,
    });
  return {
    token: new Secret(token),
    lifetimeMs,
    expiresAt: expires_at,
    catalogue: catalog,
    userId: user.id,
    projectId: project?.id ?? null,
  };
}

function bodyOf(auth: KeystoneAuth): object {
  switch (auth.method) {
    case 'password':
      return {
        identity: {
          methods: ['password'],
          password: { user: { ...auth.user, password: auth.password.reveal() } },
        },
        scope: 'system' in auth.scope ? { system: { all: true } } : auth.scope,
      };
    case 'application-credential':
      return {
        identity: {
          methods: ['application_credential'],
          application_credential: { ...auth.credential, secret: auth.secret.reveal() },
        },
      };
  }
}
