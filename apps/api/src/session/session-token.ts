import { sessionHeader } from '@instance-ha/contracts';
import type { Clock } from '@instance-ha/ports';
import type { KeyRing } from '@instance-ha/vault';
import type { FastifyRequest } from 'fastify';
import { RefusalError } from '../http/error-answer.ts';
import { readSessionCookie } from './session-cookie.ts';
import { openSession, type SealedSession } from './session-seal.ts';

export type SessionReader = (request: FastifyRequest) => SealedSession | undefined;

/** Reads the session that a request's cookie holds. Refuses a cookie that another site may have had sent. */
export function sessionReader({ keys, clock }: { keys: KeyRing; clock: Clock }): SessionReader {
  return request => {
    const cookie = readSessionCookie(request);
    if (cookie === undefined) return undefined;
    mustComeFromConsole(request);
    return openSession(keys, cookie, clock.wallMs());
  };
}

/** A browser lets no other site send this header: see `sessionHeader`. */
export function mustComeFromConsole(request: FastifyRequest): void {
  if (request.headers[sessionHeader] !== undefined) return;
  throw new RefusalError({
    code: 'forbidden',
    message: `a request with a session's cookie must carry the header ${sessionHeader}`,
  });
}
