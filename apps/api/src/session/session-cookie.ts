import type { FastifyRequest } from 'fastify';

const plainName = 'instance-ha-session';
/** Browsers take this name over TLS only, from this very host only. */
const secureName = `__Host-${plainName}`;

const isSecure = (request: FastifyRequest): boolean => request.protocol === 'https';
const nameOf = (request: FastifyRequest): string => (isSecure(request) ? secureName : plainName);

/** The value of the session's cookie, as the browser sent it. */
export function readSessionCookie(request: FastifyRequest): string | undefined {
  const name = `${nameOf(request)}=`;
  const pairs = (request.headers.cookie ?? '').split(';').map(pair => pair.trim());
  const found = pairs.find(pair => pair.startsWith(name))?.slice(name.length);
  return found === '' ? undefined : found;
}

/** `Set-Cookie` for a session; no script can read it, and no other site can have it sent. */
export function sessionCookie(request: FastifyRequest, value: string, maxAgeMs: number): string {
  const parts = [
    `${nameOf(request)}=${value}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Strict',
    `Max-Age=${Math.max(0, Math.floor(maxAgeMs / 1000))}`,
  ];
  return (isSecure(request) ? [...parts, 'Secure'] : parts).join('; ');
}
