import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertSearchable, type ServerUser } from './server-user.ts';

/** Only a name: the server listens on no port. */
export const socketPort = 5432;

/** `sun_path` of unix(7) holds 108 bytes, the last of them NUL. */
const socketPathMaxBytes = 107;

/**
 * The folder of the server's socket: `folder/run`, or where its path would be too long for a socket a short one
 * in the system's temporary folder, whose name is kept in `folder/socket-folder` for others to find.
 */
export async function openSocketFolder(folder: string, user: ServerUser): Promise<string> {
  const at = await chooseSocketFolder(folder);
  await mkdir(at, { recursive: true });
  if (user.ids) await chown(at, user.ids.uid, user.ids.gid);
  await chmod(at, 0o700);
  await assertSearchable(at, user);
  return at;
}

/** Where the socket is, or will be; undefined when nobody has chosen a short folder yet. */
export async function findSocketFolder(folder: string): Promise<string | undefined> {
  const near = join(folder, 'run');
  if (fits(near)) return near;
  return (await readFile(join(folder, 'socket-folder'), 'utf8').catch(() => undefined))?.trim();
}

/** Takes away the short folder, if there is one; the other lies in the state folder and may stay. */
export async function removeShortFolder(folder: string): Promise<void> {
  const at = await findSocketFolder(folder);
  if (at === undefined || at === join(folder, 'run')) return;
  await rm(at, { recursive: true, force: true });
  await rm(join(folder, 'socket-folder'), { force: true });
}

async function chooseSocketFolder(folder: string): Promise<string> {
  const found = await findSocketFolder(folder);
  if (found === join(folder, 'run')) return found;
  // A name in a folder that all may write to is ours only while we own it.
  if (found !== undefined && (await isOurs(found))) return found;
  const made = await mkdtemp(join(tmpdir(), 'instance-ha-'));
  await writeFile(join(folder, 'socket-folder'), `${made}\n`, { mode: 0o600 });
  return made;
}

async function isOurs(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  return found !== undefined && (process.getuid?.() === 0 || found.uid === process.getuid?.());
}

const fits = (folder: string): boolean =>
  Buffer.byteLength(join(folder, `.s.PGSQL.${socketPort}`)) <= socketPathMaxBytes;
