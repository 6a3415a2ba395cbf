import {
  type ErrorBody,
  type ErrorCode,
  type ErrorDetail,
  keystoneUnauthorized,
  masakariFault,
} from '@instance-ha/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What is wrong with a request, in words that may leave the house. */
export type Refusal = {
  code: ErrorCode;
  message: string;
  details?: ErrorDetail[];
  retryAfterSeconds?: number;
  /** How to prove who one is, with a 401. */
  challenge?: string;
};

export const statusOf: Readonly<Record<ErrorCode, number>> = {
  'invalid-request': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  'precondition-failed': 412,
  'too-large': 413,
  'uri-too-long': 414,
  'unsupported-media-type': 415,
  'too-many-requests': 429,
  internal: 500,
  unavailable: 503,
};

/** Thrown by hooks and handlers to answer with a refusal. */
export class RefusalError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.name = 'RefusalError';
    this.refusal = refusal;
  }
}

/** Everything below `/v1` speaks Masakari, errors too. */
export const speaksMasakari = (url: string): boolean => /^\/v1(\/|\?|$)/.test(url);

/** The body of a refusal in the form of the API that was asked. */
export function errorBody(request: FastifyRequest, refusal: Refusal): ErrorBody | object {
  const { code, message, details, retryAfterSeconds } = refusal;
  if (!speaksMasakari(request.url)) {
    return {
      error: { code, message, ...(details === undefined ? {} : { details }), requestId: request.id },
    } satisfies ErrorBody;
  }
  if (code === 'unauthenticated') return keystoneUnauthorized;
  return masakariFault(statusOf[code], message, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
}

/** Answers with a refusal. */
export function refuse(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply {
  const { code, retryAfterSeconds, challenge } = refusal;
  if (challenge !== undefined) reply.header('www-authenticate', challenge);
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
  return reply.code(statusOf[code]).type('application/json; charset=utf-8').send(errorBody(request, refusal));
}
