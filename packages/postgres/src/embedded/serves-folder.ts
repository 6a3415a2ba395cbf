import { readFileSync } from 'node:fs';
import { startTimeOf } from '@instance-ha/runtime';

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
