/** Everything that can go wrong with a lab, as a closed list. */
export const labErrorCodes = [
  'not-possible', // this machine cannot host a lab; the message says why
  'packages-missing', // Debian packages are missing and were not to be installed, or apt-get failed
  'image-failed', // the guest image could not be built
  'host-failed', // a lab host did not come up, or is not there
  'guest-failed', // a guest could not be defined, started or reached
  'command-failed', // a program ended with an error
  'timeout', // a deadline passed
  'bad-argument', // a name, path or option that the lab refuses
  'not-found', // no such lab, host or guest
] as const;

export type LabErrorCode = (typeof labErrorCodes)[number];

const brand = Symbol.for('@instance-ha/lab/LabError');

/** The one error a lab throws. `retryable` is true where the same call may succeed a moment later. */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: LabErrorCode;
  readonly retryable: boolean;
  readonly [brand] = true;

  constructor(code: LabErrorCode, message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? code === 'timeout';
  }

  /** True for a LabError of any installed copy of this package. */
  static isInstance(value: unknown): value is LabError {
    return typeof value === 'object' && value !== null && brand in value;
  }
}
