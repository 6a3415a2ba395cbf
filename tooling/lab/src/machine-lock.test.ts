import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { lockMachine } from './machine-lock.ts';

describe('a lock of the machine', () => {
  it('is held by one at a time, and told to who waits', async () => {
    const name = randomUUID();
    const order: string[] = [];
    const first = await lockMachine(name, { timeoutMs: 1_000 });
    const waiting = lockMachine(name, { timeoutMs: 10_000, onWait: () => order.push('waits') }).then(lock => {
      order.push('has it');
      return lock;
    });
    await expect(lockMachine(name, { timeoutMs: 1 })).rejects.toThrow(/the lock/);
    expect(order).toEqual(['waits']);
    await first.release();
    await (await waiting).release();
    expect(order).toEqual(['waits', 'has it']);
  });

  it('is free again when its holder is killed', async () => {
    const name = randomUUID();
    const code = `import { lockMachine } from ${JSON.stringify(new URL('./machine-lock.ts', import.meta.url).href)};
      await lockMachine(${JSON.stringify(name)}, { timeoutMs: 1000 }); console.log('locked'); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', code]);
    expect(String(await once(holder.stdout, 'data'))).toContain('locked');
    await expect(lockMachine(name, { timeoutMs: 1 })).rejects.toThrow(/the lock/);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await (await lockMachine(name, { timeoutMs: 5_000 })).release();
  });
});
