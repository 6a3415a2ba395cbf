import type { Logger } from '@instance-ha/ports';
import { describe, expect, it } from 'vitest';
import { StopStack } from './stop-stack.ts';

function story() {
  const lines: string[] = [];
  const log = {
    warn: (fields: { part: string; error: Error }, message: string) =>
      lines.push(`${message}: ${fields.part}: ${fields.error.message}`),
  };
  return { lines, log: log as unknown as Logger };
}

describe('a stop stack', () => {
  it('stops last first, and what fails or hangs does not keep the others', async () => {
    const { lines, log } = story();
    const expire = {
      monotonicMs: () => 0,
      wallMs: () => 0,
      sleep: (_ms: number, signal?: AbortSignal) => (hangs.has(signal) ? never : soon(signal)),
    };
    const hangs = new Set<unknown>();
    const never = new Promise<void>(() => {});
    const soon = (signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const timer = setImmediate(() => setImmediate(resolve));
        signal?.addEventListener('abort', () => {
          clearImmediate(timer);
          reject(signal.reason);
        });
      });
    const stack = new StopStack({ deadlineMs: 50, log, clock: expire });
    stack.add('database', () => lines.push('database stopped'));
    stack.add('hanging probe', () => never);
    stack.add('broken listener', () => Promise.reject(new Error('no such socket')));
    stack.add('server', async () => lines.push('server stopped'));
    expect(await stack.unwind()).toBe(false);
    expect(lines).toEqual([
      'server stopped',
      'a part did not stop cleanly: broken listener: no such socket',
      'a part did not stop cleanly: hanging probe: stopping hanging probe did not end within 50 ms',
      'database stopped',
    ]);
  });

  it('catches a stop that throws at once', async () => {
    const { lines, log } = story();
    const stack = new StopStack({ deadlineMs: 1000, log });
    stack.add('thrower', () => {
      throw new Error('at once');
    });
    expect(await stack.unwind()).toBe(false);
    expect(lines).toEqual(['a part did not stop cleanly: thrower: at once']);
  });

  it('unwinds once, whoever asks', async () => {
    const { log } = story();
    let stops = 0;
    const stack = new StopStack({ deadlineMs: 1000, log });
    stack.add('part', () => {
      stops += 1;
    });
    expect(await Promise.all([stack.unwind(), stack.unwind()])).toEqual([true, true]);
    expect(stops).toBe(1);
  });
});
