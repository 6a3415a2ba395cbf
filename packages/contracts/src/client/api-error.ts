import type { ErrorBody } from '../error-body.ts';

/**
 * Why a call brought no answer of use.
 *
 * | code              | meaning                                                             | retryable |
 * | ----------------- | ------------------------------------------------------------------- | --------- |
 * | `unreachable`     | no connection, or it broke                                           | yes       |
 * | `timed-out`       | no whole answer within the time                                      | yes       |
 * | `invalid-answer`  | an answer that the contract does not know: not our API, or another version | yes |
 * | `unavailable`     | 5xx                                                                  | yes       |
 * | `too-many-requests` | 429                                                                | yes       |
 * | `unauthenticated` | 401                                                                  | no        |
 * | `forbidden`       | 403                                                                  | no        |
 * | `not-found`       | 404                                                                  | no        |
 * | `refused`         | any other 4xx: the same request will be refused again                | no        |
 */
export const apiErrorCodes = [
  'unreachable',
  'timed-out',
  'invalid-answer',
  'unavailable',
  'too-many-requests',
  'unauthenticated',
  'forbidden',
  'not-found',
  'refused',
] as const;
export type ApiErrorCode = (typeof apiErrorCodes)[number];

const retryableCodes: readonly ApiErrorCode[] = [
  'unreachable',
  'timed-out',
  'invalid-answer',
  'unavailable',
  'too-many-requests',
];

const marker: unique symbol = Symbol.for('@instance-ha/contracts/ApiError');

/** The one error the client throws (an aborted `signal` apart, whose reason is thrown as it is). */
export class ApiError extends Error {
  readonly [marker] = true;
  readonly code: ApiErrorCode;
  readonly retryable: boolean;
  /** Null when there was no answer. */
  readonly status: number | null;
  /** The service's own words, when it sent them in its usual shape. */
  readonly answer: ErrorBody['error'] | null;
  /** Seconds the service asked to wait, from `Retry-After`. */
  readonly retryAfterSeconds: number | null;

  constructor(options: {
    code: ApiErrorCode;
    message: string;
    status?: number | undefined;
    answer?: ErrorBody['error'] | undefined;
    retryAfterSeconds?: number | undefined;
    cause?: unknown;
  }) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ApiError';
    this.code = options.code;
    this.retryable = retryableCodes.includes(options.code);
    this.status = options.status ?? null;
    this.answer = options.answer ?? null;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }

  /** True for an `ApiError` of any installed version of this package. */
  static isInstance(error: unknown): error is ApiError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}

/** The error for an answer with this status. */
export function errorForStatus(
  call: string,
  status: number,
  answer: ErrorBody['error'] | undefined,
  options: { message?: string | undefined; retryAfterSeconds?: number | undefined } = {},
): ApiError {
  const said = answer?.message ?? options.message ?? 'nothing more';
  const details =
    answer?.details?.map(one => `${one.path}: expected ${one.expected}, found ${one.found}`) ?? [];
  const why = [said, ...details].join('; ');
  const request = answer === undefined ? '' : ` (request ${answer.requestId})`;
  return new ApiError({
    code: codeForStatus(status),
    message: `${call} answered ${status}: ${why}${request}`,
    status,
    answer,
    retryAfterSeconds: options.retryAfterSeconds,
  });
}

function codeForStatus(status: number): ApiErrorCode {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not-found';
  if (status === 429) return 'too-many-requests';
  if (status >= 400 && status < 500) return 'refused';
  return status >= 500 ? 'unavailable' : 'invalid-answer';
}
