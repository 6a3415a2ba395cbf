import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { Noted } from './processes.ts';

it('notes what descends from a process and what carries a mark, and tells what is left of it', async () => {
  const noted = new Noted();
  const mark = `NOTED=${process.pid}-mark`;
  const [name = '', value = ''] = mark.split('=');
  const marked = spawn('sleep', ['60'], { env: { PATH: process.env.PATH, [name]: value }, detached: true });
  const shell = spawn('sh', ['-c', 'echo up; sleep 60 & wait'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  await once(shell.stdout, 'data');
  await expect.poll(() => noted.note(shell.pid ?? 0, [mark])).toBe(3);
  expect(noted.left()).toHaveLength(3);
  process.kill(-(shell.pid ?? 0), 'SIGKILL');
  await once(shell, 'close');
  await expect.poll(() => noted.left()).toEqual([`${marked.pid} sleep 60`]);
  marked.kill('SIGKILL');
  await once(marked, 'close');
  expect(noted.left()).toEqual([]);
});
