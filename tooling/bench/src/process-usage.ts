import { readdirSync, readFileSync } from 'node:fs';

/**
 * CPU seconds used so far (user and system) and resident memory of a process, from /proc; `ownMiB` is the part that no file
 * holds too (the pages of Node.js itself are one copy for all who run it). Ticks are 1/100 s.
 */
export function processUsage(pid: number): { cpuSeconds: number; rssMiB: number; ownMiB: number } {
  const fields = statFields(pid);
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / 100;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (key: string): number =>
    Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  return { cpuSeconds, rssMiB: mebibytes('VmRSS'), ownMiB: mebibytes('RssAnon') };
}

/** CPU seconds used so far by a process and its children, those that have ended included. */
export function familyCpuSeconds(pid: number): number {
  const own = statFields(pid);
  let ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(own[index]), 0);
  for (const child of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const fields = statFields(Number(child));
      if (Number(fields[1]) === pid) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It ended while we looked.
    }
  }
  return ticks / 100;
}

/** Fields of /proc/PID/stat counted from the state, as 0, on. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
