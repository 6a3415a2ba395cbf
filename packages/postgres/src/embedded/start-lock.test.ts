import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeStartLock } from './start-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'start-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

const takeMany = async (count: number) =>
  (await Promise.all(Array.from({ length: count }, () => takeStartLock(folder)))).filter(
    unlock => unlock !== undefined,
  );

describe('the right to start the server', () => {
  it('is held by one, and free again when it is given back', async () => {
    const unlock = await takeStartLock(folder);
    expect(unlock).toBeDefined();
    expect(await takeStartLock(folder)).toBeUndefined();
    await unlock?.();
    expect(await takeStartLock(folder)).toBeDefined();
  });

  it('never goes to two that ask at once, whether or not a dead holder is in the way', async () => {
    let given = 0;
    for (let round = 0; round < 50; round += 1) {
      if (round % 2 === 0) await writeFile(join(folder, '.starting-4194303-1-dead'), '');
      const unlocks = await takeMany(1 + (round % 5));
      expect(unlocks.length).toBeLessThanOrEqual(1);
      given += unlocks.length;
      for (const unlock of unlocks) await unlock();
    }
    expect(given).toBeGreaterThan(0);
  });

  it.each([
    ['a process that is gone', '.starting-4194303-1-dead'],
    ['an earlier process of the same pid', `.starting-${process.pid}-1-dead`],
  ])('is not held by %s', async (_name, leftover) => {
    await writeFile(join(folder, leftover), '');
    const unlock = await takeStartLock(folder);
    expect(unlock).toBeDefined();
    await unlock?.();
    expect(await readdir(folder)).toEqual([]);
  });
});
