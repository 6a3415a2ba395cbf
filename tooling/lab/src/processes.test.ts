import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { carriesMarker, identify, isAlive, processesWithMarker, readPid, sendSignal } from './processes.ts';

describe('a process', () => {
  it('is the same one only with the same start time', () => {
    const self = identify(process.pid);
    expect(self && isAlive(self)).toBe(true);
    expect(isAlive({ pid: process.pid, startTicks: '1' })).toBe(false);
  });

  it('that ended is gone, and a signal to it is no error', async () => {
    const child = spawn('sleep', ['60']);
    const identity = identify(child.pid ?? 0);
    expect(identity && isAlive(identity)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(identity && isAlive(identity)).toBe(false);
    expect(() => sendSignal(identity?.pid ?? 0, 'SIGTERM')).not.toThrow();
  });

  it('outside every lab carries no mark of one', () => {
    expect(carriesMarker(process.pid, 'instance-ha-lab-0000:n1')).toBe(false);
    expect(processesWithMarker('instance-ha-lab-0000:')).toEqual([]);
  });
});

describe('a pid file', () => {
  it.each([
    ['1234\n', 1234],
    ['', undefined],
    ['1', undefined],
    ['-5', undefined],
    ['text', undefined],
  ])('with %o names %o', (content, expected) => {
    const folder = mkdtempSync(join(tmpdir(), 'lab-pid-'));
    writeFileSync(join(folder, 'x.pid'), content);
    expect(readPid(join(folder, 'x.pid'))).toBe(expected);
    rmSync(folder, { recursive: true });
    expect(readPid(join(folder, 'x.pid'))).toBeUndefined();
  });
});
