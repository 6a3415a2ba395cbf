import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Which processes belong to a lab is read from the kernel, not from files: every process of a lab host lives in the host's
 * own mount namespace, whose `/run` was mounted from a source named after the lab and the host (`proc(5)`, mountinfo). A
 * stale pid file can therefore never make us signal a process that is not ours.
 */

/** A process by pid and start time (clock ticks since boot, `proc(5)` stat field 22): safe against reuse of pids. */
export type ProcessIdentity = { pid: number; startTicks: string };

/** The identity of a living process; undefined when it is gone or already a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (startTicks === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid, startTicks };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTicks === identity.startTicks;
}

/** True when the living process `pid` has a mount whose source is `marker`, or begins with it when it ends with a colon. */
export function carriesMarker(pid: number, marker: string): boolean {
  if (identify(pid) === undefined) return false;
  return mountSources(pid).some(source => matches(source, marker));
}

/** All living processes that carry `marker`. Reads each mount namespace once. */
export function processesWithMarker(marker: string): number[] {
  const verdicts = new Map<string, boolean>();
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => {
      const namespace = link(`/proc/${pid}/ns/mnt`);
      if (namespace === undefined || identify(pid) === undefined) return false;
      const known = verdicts.get(namespace);
      if (known !== undefined) return known;
      const verdict = mountSources(pid).some(source => matches(source, marker));
      verdicts.set(namespace, verdict);
      return verdict;
    });
}

/** Sends a signal; a process that is already gone is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The pid in a pid file, or undefined when there is none. */
export function readPid(path: string): number | undefined {
  const pid = Number.parseInt(read(path) ?? '', 10);
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
}

const matches = (source: string, marker: string) =>
  marker.endsWith(':') ? source.startsWith(marker) : source === marker;

function mountSources(pid: number): string[] {
  const lines = (read(`/proc/${pid}/mountinfo`) ?? '').split('\n');
  return lines.map(line => line.split(' - ')[1]?.split(' ')[1] ?? '');
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // a process that ended while we looked
  }
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
