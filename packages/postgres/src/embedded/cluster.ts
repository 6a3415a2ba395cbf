import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { identityOf, isIdentityAlive } from '@instance-ha/runtime';
import { PostgresError } from '../postgres-error.ts';
import { type Runtime, serverEnvironment } from './runtime.ts';
import type { ServerUser } from './server-user.ts';

const run = promisify(execFile);

/** The database's superuser, and the only login there is. */
export const superuser = 'instance_ha';

/** One database cluster: its data folder, owned by the server's user, and the password, which only we can read. */
export type Cluster = { dataFolder: string; password: string };

const prefix = '.init-';

/**
 * Opens the cluster in `folder`, or initialises it: scram-sha-256 on every way in, data checksums, UTF-8, C locale.
 *
 * An initialisation happens under a temporary name and is renamed into place, password and data together: what was
 * half done when its process died is never taken for a cluster, and is cleared away here.
 */
export async function openCluster(options: {
  folder: string;
  runtime: Runtime;
  user: ServerUser;
  noSync: boolean;
}): Promise<Cluster> {
  const { folder, runtime } = options;
  await removeHalfDone(folder);
  const found = await readCluster(folder);
  if (!found) await initialise(options);
  const cluster = found ?? (await readCluster(folder));
  if (!cluster) throw new PostgresError('folder', `${folder} was initialised and is gone again`);
  const major = Number.parseInt(await readFile(join(cluster.dataFolder, 'PG_VERSION'), 'utf8'), 10);
  if (major !== runtime.major) {
    throw new PostgresError(
      'version',
      `${cluster.dataFolder} was made by PostgreSQL ${major}, and this program brings PostgreSQL ${runtime.major}: move the data with pg_upgrade or pg_dump of both versions, or set [database] connection to a PostgreSQL ${major} of your own`,
    );
  }
  return cluster;
}

/** The cluster in the folder; undefined when there is none. Rejects for a folder that holds something else. */
export async function readCluster(folder: string): Promise<Cluster | undefined> {
  const at = join(folder, 'cluster');
  try {
    const password = (await readFile(join(at, 'password'), 'utf8')).trim();
    await readFile(join(at, 'data', 'PG_VERSION'));
    return { dataFolder: join(at, 'data'), password };
  } catch (cause) {
    const entries = await readdir(at).catch(() => undefined);
    if (entries === undefined) return undefined;
    throw new PostgresError(
      'folder',
      `${at} holds no usable cluster: expected a file password and a folder data with PG_VERSION, found ${entries.join(', ') || 'nothing'}; restore it from a backup, or move it away to begin anew`,
      { cause },
    );
  }
}

async function initialise({
  folder,
  runtime,
  user,
  noSync,
}: {
  folder: string;
  runtime: Runtime;
  user: ServerUser;
  noSync: boolean;
}): Promise<void> {
  const mark = identityOf(process.pid).replace(' ', '-');
  const building = join(folder, `${prefix}${mark}-${randomBytes(4).toString('hex')}`);
  const [data, password, handed] = ['data', 'password', 'pwfile'].map(name => join(building, name)) as [
    string,
    string,
    string,
  ];
  await mkdir(building);
  await chmod(building, 0o711);
  await mkdir(data, { mode: 0o700 });
  const secret = randomBytes(24).toString('base64url');
  await writeFile(password, `${secret}\n`, { mode: 0o600, flush: !noSync });
  await writeFile(handed, `${secret}\n`, { mode: 0o600 });
  if (user.ids) {
    for (const path of [data, handed]) await chown(path, user.ids.uid, user.ids.gid);
  }
  try {
    await run(
      join(runtime.folder, 'bin', 'initdb'),
      [
        ['-D', data, '--username', superuser, '--pwfile', handed],
        ['--auth', 'scram-sha-256', '--data-checksums', '--encoding', 'UTF8', '--locale', 'C'],
        ['--no-instructions', ...(noSync ? ['--no-sync'] : [])],
      ].flat(),
      { ...user.ids, cwd: '/', env: serverEnvironment, timeout: 300_000 },
    );
  } catch (cause) {
    await rm(building, { recursive: true, force: true });
    const said = ((cause as { stderr?: string }).stderr ?? String(cause))
      .trim()
      .split('\n')
      .slice(-3)
      .join(' | ');
    throw new PostgresError('not-started', `initdb failed in ${folder}: ${said}`, { cause });
  }
  await rm(handed);
  await rename(building, join(folder, 'cluster')).catch(async (error: NodeJS.ErrnoException) => {
    await rm(building, { recursive: true, force: true });
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error; // Another process was quicker.
  });
  if (!noSync) await syncFolder(folder);
}

/** What a process that is gone had begun. */
async function removeHalfDone(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const [pid = '', started = ''] = name.slice(prefix.length).split('-');
    if (isIdentityAlive(`${pid} ${started}`)) continue;
    // Its initdb may have outlived it and still be writing.
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
