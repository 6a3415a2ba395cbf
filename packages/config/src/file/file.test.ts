import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { iniLimits } from '../ini/document.ts';
import { formatProblem } from '../load/problem.ts';
import { ConfigFileError } from './config-file-error.ts';
import { type ReadConfigOptions, readConfig } from './read-config.ts';
import { writeConfigFile } from './write-config-file.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'instance-ha-config-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function put(name: string, text: string | Uint8Array, mode = 0o640): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}

async function read(options: Partial<ReadConfigOptions> = {}) {
  const result = await readConfig({
    env: {},
    hostname: 'h',
    defaultFile: join(folder, 'default.conf'),
    ...options,
  });
  const told = [...(result.ok ? [] : result.errors), ...result.warnings].map(formatProblem);
  return { ...result, told: told.map(line => line.replaceAll(`${folder}/`, '')) };
}

const interval = (seconds: number) => `[DEFAULT]\ninstance_check_interval = ${seconds}\n`;
const intervalOf = (result: Awaited<ReturnType<typeof read>>) =>
  result.ok && result.config.monitor.checkIntervalMs;

describe('reading', () => {
  it('does without the default file, and takes it when it is there', async () => {
    expect(intervalOf(await read())).toBe(30_000);
    const file = await put('default.conf', interval(7));
    const result = await read();
    expect(intervalOf(result)).toBe(7000);
    expect(result.files).toEqual([file]);
  });

  it('does not look at the default file when another one is named', async () => {
    await put('default.conf', interval(7));
    const other = await put('other.conf', '');
    expect(intervalOf(await read({ configFiles: [other] }))).toBe(30_000);
  });

  it('puts the layers in order: files, overlay folder by name, pushed revision, environment', async () => {
    const file = await put('a.conf', interval(11));
    await mkdir(join(folder, 'conf.d'));
    await put('conf.d/20.conf', interval(13));
    await put('conf.d/10.conf', interval(12));
    await put('conf.d/.30.conf', interval(99));
    await put('conf.d/40.conf.bak', interval(99));
    const options = { configFiles: [file], configDirs: [join(folder, 'conf.d')] };
    const overlaid = await read(options);
    expect(intervalOf(overlaid)).toBe(13_000);
    expect(overlaid.files.map(each => each.slice(folder.length + 1))).toEqual([
      'a.conf',
      'conf.d/10.conf',
      'conf.d/20.conf',
    ]);
    const pushed = {
      ...options,
      pushed: [
        { name: 'all', text: interval(99) },
        { name: 'one', text: interval(14) },
      ],
    };
    expect(intervalOf(await read(pushed))).toBe(14_000);
    expect(intervalOf(await read({ ...pushed, env: { OS_DEFAULT__INSTANCE_CHECK_INTERVAL: '15' } }))).toBe(
      15_000,
    );
  });

  it('tells every file that cannot be read, beside the errors of the others', async () => {
    const latin1 = await put('latin1.conf', Uint8Array.of(0x5b, 0xe4, 0x5d));
    const bad = await put('bad.conf', interval(-1));
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const huge = await put('huge.conf', 'x'.repeat(iniLimits.maxLength * 4 + 1));
    const result = await read({
      configFiles: [join(folder, 'missing.conf'), latin1, folder, fifo, huge, bad],
      configDirs: [join(folder, 'missing.d'), bad],
    });
    expect(result.ok).toBe(false);
    expect(result.told.map(line => line.replace(folder, 'FOLDER'))).toEqual([
      'missing.conf: expected a file, found none',
      'latin1.conf: expected UTF-8, found bytes that are none',
      'FOLDER: expected a file, found something else',
      'fifo: expected a file, found something else',
      'huge.conf: expected at most 4194304 bytes, found more',
      'missing.d: expected a folder, found none',
      'bad.conf: expected a folder that can be read: ENOTDIR',
      'bad.conf:2:27: [DEFAULT] instance_check_interval: expected a whole number of seconds from 1 to 3600, found "-1"',
    ]);
  });

  it('takes /dev/null for an empty file', async () => {
    expect(intervalOf(await read({ configFiles: ['/dev/null'] }))).toBe(30_000);
  });

  it('warns of a secret in a file that everyone can read', async () => {
    const text = '[database]\nconnection = postgres://ha:hunter2@db/ha\n';
    expect((await read({ configFiles: [await put('open.conf', text, 0o644)] })).told).toEqual([
      'open.conf:2:14: [database] connection: is a secret in a file that every user can read; use mode 0640',
    ]);
    expect((await read({ configFiles: [await put('closed.conf', text, 0o640)] })).told).toEqual([]);
  });
});

const modeOf = async (file: string) => ((await stat(file)).mode & 0o7777).toString(8);

describe('writing', () => {
  it('makes a new file with mode 0640, or the one given', async () => {
    const [first, second] = [join(folder, 'new.conf'), join(folder, 'secret.conf')];
    await writeConfigFile({ file: first, text: interval(5) });
    await writeConfigFile({ file: second, text: '', mode: 0o600 });
    expect(await readFile(first, 'utf8')).toBe(interval(5));
    expect([await modeOf(first), await modeOf(second)]).toEqual(['640', '600']);
  });

  it('keeps the mode of a file, and leaves nothing else in its folder', async () => {
    const file = await put('x.conf', interval(5), 0o604);
    await writeConfigFile({ file, text: interval(6) });
    expect(await readFile(file, 'utf8')).toBe(interval(6));
    expect(await modeOf(file)).toBe('604');
    expect(await readdir(folder)).toEqual(['x.conf']);
  });

  it('never changes the old file itself: who has it open sees the old text', async () => {
    const file = await put('x.conf', interval(5));
    const before = (await stat(file)).ino;
    await writeConfigFile({ file, text: interval(6) });
    expect((await stat(file)).ino).not.toBe(before);
  });

  it('follows a symbolic link instead of replacing it', async () => {
    const file = await put('real.conf', interval(5));
    const link = join(folder, 'link.conf');
    await symlink(file, link);
    await writeConfigFile({ file: link, text: interval(6) });
    expect(await readFile(file, 'utf8')).toBe(interval(6));
    expect((await readdir(folder)).toSorted()).toEqual(['link.conf', 'real.conf']);
  });

  it.each([
    ['changed', 'x.conf', 'another text'],
    ['no-such-folder', 'missing/x.conf', undefined],
    ['not-a-file', '.', undefined],
  ])('refuses with %s and leaves everything as it was', async (code, name, expectedText) => {
    await put('x.conf', interval(5));
    const caught = await writeConfigFile({ file: join(folder, name), text: 'new', expectedText }).catch(
      (error: unknown) => error,
    );
    expect(ConfigFileError.isInstance(caught) && caught.code).toBe(code);
    expect(await readdir(folder)).toEqual(['x.conf']);
    expect(await readFile(join(folder, 'x.conf'), 'utf8')).toBe(interval(5));
  });

  it('writes when the file still holds the text it was read with', async () => {
    const file = await put('x.conf', interval(5));
    await writeConfigFile({ file, text: interval(6), expectedText: interval(5) });
    await writeConfigFile({ file: join(folder, 'new.conf'), text: interval(6), expectedText: '' });
    expect(await readFile(file, 'utf8')).toBe(interval(6));
  });

  it('refuses a text that UTF-8 cannot hold', async () => {
    const caught = await writeConfigFile({ file: join(folder, 'x.conf'), text: '\uD800' }).catch(
      (error: unknown) => error,
    );
    expect(ConfigFileError.isInstance(caught) && caught.code).toBe('not-utf8');
    expect(await readdir(folder)).toEqual([]);
  });
});
