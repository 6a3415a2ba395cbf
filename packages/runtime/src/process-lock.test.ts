import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { identityOf, isIdentityAlive } from './process-identity.ts';
import { lockProcess } from './process-lock.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
  file = join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true }));

describe('a process lock', () => {
  it('is held until it is released', async () => {
    const release = await lockProcess(file);
    await expect(lockProcess(file)).rejects.toThrow(`is held by process ${process.pid}`);
    await release();
    await (await lockProcess(file))();
  });

  it('is taken over from a process that is gone', async () => {
    const child = spawn('true');
    await once(child, 'exit');
    await writeFile(file, `${child.pid} 12345`);
    await lockProcess(file);
    expect(await readFile(file, 'utf8')).toMatch(`${process.pid} `);
  });

  it('is taken over from one that is dead and that nobody has waited for', async () => {
    // The shell becomes a sleep, which waits for no child.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60']);
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(String(line).trim());
      const holder = identityOf(pid);
      await writeFile(file, holder);
      const nameOf = (one: number) => readFileSync(`/proc/${one}/comm`, 'utf8').trim();
      await vi.waitFor(() => expect(nameOf(parent.pid ?? 0)).toBe('sleep'));
      process.kill(pid, 'SIGKILL');
      const stateOf = () => /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
      await vi.waitFor(() => expect(stateOf()).toBe('Z'));
      expect(isIdentityAlive(holder)).toBe(false);
      await expect(lockProcess(file)).resolves.toBeTypeOf('function');
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('is taken over when the pid now belongs to a process that started at another time', async () => {
    await writeFile(file, `${process.pid} 1`);
    await expect(lockProcess(file)).resolves.toBeTypeOf('function');
  });

  it.each(['', 'garbage', '99999999999 1'])('is taken over from a half-written file: %j', async text => {
    await writeFile(file, text);
    await expect(lockProcess(file)).resolves.toBeTypeOf('function');
  });
});
