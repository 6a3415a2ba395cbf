import { z } from 'zod';

/**
 * What went wrong, as a word for programs.
 *
 * | code                     | status | asked again unchanged?                                          |
 * | ------------------------ | ------ | --------------------------------------------------------------- |
 * | `invalid-request`        | 400    | never                                                            |
 * | `unauthenticated`        | 401    | with a token that is known here                                  |
 * | `forbidden`              | 403    | with a token that may do this                                    |
 * | `not-found`              | 404    | when it exists                                                   |
 * | `method-not-allowed`     | 405    | never                                                            |
 * | `conflict`               | 409    | never                                                            |
 * | `precondition-failed`    | 412    | after reading what was saved meanwhile                           |
 * | `too-large`              | 413    | never                                                            |
 * | `uri-too-long`           | 414    | never                                                            |
 * | `unsupported-media-type` | 415    | as `application/json`                                            |
 * | `too-many-requests`      | 429    | after `Retry-After` seconds                                      |
 * | `internal`               | 500    | perhaps; the fault is the service's own and is in its log        |
 * | `unavailable`            | 503    | later: the database does not answer, or the service stops        |
 */
export const errorCodes = [
  'invalid-request',
  'unauthenticated',
  'forbidden',
  'not-found',
  'method-not-allowed',
  'conflict',
  'precondition-failed',
  'too-large',
  'uri-too-long',
  'unsupported-media-type',
  'too-many-requests',
  'internal',
  'unavailable',
] as const;

export const ErrorCode = z.enum(errorCodes);
export type ErrorCode = z.infer<typeof ErrorCode>;

/** One fault of a request. `path` starts with `body`, `query`, `params` or `headers`. */
export const ErrorDetail = z.strictObject({
  path: z.string(),
  expected: z.string(),
  found: z.string(),
});
export type ErrorDetail = z.infer<typeof ErrorDetail>;

/** Every error of `/v2` has this one shape. `requestId` is also in the header `x-openstack-request-id` and in the log. */
export const ErrorBody = z.strictObject({
  error: z.strictObject({
    code: ErrorCode,
    message: z.string(),
    details: z.array(ErrorDetail).optional(),
    requestId: z.string(),
  }),
});
export type ErrorBody = z.infer<typeof ErrorBody>;

/** The faults of a request named in one answer, at the most. */
export const maxErrorDetails = 20;
