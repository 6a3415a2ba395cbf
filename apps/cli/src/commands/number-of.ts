import { CliError, exitCode } from '../exit-code.ts';

/** A revision, an id, a count; `what` names it for whoever wrote something else. Throws with exit code 64. */
export function numberOf(text: string, what: string): number {
  if (/^[0-9]{1,10}$/.test(text)) return Number(text);
  throw new CliError(`${what}: expected a number, found "${text}"`, exitCode.usage);
}
