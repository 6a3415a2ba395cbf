import { readFileSync } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';

/** Somebody else runs with this state folder. */
export class LockedError extends Error {
  readonly pid: number;
  constructor(file: string, pid: number) {
    super(
      `${file} is held by process ${pid}: two processes must not share one state folder; stop that one or give this one its own state_path`,
    );
    this.name = 'LockedError';
    this.pid = pid;
  }
}

/**
 * Takes a lock that dies with the process: the file names a process by pid and start time, and a lock whose
 * process is gone (kill -9, reboot) is taken over. Answers the release. Rejects with `LockedError` when it is held.
 */
export async function lockProcess(file: string): Promise<() => Promise<void>> {
  const mine = `${process.pid} ${startTime(process.pid) ?? '0'}`;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const handle = await open(file, 'wx', 0o600);
      await handle.writeFile(mine);
      await handle.close();
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const [pid, started] = (await readFile(file, 'utf8').catch(() => '')).split(' ');
    if (pid && started && startTime(Number(pid)) === started) throw new LockedError(file, Number(pid));
    await rm(file, { force: true });
  }
  throw new Error(`the lock ${file} could not be taken: it is taken again each time it is found stale`);
}

/** Field 22 of /proc/PID/stat: pids are used again, the pair of pid and start time is not. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
