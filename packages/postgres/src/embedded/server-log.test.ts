import { appendFile, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lastLines, rotateLog } from './server-log.ts';

let folder: string;
let log: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'server-log-'));
  log = join(folder, 'postgres.log');
});
afterEach(() => rm(folder, { recursive: true }));

describe("the server's log", () => {
  it('is moved aside when it is large, while the server goes on writing to it', async () => {
    const server = await open(log, 'a');
    await server.write('x'.repeat(8 * 1024 * 1024 + 1));
    await rotateLog(log);
    await server.write('after\n');
    await server.close();
    expect(await readFile(log, 'utf8')).toBe('after\n');
    expect((await stat(`${log}.1`)).size).toBe(8 * 1024 * 1024 + 1);
  });

  it('is left alone while it is small, and when there is none', async () => {
    await rotateLog(log);
    await writeFile(log, 'small\n');
    await rotateLog(log);
    expect(await readFile(log, 'utf8')).toBe('small\n');
  });

  it('tells its last lines', async () => {
    expect(await lastLines(log, 2)).toBe('no log');
    await writeFile(log, '');
    expect(await lastLines(log, 2)).toBe('an empty log');
    await appendFile(log, `${'long '.repeat(2_000)}\none\ntwo\n`);
    expect(await lastLines(log, 2)).toBe('one | two');
  });
});
