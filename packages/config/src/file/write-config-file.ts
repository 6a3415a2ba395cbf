import { randomBytes } from 'node:crypto';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ConfigFileError, type ConfigFileErrorCode } from './config-file-error.ts';
import { errorCode, readText } from './read-text.ts';

export type WriteConfigFileOptions = {
  readonly file: string;
  readonly text: string;
  /** Permission bits of a new file, default 0640; a file that exists keeps its own. */
  readonly mode?: number;
  /** Only write when the file still holds this text (`undefined`: do not look), else refuse with `changed`. */
  readonly expectedText?: string | undefined;
};

/**
 * Replaces a configuration file in one step: readers see the old text or the new one, also across a power loss. The
 * file keeps its mode and, where that is permitted, its owner; a symbolic link keeps pointing at the file that is
 * replaced. Throws `ConfigFileError`, with nothing changed and nothing left behind.
 */
export async function writeConfigFile(options: WriteConfigFileOptions): Promise<void> {
  const { file, text, mode = 0o640 } = options;
  if (!text.isWellFormed()) {
    throw new ConfigFileError('not-utf8', file, `${file}: expected a text that can be written as UTF-8`);
  }
  try {
    const target = await followLink(file);
    const present = await statIfPresent(target);
    if (present !== undefined && !present.isFile()) {
      throw new ConfigFileError('not-a-file', file, `${file}: expected a file, found something else`);
    }
    await refuseChanged(file, options.expectedText);
    await replaceFile(target, text, {
      mode: present === undefined ? mode : present.mode & 0o7777,
      owner: present,
    });
  } catch (error) {
    throw ConfigFileError.isInstance(error) ? error : wrapped(file, error);
  }
}

async function refuseChanged(file: string, expected: string | undefined): Promise<void> {
  if (expected === undefined) return;
  const now = await readText(file, 'file');
  const found = now.ok ? now.text : now.missing ? '' : undefined;
  if (found === expected) return;
  throw new ConfigFileError(
    'changed',
    file,
    `${file}: expected the text it was read with, found another one`,
  );
}

async function replaceFile(
  target: string,
  text: string,
  { mode, owner }: { mode: number; owner: { uid: number; gid: number } | undefined },
): Promise<void> {
  const folder = dirname(target);
  const temporary = join(folder, `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx', 0o600);
    await handle.writeFile(text, 'utf8');
    if (owner !== undefined) await keepOwner(handle, owner);
    await handle.chmod(mode);
    await handle.sync();
    await handle.close();
    handle = undefined;
    await rename(temporary, target);
  } catch (error) {
    await handle?.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

/** Only root can give a file away: others keep their own name on it, as with any editor that saves by rename. */
async function keepOwner(handle: FileHandle, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  try {
    await handle.chown(uid, gid);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') throw error;
  }
}

/** Makes the rename itself durable. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function followLink(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return file;
    throw error;
  }
}

async function statIfPresent(file: string) {
  try {
    return await stat(file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const codes: Readonly<Record<string, ConfigFileErrorCode>> = {
  ENOENT: 'no-such-folder',
  ENOTDIR: 'no-such-folder',
  EACCES: 'not-permitted',
  EPERM: 'not-permitted',
  EROFS: 'not-permitted',
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
};

function wrapped(file: string, error: unknown): ConfigFileError {
  const cause = errorCode(error) ?? 'unknown error';
  return new ConfigFileError(
    codes[cause] ?? 'failed',
    file,
    `${file}: could not be written: ${cause}`,
    error,
  );
}
