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
