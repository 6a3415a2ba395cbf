import type { Scope } from '@instance-ha/contracts';
import type { FastifyRequest } from 'fastify';
import { RefusalError } from '../http/error-answer.ts';
import type { SessionReader } from '../session/session-token.ts';
import type { AccessPolicy } from './access-policy.ts';
import type { Caller } from './caller.ts';
import type { TokenValidator } from './token-validator.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on public routes. */
    identity: Caller | null;
  }
}

/**
 * A hook that lets nobody through but whom the route's policy rule allows; its default is whom the contract names. A route
 * that names neither is not served.
 */
export function requireAccess(options: {
  validator: TokenValidator;
  policy: AccessPolicy;
  sessions: SessionReader;
}) {
  const { validator, policy, sessions } = options;
  return async (request: FastifyRequest): Promise<void> => {
    if (request.is404) return;
    const { access, policy: rule } = request.routeOptions.config;
    if (access === 'public') return;
    if (access === undefined || rule === undefined)
      throw new Error(`${request.routeOptions.url} does not say who may call it`);

    const token = tokenOf(request) ?? sessions(request)?.token;
    if (token === undefined)
      throw new RefusalError({
        code: 'unauthenticated',
        message: 'a token is needed: Authorization: Bearer TOKEN, or X-Auth-Token: TOKEN',
        challenge: validator.challenge,
      });
    const recognition = await validator.recognise(token, request.ip);
    if (!recognition.known) throw refusalFor(recognition.barredForMs, validator.challenge);
    const { caller } = recognition;
    const { project_id: project } = request.params as { project_id?: string };
    if (!policy.allows(rule, caller, project)) throw forbidden(caller, { rule, access, policy });
    request.identity = caller;
    if (project !== undefined && caller.projectId !== null && project !== caller.projectId)
      throw new RefusalError({
        code: 'invalid-request',
        message: `Malformed request URL: URL's project_id '${project}' doesn't match Context's project_id '${caller.projectId}'`,
      });
  };
}

/** Who asks, on a route that is not public. */
export function identityOf(request: FastifyRequest): Caller {
  if (!request.identity) throw new Error('a route that is not public was served without a token');
  return request.identity;
}

/** A monitor speaks for its own host only. */
export function mustSpeakFor(request: FastifyRequest, host: string): Caller {
  const identity = identityOf(request);
  if (identity.host === null || identity.host === host) return identity;
  throw new RefusalError({
    code: 'forbidden',
    message: `the token ${identity.name} may only speak for the host ${identity.host}`,
  });
}

/** `Authorization` first, as HTTP has it; then OpenStack's header. */
function tokenOf(request: FastifyRequest): string | undefined {
  const { authorization, 'x-auth-token': openstack } = request.headers;
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  return typeof openstack === 'string' && openstack !== '' ? openstack : undefined;
}

function refusalFor(barredForMs: number | null, challenge: string): RefusalError {
  if (barredForMs === null)
    return new RefusalError({ code: 'unauthenticated', message: 'the token is not known here', challenge });
  return new RefusalError({
    code: 'too-many-requests',
    message: 'too many wrong tokens came from this address',
    retryAfterSeconds: Math.ceil(barredForMs / 1000),
  });
}

/** Masakari's sentence for its own rules; ours tells which scope is needed, unless an operator has decided otherwise. */
function forbidden(
  caller: Caller,
  on: { rule: string; access: readonly Scope[]; policy: AccessPolicy },
): RefusalError {
  const { rule, access, policy } = on;
  const message = rule.startsWith('os_masakari_api:')
    ? `Policy doesn't allow ${rule} to be performed.`
    : policy.isOverridden(rule)
      ? `the policy ${rule} does not allow this to ${caller.name}`
      : `this needs a token of scope ${access.join(' or ')}; ${caller.name} has ${caller.scope === null ? 'none of them' : `scope ${caller.scope}`}`;
  return new RefusalError({ code: 'forbidden', message });
}
