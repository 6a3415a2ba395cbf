import type { Logger } from '@instance-ha/ports';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { type Refusal, RefusalError, refuse } from './error-answer.ts';

/** Turns whatever was thrown into a refusal: what is ours to fix is told to the log alone. */
export function errorHandler(log: Logger) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const refusal = refusalOf(error);
    if (refusal.code === 'internal') log.error({ error, requestId: request.id }, 'a request failed');
    else if (refusal.code === 'unavailable')
      log.warn({ error, requestId: request.id }, 'a request could not be served now');
    return refuse(request, reply, refusal);
  };
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof RefusalError) return error.refusal;
  const { code, statusCode, retryable } = error as Partial<FastifyError> & { retryable?: unknown };
  if (retryable === true)
    return {
      code: 'unavailable',
      message: 'the database does not answer now; try again',
      retryAfterSeconds: 1,
    };
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return { code: 'too-large', message: 'the body is larger than [api] body_limit_kib allows' };
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return { code: 'unsupported-media-type', message: 'the body must be application/json' };
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return { code: 'invalid-request', message: 'Malformed request body' };
    default:
      break;
  }
  // What is left below 500 was refused by fastify itself before any of our code ran (a broken escape in the address, …).
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return { code: 'invalid-request', message: 'the request cannot be understood' };
  return { code: 'internal', message: 'the service failed; its log tells why, by the id of this request' };
}
