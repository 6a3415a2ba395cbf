/**
 * What went wrong, for code and for metrics.
 *
 * | code          | meaning                                                                       | retryable |
 * | ------------- | ----------------------------------------------------------------------------- | --------- |
 * | `unavailable` | no answer: refused, lost, starting, shutting down, no connection free           | yes       |
 * | `timeout`     | a statement or a connection attempt took longer than it may                     | yes       |
 * | `contention`  | a deadlock or a serialisation failure; nothing was changed                      | yes       |
 * | `conflict`    | a unique name or key is taken                                                  | no        |
 * | `invalid`     | the database refused a value, or the connection string cannot be read           | no        |
 * | `denied`      | wrong password or missing right                                                | no        |
 * | `schema`      | tables are missing, or of a newer version of this program                       | no        |
 * | `version`     | the server, or the data folder, is of a version this program does not work with | no        |
 * | `closed`      | the stores were closed                                                         | no        |
 * | `no-binaries` | the embedded server's program is missing or does not run here                   | no        |
 * | `folder`      | the embedded server's folder cannot be used                                    | no        |
 * | `not-started` | the embedded server did not start, or did not come back                         | no        |
 * | `internal`    | anything else                                                                 | no        |
 */
export const postgresErrorCodes = [
  'unavailable',
  'timeout',
  'contention',
  'conflict',
  'invalid',
  'denied',
  'schema',
  'version',
  'closed',
  'no-binaries',
  'folder',
  'not-started',
  'internal',
] as const;
export type PostgresErrorCode = (typeof postgresErrorCodes)[number];

const marker = Symbol.for('@instance-ha/postgres/PostgresError');
const retryableCodes: readonly PostgresErrorCode[] = ['unavailable', 'timeout', 'contention'];

/** The one error of this package. `cause` is the driver's; neither holds a password, a connection string or a value. */
export class PostgresError extends Error {
  readonly code: PostgresErrorCode;
  readonly retryable: boolean;
  /** The server's SQLSTATE, when it was the server that refused. */
  readonly sqlState: string | undefined;
  readonly [marker] = true;

  constructor(
    code: PostgresErrorCode,
    message: string,
    options: { cause?: unknown; sqlState?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PostgresError';
    this.code = code;
    this.retryable = retryableCodes.includes(code);
    this.sqlState = options.sqlState;
  }

  /** True for errors of any installed version of this package. */
  static isInstance(error: unknown): error is PostgresError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}

/** Sorts a driver's error; `doing` says which call it was. */
export function toPostgresError(error: unknown, doing: string): PostgresError {
  if (PostgresError.isInstance(error)) return error;
  // The pool hangs its whole connection on the error of a lost one, with every statement and key it holds: not for a log.
  if (typeof error === 'object' && error !== null && 'client' in error) delete error.client;
  const { code, message } = error as { code?: unknown; message?: string };
  const sqlState = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
  const sorted = sqlState === undefined ? sortDriver(code, message ?? '') : sortServer(sqlState);
  return new PostgresError(sorted, `${doing}: ${message || String(code ?? error)}`, {
    cause: error,
    ...(sqlState === undefined ? {} : { sqlState }),
  });
}

/** By class and condition of PostgreSQL's appendix A, "PostgreSQL Error Codes". */
function sortServer(sqlState: string): PostgresErrorCode {
  switch (sqlState) {
    case '57014': // query_canceled: our statement_timeout
    case '55P03': // lock_not_available: our lock_timeout
      return 'timeout';
    case '40001':
    case '40P01':
      return 'contention';
    case '23505':
      return 'conflict';
    case '42P01': // undefined_table
    case '42703': // undefined_column
    case '42883': // undefined_function
      return 'schema';
    case '42501':
    case '3D000':
      return 'denied';
  }
  switch (sqlState.slice(0, 2)) {
    case '08': // connection exception
    case '53': // insufficient resources: too many connections, disk full
    case '57': // operator intervention: shutdown, crash of a neighbour, still starting
    case '25': // read-only or aborted transaction: a standby, or a connection that came back broken
      return 'unavailable';
    case '28':
      return 'denied';
    case '22':
    case '23':
      return 'invalid';
    default:
      return 'internal';
  }
}

const networkCodes = /^(E[A-Z]+)$/;
const lostWords = /terminated|connection error|not queryable|Connection ended|Client was closed|socket/i;

function sortDriver(code: unknown, message: string): PostgresErrorCode {
  if (code === 'ERR_INVALID_URL') return 'invalid';
  if (/timeout|timed out/i.test(message) || code === 'ETIMEDOUT') return 'timeout';
  if (typeof code === 'string' && networkCodes.test(code)) return 'unavailable';
  if (lostWords.test(message)) return 'unavailable';
  return 'internal';
}
