import { open, readFile, rm } from 'node:fs/promises';
import { identityOf, isIdentityAlive } from './process-identity.ts';

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
  const mine = identityOf(process.pid);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const handle = await open(file, 'wx', 0o600);
      await handle.writeFile(mine);
      await handle.close();
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await readFile(file, 'utf8').catch(() => '');
    if (isIdentityAlive(holder)) throw new LockedError(file, Number.parseInt(holder, 10));
    await rm(file, { force: true });
  }
  throw new Error(`the lock ${file} could not be taken: it is taken again each time it is found stale`);
}
