import type { Scope } from '@instance-ha/contracts';
import type { TokenIdentity } from '@instance-ha/ports';
import type { FastifyRequest } from 'fastify';
import { RefusalError } from '../http/error-answer.ts';
import type { Authenticator } from './authenticator.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on public routes. */
    identity: TokenIdentity | null;
  }
}

/** A hook that lets nobody through but whom the contract names for the route. A route that names nobody is not served. */
export function requireAccess(authenticator: Authenticator) {
  return async (request: FastifyRequest): Promise<void> => {
    if (request.is404) return;
    const { access } = request.routeOptions.config;
    if (access === 'public') return;
    if (access === undefined) throw new Error(`${request.routeOptions.url} does not say who may call it`);

    const token = tokenOf(request);
    if (token === undefined)
      throw new RefusalError({
        code: 'unauthenticated',
        message: 'a token is needed: Authorization: Bearer TOKEN, or X-Auth-Token: TOKEN',
      });
    const recognition = await authenticator.recognise(token, request.ip);
    if (!recognition.known) throw refusalFor(recognition.barredForMs);
    const { identity } = recognition;
    if (!access.includes(identity.scope)) throw forbidden(identity, access);
    request.identity = identity;
  };
}

/** Who asks, on a route that is not public. */
export function identityOf(request: FastifyRequest): TokenIdentity {
  if (!request.identity) throw new Error('a route that is not public was served without a token');
  return request.identity;
}

/** A monitor speaks for its own host only. */
export function mustSpeakFor(request: FastifyRequest, host: string): TokenIdentity {
  const identity = identityOf(request);
  if (identity.scope !== 'monitor' || identity.host === host) return identity;
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

function refusalFor(barredForMs: number | null): RefusalError {
  if (barredForMs === null)
    return new RefusalError({ code: 'unauthenticated', message: 'the token is not known here' });
  return new RefusalError({
    code: 'too-many-requests',
    message: 'too many wrong tokens came from this address',
    retryAfterSeconds: Math.ceil(barredForMs / 1000),
  });
}

const forbidden = (identity: TokenIdentity, access: readonly Scope[]): RefusalError =>
  new RefusalError({
    code: 'forbidden',
    message: `this needs a token of scope ${access.join(' or ')}; ${identity.name} has scope ${identity.scope}`,
  });
