import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { PostgresError } from '../postgres-error.ts';

const run = promisify(execFile);

/** PostgreSQL refuses to run as root: whoever it runs as instead. Without `ids` it runs as this process does. */
export type ServerUser = { name: string; ids: { uid: number; gid: number } | undefined };

/** Of a process that is root the system's `postgres`, else `nobody`; of any other process itself. */
export async function serverUser(): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return { name: 'this user', ids: undefined };
  const accounts = await readFile('/etc/passwd', 'utf8');
  for (const name of ['postgres', 'nobody']) {
    const fields = accounts
      .split('\n')
      .find(line => line.startsWith(`${name}:`))
      ?.split(':');
    if (fields) return { name, ids: { uid: Number(fields[2]), gid: Number(fields[3]) } };
  }
  throw new PostgresError(
    'folder',
    'the embedded PostgreSQL must not run as root, and /etc/passwd has neither a user postgres nor nobody to run it as: add one, or set [database] connection',
  );
}

/** Makes sure that the server's user may enter this folder. Tried, not reckoned: access lists and containers count too. */
export async function assertSearchable(folder: string, user: ServerUser): Promise<void> {
  const entered = await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { ...user.ids, cwd: '/' }).then(
    () => true,
    () => false,
  );
  if (entered) return;
  const barrier = (await firstBarrier(folder, user)) ?? folder;
  throw new PostgresError(
    'folder',
    `the embedded PostgreSQL runs as ${user.name}, who may not enter ${barrier}, and so not ${folder}: choose a state folder elsewhere (e.g. under /var/lib), or allow it with chmod o+x ${barrier}`,
  );
}

/** The outermost folder whose mode keeps the user out. */
async function firstBarrier(folder: string, user: ServerUser): Promise<string | undefined> {
  const parent = dirname(folder);
  const outer = parent === folder ? undefined : await firstBarrier(parent, user);
  if (outer !== undefined) return outer;
  const { mode, uid, gid } = await stat(folder);
  const ids = user.ids ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const bit = uid === ids.uid ? 0o100 : gid === ids.gid ? 0o010 : 0o001;
  return (mode & bit) === 0 ? folder : undefined;
}
