import { readdir, readFile } from 'node:fs/promises';
import { startTimeOf } from '@instance-ha/runtime';
import { isProgram } from './program-name.ts';

/** `started`: clock ticks after the host's boot; of two processes with one pid it tells one from the other. */
export type FoundProcess = { pid: number; started: number };

/** The process itself, when it still runs and still is that program. */
export async function findAgain(known: FoundProcess, name: string): Promise<FoundProcess | undefined> {
  const found = await inspect(known.pid, name);
  return found?.started === known.started ? found : undefined;
}

/** The oldest process of this name: of a program that forks it is the first. Rejects where /proc cannot be read. */
export async function findOldest(name: string, signal: AbortSignal): Promise<FoundProcess | undefined> {
  const pids = (await readdir('/proc')).filter(entry => /^\d+$/.test(entry)).map(Number);
  let oldest: FoundProcess | undefined;
  for (let from = 0; from < pids.length; from += together) {
    signal.throwIfAborted();
    for (const found of await Promise.all(pids.slice(from, from + together).map(pid => inspect(pid, name))))
      if (found && (!oldest || found.started < oldest.started)) oldest = found;
  }
  return oldest;
}

/** Read at the same time: /proc answers from memory, and the loop has other things to do. */
const together = 32;

async function inspect(pid: number, name: string): Promise<FoundProcess | undefined> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (!isProgram(commandLine, name)) return undefined;
  const started = startTimeOf(pid); // Undefined for the shell of a dead one.
  return started === undefined ? undefined : { pid, started: Number(started) };
}
