import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { identityOf, isIdentityAlive } from './process-identity.ts';

/**
 * Takes the right to initialise and start the server, so that two processes do not both try; undefined while
 * another has it. A lock whose holder is gone is taken over.
 *
 * This saves work and noise. What makes two servers on one data folder impossible is PostgreSQL's own interlock
 * (postmaster.pid and its shared memory), and what makes two initialisations harmless is that each is renamed into place.
 */
export async function takeStartLock(file: string): Promise<(() => Promise<void>) | undefined> {
  const mine = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(mine, identityOf(process.pid), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      // A link appears whole or not at all: nobody reads a lock that has no holder yet.
      if (await tryLink(mine, file)) return () => rm(file, { force: true });
      if (!(await removeStale(file, mine))) return undefined;
    }
    return undefined;
  } finally {
    await rm(mine, { force: true });
  }
}

/** True when the lock is gone, or was stale and has been removed. */
async function removeStale(file: string, mine: string): Promise<boolean> {
  const holder = await readFile(file, 'utf8').catch(() => undefined);
  if (holder === undefined) return true;
  if (isIdentityAlive(holder)) return false;
  const aside = `${mine}.stale`;
  if (
    !(await rename(file, aside).then(
      () => true,
      () => false,
    ))
  )
    return true;
  // Between reading and renaming another process may have replaced the stale lock by its own: that one goes back.
  const removed = await readFile(aside, 'utf8').catch(() => '');
  if (isIdentityAlive(removed)) await tryLink(aside, file);
  await rm(aside, { force: true });
  return true;
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
