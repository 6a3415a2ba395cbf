import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@instance-ha/ports';
import { memoryStores } from '@instance-ha/ports/fakes';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeClock } from '../testing/fake-clock.ts';
import { digestOf } from './token.ts';
import { ensureTokens, firstTokens, issueToken, tokenFile } from './token-files.ts';

let folder: string;
let lines: string[];
const write = (fields: object, message: string): void => {
  lines.push(JSON.stringify({ message, ...fields }));
};
const log: Logger = {
  trace: write,
  debug: write,
  info: write,
  warn: write,
  error: write,
  fatal: write,
  child: () => log,
};
const clock = fakeClock();
let stores: ReturnType<typeof memoryStores>;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'iha-tokens-')), 'tokens');
  lines = [];
  stores = memoryStores({ clock });
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

const ensure = () => ensureTokens(firstTokens('node1'), { folder, tokens: stores.tokens, log });
const read = async (name: string) => (await readFile(tokenFile(folder, name), 'utf8')).trim();
const nameOf = async (token: string) => (await stores.tokens.find(digestOf(token)))?.name;
const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('the first start', () => {
  it('makes a token for the admin, for readers and for the monitor of this host', async () => {
    await ensure();
    expect((await readdir(folder)).sort()).toEqual(['admin.token', 'monitor-node1.token', 'reader.token']);
    expect(await stores.tokens.find(digestOf(await read('monitor-node1')))).toEqual({
      name: 'monitor-node1',
      scope: 'monitor',
      host: 'node1',
    });
    expect(await nameOf(await read('admin'))).toBe('admin');
    expect(await nameOf(await read('reader'))).toBe('reader');
  });

  it('opens its files to nobody else', async () => {
    await ensure();
    expect(await mode(folder)).toBe('700');
    for (const file of await readdir(folder)) expect(await mode(join(folder, file))).toBe('600');
  });

  it('logs no token', async () => {
    await ensure();
    for (const name of ['admin', 'reader', 'monitor-node1'])
      expect(lines.join()).not.toContain(await read(name));
    expect(lines).toHaveLength(3);
  });
});

describe('a later start', () => {
  it('changes nothing', async () => {
    await ensure();
    const before = await read('admin');
    lines = [];
    await ensure();
    expect(await read('admin')).toBe(before);
    expect(lines).toEqual([]);
  });

  it('takes up the files when the database is new', async () => {
    await ensure();
    const before = await read('admin');
    stores = memoryStores({ clock });
    await ensure();
    expect(await read('admin')).toBe(before);
    expect(await nameOf(before)).toBe('admin');
  });

  it('leaves a token alone whose file is gone, and says how to make another', async () => {
    await ensure();
    const before = await read('admin');
    await rm(tokenFile(folder, 'admin'));
    lines = [];
    await ensure();
    expect(await readdir(folder)).not.toContain('admin.token');
    expect(await nameOf(before)).toBe('admin');
    expect(lines.join()).toContain('run with --issue-token admin to make a new one');
  });

  it.each(['another-token-than-the-one-in-use', '', 'no token'])(
    'does not believe a changed file (%j)',
    async content => {
      await ensure();
      const before = await read('admin');
      await writeFile(tokenFile(folder, 'admin'), content);
      lines = [];
      await ensure();
      expect(await nameOf(before)).toBe('admin');
      if (content !== '') expect(await nameOf(content)).toBeUndefined();
      expect(lines.join()).toContain('--issue-token admin');
    },
  );

  it('closes a file that was open to others', async () => {
    await ensure();
    await chmod(tokenFile(folder, 'admin'), 0o644);
    await ensure();
    expect(await mode(tokenFile(folder, 'admin'))).toBe('600');
  });
});

describe('issuing a token', () => {
  it('puts another in place of the one there is', async () => {
    await ensure();
    const before = await read('admin');
    const [admin] = firstTokens('node1');
    if (!admin) throw new Error('no admin');
    const file = await issueToken(admin, { folder, tokens: stores.tokens, log });
    expect(file).toBe(tokenFile(folder, 'admin'));
    expect(await read('admin')).not.toBe(before);
    expect(await nameOf(before)).toBeUndefined();
    expect(await nameOf(await read('admin'))).toBe('admin');
    expect(lines.join()).not.toContain(await read('admin'));
  });
});
