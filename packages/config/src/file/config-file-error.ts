const marker = Symbol.for('@instance-ha/config/ConfigFileError');

export type ConfigFileErrorCode =
  | 'no-such-folder'
  | 'not-permitted'
  | 'no-space'
  | 'not-a-file'
  | 'not-utf8'
  | 'changed'
  | 'failed';

/** Writing a configuration file failed; the old file is still there, whole. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError';
  readonly code: ConfigFileErrorCode;
  readonly file: string;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  readonly [marker] = true;

  constructor(code: ConfigFileErrorCode, file: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.file = file;
    this.retryable = code === 'no-space' || code === 'failed';
  }

  /** True also for an error of another installed version of this package. */
  static isInstance(error: unknown): error is ConfigFileError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}
