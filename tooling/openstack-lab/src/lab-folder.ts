import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LabError } from '@instance-ha/lab';
import { ownFolder } from '@instance-ha/lab/tools';
import type { File } from './configuration.ts';
import { type Places, placesIn, plainPath } from './places.ts';
import type { Settings } from './settings.ts';

/** The places of a lab in `dir`, whether it is there or not. Refuses names that configuration files could not hold. */
export function openFolder(dir: string): Places {
  const path = existsSync(dir) ? realpathSync(dir) : resolve(dir);
  if (!plainPath.test(path))
    throw new LabError(
      'bad-argument',
      `the folder ${path}: expected letters, digits, ".", "_", "-" and "/" only`,
    );
  if (Buffer.byteLength(placesIn(path).databaseSocket) > 107)
    throw new LabError('bad-argument', `the folder ${path} is too long for a unix socket in it`);
  return placesIn(path);
}

const files = ['lab.json', 'secrets.json', 'clouds.yaml', 'openrc'];
const folders = ['run', 'log', 'done', 'etc', 'bin', 'rabbitmq', 'keystone', 'glance'];

/** Makes the folder, for its owner only: it holds the lab's secrets. Refuses one that holds something else. */
export function prepareFolder(places: Places): void {
  if (existsSync(places.dir) && !existsSync(places.settings) && readdirSync(places.dir).length > 0)
    throw new LabError('bad-argument', `${places.dir} holds something that is no OpenStack lab: use another`);
  mkdirSync(places.dir, { recursive: true, mode: 0o700 });
  ownFolder(places.dir);
  chmodSync(places.dir, 0o700);
  for (const part of folders) mkdirSync(`${places.dir}/${part}`, { recursive: true, mode: 0o700 });
}

export function readSettings(places: Places): Settings | undefined {
  try {
    return JSON.parse(readFileSync(places.settings, 'utf8')) as Settings;
  } catch {
    return undefined;
  }
}

export function writeFiles(files: readonly File[]): void {
  for (const { path, text, mode = 0o600 } of files) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, text, { mode });
    chmodSync(`${path}.new`, mode);
    renameSync(`${path}.new`, path);
  }
}

/** Removes what a lab has written, and the folder when nothing else is in it. */
export function wipeFolder({ dir }: Places): void {
  for (const part of [...folders, 'mariadb', 'nova', 'kvm', ...files])
    rmSync(join(dir, part), { recursive: true, force: true, maxRetries: 5 });
  if (readdirSync(dir).length === 0) rmdirSync(dir);
}
