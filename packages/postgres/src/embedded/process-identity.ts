import { readFileSync } from 'node:fs';

/**
 * Which process a pid means: pids are used again, the pair of pid and start time is not. Undefined when there is no
 * such process, or only its dead shell that nobody has waited for.
 */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // From field 3, the state, on.
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

export const identityOf = (pid: number): string => `${pid} ${startTimeOf(pid) ?? '0'}`;

/** True when the process that this text names still runs. */
export function isIdentityAlive(identity: string): boolean {
  const [pid, started] = identity.trim().split(' ');
  return started !== undefined && startTimeOf(Number(pid)) === started;
}

/**
 * True when this process is the server of this data folder, by its command line: a stranger that was given the same
 * pid is not. (Its working folder would tell too, but root in a container may not read it.)
 */
export function servesFolder(pid: number, dataFolder: string): boolean {
  if (startTimeOf(pid) === undefined) return false;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(dataFolder);
  } catch {
    return false;
  }
}
