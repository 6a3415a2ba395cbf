import { appendFile, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Spool } from './spool.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-'));
  file = join(folder, 'spool');
});
afterEach(() => rm(folder, { recursive: true }));

const openSpool = (entryLimit = 100, onDamage?: (damage: { line: number; reason: string }) => void) =>
  Spool.open<unknown>({ file, entryLimit, ...(onDamage && { onDamage }) });
const values = (spool: Spool<unknown>): unknown[] => spool.waiting(1000).map(entry => entry.value);

describe('a spool', () => {
  it('gives back in order what was appended, across openings, until it is acknowledged', async () => {
    const first = await openSpool();
    const sequences = await Promise.all(['a', { b: 'ü\n\u2028' }, 'c'].map(value => first.append(value)));
    await first.acknowledge(sequences[0] as number);
    await first.close();
    const second = await openSpool();
    expect(values(second)).toEqual([{ b: 'ü\n\u2028' }, 'c']);
    await second.close();
  });

  it('never uses a sequence again, even after everything was acknowledged and the file emptied', async () => {
    const first = await openSpool();
    const sequence = (await first.append('a')) as number;
    await first.acknowledge(sequence);
    await first.close();
    const second = await openSpool();
    expect(await second.append('b')).toBe(sequence + 1);
    await second.close();
  });

  it('says when it is full and keeps what it has', async () => {
    const spool = await openSpool(2);
    await spool.append(1);
    await spool.append(2);
    expect(await spool.append(3)).toBe('full');
    expect(values(spool)).toEqual([1, 2]);
    await spool.close();
  });

  it('loses nothing promised when a crash cuts the file at any byte', async () => {
    const spool = await openSpool();
    const promisedAtBytes: number[] = [];
    for (const value of ['one', 'two', 'three']) {
      await spool.append(value);
      promisedAtBytes.push((await stat(file)).size);
    }
    await spool.close();
    const whole = await readFile(file);
    for (let cut = 0; cut <= whole.length; cut += 1) {
      await writeFile(file, whole.subarray(0, cut));
      const after = await openSpool();
      expect(values(after)).toEqual(
        ['one', 'two', 'three'].slice(0, promisedAtBytes.filter(size => size <= cut).length),
      );
      expect(await after.append('four')).toBeTypeOf('number');
      await after.close();
      const again = await openSpool();
      expect(values(again).at(-1)).toBe('four');
      await again.close();
    }
  });

  it('keeps a damaged line aside, tells it, and gives the others', async () => {
    const spool = await openSpool();
    for (const value of ['one', 'two', 'three']) await spool.append(value);
    await spool.close();
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('two', 'tvo'));
    const damages: unknown[] = [];
    const after = await openSpool(100, damage => damages.push(damage));
    expect(values(after)).toEqual(['one', 'three']);
    expect(damages).toEqual([{ line: 2, reason: 'its checksum does not fit' }]);
    expect(await readFile(`${file}.damaged`, 'utf8')).toContain('tvo');
    await after.close();
  });

  it('opens a file of any garbage and takes new entries', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async garbage => {
        await writeFile(file, garbage);
        const spool = await openSpool();
        await spool.append('new');
        expect(values(spool)).toContain('new');
        await spool.close();
        await rm(file);
      }),
      { numRuns: 100 },
    );
  });

  it('rewrites its file when most of it was acknowledged', async () => {
    const spool = await openSpool(10_000);
    const big = 'x'.repeat(2000);
    const sequences = await Promise.all(Array.from({ length: 800 }, () => spool.append(big)));
    const fullBytes = (await stat(file)).size;
    for (const sequence of sequences.slice(0, 799)) await spool.acknowledge(sequence as number);
    expect((await stat(file)).size).toBeLessThan(fullBytes * 0.6);
    expect(values(spool)).toEqual([big]);
    await spool.close();
    const again = await openSpool();
    expect(values(again)).toEqual([big]);
    expect(await again.append('next')).toBe(801);
    await again.close();
  });

  it('tells every append that shared a write which failed, and keeps what comes after it whole', async () => {
    const spool = await openSpool();
    await spool.append('before');
    const handle = await open(file);
    const fileHandle = Object.getPrototypeOf(handle) as typeof handle;
    await handle.close();
    const prototype = { ...Object.getOwnPropertyDescriptors(fileHandle) };
    const appendFileAtOnce = prototype.appendFile.value as (
      this: typeof handle,
      data: Buffer,
    ) => Promise<void>;
    const full = vi.spyOn(fileHandle, 'appendFile').mockImplementation(async function (
      this: typeof handle,
      data,
    ) {
      await appendFileAtOnce.call(this, Buffer.from(data as Uint8Array).subarray(0, 5));
      throw new Error('no space left on device');
    });
    const together = await Promise.allSettled(['a', 'b', 'c', 'd'].map(value => spool.append(value)));
    full.mockRestore();
    expect(together.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'rejected'));
    expect(values(spool)).toEqual(['before']);
    await spool.append('after');
    await spool.close();
    const damages: unknown[] = [];
    const again = await openSpool(100, damage => damages.push(damage));
    expect(values(again)).toEqual(['before', 'after']);
    expect(damages).toEqual([]);
    await again.close();
  });

  it('empties its file once, however many are acknowledged together', async () => {
    const spool = await openSpool();
    const sequences = await Promise.all(Array.from({ length: 50 }, (_, index) => spool.append(index)));
    await Promise.all(sequences.map(sequence => spool.acknowledge(sequence as number)));
    expect(spool.depth).toBe(0);
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(2);
    await spool.append('next');
    await spool.close();
    const again = await openSpool();
    expect(values(again)).toEqual(['next']);
    await again.close();
  });

  it('refuses to write once closed, and does not pretend to hold it', async () => {
    const spool = await openSpool();
    await spool.close();
    await expect(spool.append('late')).rejects.toThrow('is closed');
    expect(spool.depth).toBe(0);
  });

  it('cuts off the half-written line before it appends, so that the next one is sound', async () => {
    const handle = await open(file, 'w');
    await handle.close();
    await appendFile(file, '0000');
    const spool = await openSpool();
    await spool.append('sound');
    await spool.close();
    const again = await openSpool();
    expect(values(again)).toEqual(['sound']);
    await again.close();
  });
});
