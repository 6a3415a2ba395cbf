/**
 * The file of keys: a line each, `<id> <base64 of 32 bytes>`, the one that seals first; `#` begins a comment. Mode 0600.
 * Whoever has the file and the database can read what is sealed: keep them in different backups.
 */
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from '@instance-ha/ports';
import { KeyRing, keyBytes } from './key-ring.ts';
import { VaultError } from './vault-error.ts';

/** Keys that one file may hold. */
const maxKeys = 100;

/**
 * Reads the keys, and makes the file with a first key where there is none. A file that others could read is closed to
 * 0600, and said so. Rejects with `VaultError` `key-file`.
 */
export async function openKeyFile(file: string, { log }: { log: Logger }): Promise<KeyRing> {
  const found = await read(file);
  if (found === undefined) {
    if (await makeFirst(file))
      log.info({ file }, 'the key file was made: back it up apart from the database');
    const made = await read(file);
    if (made === undefined) throw new VaultError('key-file', `the key file ${file} was made and is gone`);
    return new KeyRing(parse(made, file));
  }
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0) {
    log.warn({ file }, 'the key file was open to others: closed to 0600');
    await chmod(file, 0o600);
  }
  return new KeyRing(parse(found, file));
}

/** Puts a new key in front: it seals from the next start on, the others still open. Answers its id. */
export async function addKey(file: string): Promise<string> {
  const before = await read(file);
  if (before === undefined) throw new VaultError('key-file', `there is no key file ${file}`);
  if (parse(before, file).length >= maxKeys)
    throw new VaultError('key-file', `the key file ${file} holds ${maxKeys} keys already`);
  const { id, line } = newKey();
  const next = `${file}.next`;
  await rm(next, { force: true });
  await write(next, `${line}\n${before}`);
  const { uid, gid } = await stat(file);
  await chown(next, uid, gid); // Root may do this for a service that runs as somebody else.
  await rename(next, file);
  return id;
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new VaultError('key-file', `the key file ${file} cannot be read`, { cause: error });
  }
}

/** False when somebody else has just made it. */
async function makeFirst(file: string): Promise<boolean> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await write(file, `${newKey().line}\n`);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new VaultError('key-file', `the key file ${file} cannot be made`, { cause: error });
  }
}

/** Makes a file that was not there, for its owner alone, and waits until it is on the disk. */
async function write(file: string, content: string): Promise<void> {
  const made = await open(file, 'wx', 0o600);
  try {
    await made.writeFile(content);
    await made.sync();
  } finally {
    await made.close();
  }
}

function newKey(): { id: string; line: string } {
  const id = `k${randomBytes(6).toString('hex')}`;
  return { id, line: `${id} ${randomBytes(keyBytes).toString('base64')}` };
}

/** Messages name the line and never what stands in it. */
function parse(content: string, file: string): { id: string; key: Uint8Array }[] {
  const keys: { id: string; key: Uint8Array }[] = [];
  for (const [index, line] of content.split('\n').entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, id, encoded] = /^([a-z0-9-]{1,64})\s+([A-Za-z0-9+/]{43}=)\s*$/.exec(line) ?? [];
    if (id === undefined || encoded === undefined)
      throw new VaultError('key-file', `${file}:${index + 1}: expected an id and the base64 of 32 bytes`);
    if (keys.some(key => key.id === id))
      throw new VaultError('key-file', `${file}:${index + 1}: the key ${id} is there twice`);
    keys.push({ id, key: Buffer.from(encoded, 'base64') });
  }
  if (keys.length === 0) throw new VaultError('key-file', `${file}: expected at least one key, found none`);
  return keys;
}
