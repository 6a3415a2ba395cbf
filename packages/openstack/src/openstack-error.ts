/** The one error class of this package, and how HTTP's answers become its codes. */

/** Every code, with whether the same call may well succeed later. The list is closed, so that it can label a metric. */
const retryableByCode = {
  /** No connection was made (refused, no route, no such name, TLS not trusted): nothing was sent. */
  'connect-failed': true,
  /** The connection ended before the whole answer was there. What the service did about the call is unknown. */
  'connection-lost': true,
  /** No whole answer in time. What the service did about the call is unknown. */
  timeout: true,
  /** The caller's AbortSignal. What the service did about the call is unknown. */
  aborted: false,
  /** The service failed so often in a row that it is left alone for a while: nothing was sent. */
  'circuit-open': true,
  /** 401 for a login, or for a call with a token that is a moment old. */
  unauthorized: false,
  /** 403: a policy of the cloud does not allow it to this user. */
  forbidden: false,
  /** 404. */
  'not-found': false,
  /** 400. */
  'bad-request': false,
  /** 406: the service does not speak this microversion. */
  'unsupported-version': false,
  /** 409: not in this state. */
  conflict: false,
  /** 413 or 429. */
  'too-many-requests': true,
  /** 502, 503, 504. */
  unavailable: true,
  /** Any other 5xx. */
  'server-error': true,
  /** An answer that is not what the service documents: a proxy's page, cut short, a field missing. */
  garbage: true,
  /** An answer longer than the limit. */
  'answer-too-large': false,
  /** The catalogue of services lists no such endpoint. */
  'no-endpoint': false,
  /** Settings that are missing or contradict each other. */
  settings: false,
  /** Any other status. */
  other: false,
} as const;

export type OpenStackErrorCode = keyof typeof retryableByCode;

/** Every `OpenStackErrorCode`. */
export const openStackErrorCodes = Object.keys(retryableByCode) as readonly OpenStackErrorCode[];

export type OpenStackErrorOptions = {
  code: OpenStackErrorCode;
  message: string;
  /** HTTP's, when the service answered. */
  status?: number | undefined;
  /** `x-openstack-request-id` of the answer: what to look for in the service's log. */
  requestId?: string | undefined;
  /** The service's own words. */
  serviceMessage?: string | undefined;
  /** Whether the service may have received the call. True unless it is certain that it did not. */
  sent?: boolean;
  /** Seconds to wait, when the service said so. */
  retryAfterMs?: number | undefined;
  cause?: unknown;
};

const marker = Symbol.for('@instance-ha/openstack/OpenStackError');

/**
 * Everything that goes wrong between us and a service of OpenStack. Branch on `code`. Holds no token and no password.
 * Arguments outside their documented range are `RangeError` instead: our caller's mistake, not the cloud's.
 */
export class OpenStackError extends Error {
  override readonly name = 'OpenStackError';
  readonly code: OpenStackErrorCode;
  /** Whether the same call may well succeed later. For an act that was `sent`, look what became of it first. */
  readonly retryable: boolean;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly serviceMessage: string | undefined;
  readonly sent: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(options: OpenStackErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.retryable = retryableByCode[options.code];
    this.status = options.status;
    this.requestId = options.requestId;
    this.serviceMessage = options.serviceMessage;
    this.sent = options.sent ?? true;
    this.retryAfterMs = options.retryAfterMs;
    Object.defineProperty(this, marker, { value: true });
  }

  /** True for errors of this class, also when two versions of this package are installed. */
  static isInstance(value: unknown): value is OpenStackError {
    return typeof value === 'object' && value !== null && marker in value;
  }
}

const codeByStatus: ReadonlyMap<number, OpenStackErrorCode> = new Map([
  [400, 'bad-request'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [406, 'unsupported-version'],
  [409, 'conflict'],
  [413, 'too-many-requests'],
  [429, 'too-many-requests'],
  [502, 'unavailable'],
  [503, 'unavailable'],
  [504, 'unavailable'],
]);

/** The code of a status that is no success. */
export const codeOfStatus = (status: number): OpenStackErrorCode =>
  codeByStatus.get(status) ?? (status >= 500 ? 'server-error' : 'other');
