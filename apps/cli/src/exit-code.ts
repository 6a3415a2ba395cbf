/**
 * How the command line ends, in the numbers of sysexits.h where it has one.
 *
 * 0 done · 1 failed · 3 the thing asked for does not exist · 64 wrong usage · 69 the API cannot be reached · 77 not allowed
 * · 78 the configuration is refused · 130 interrupted.
 */
export const exitCode = {
  ok: 0,
  failed: 1,
  notFound: 3,
  usage: 64,
  unavailable: 69,
  notAllowed: 77,
  badConfig: 78,
  interrupted: 130,
} as const;

/** An end with a plain sentence instead of a stack. */
export class CliError extends Error {
  readonly code: number;
  constructor(message: string, code: number) {
    super(message);
    this.name = 'CliError';
    this.code = code;
  }
}

/** An end that has said everything already, with a code that is no failure of the command (`doctor`). */
export class CliExit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit code ${code}`);
    this.name = 'CliExit';
    this.code = code;
  }
}
