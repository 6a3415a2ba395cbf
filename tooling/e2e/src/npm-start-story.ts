import { existsSync } from 'node:fs';
import { expect, onTestFinished, vi } from 'vitest';
import { npmStart } from './npm-start.ts';

const minutes = 60_000;

/** Until Ctrl-C: it says what it does, crashes a guest, shows it finished, and leaves nothing behind. */
export async function playNpmStart(args: readonly string[], host: RegExp): Promise<void> {
  const stack = await npmStart(args);
  onTestFinished(() => stack.stop());
  await stack.says(/The stack runs until Ctrl-C/);
  expect(stack.output()).toMatch(host);
  expect(stack.output()).toMatch(/ \+0\.000 s {2}fault {12}\S/);
  for (const phase of ['detected', 'accepted', 'acting', 'restarted', 'heartbeat-back', 'ended'])
    expect(stack.output()).toMatch(new RegExp(`\\+\\d+\\.\\d{3} s {2}${phase}\\b`));
  expect(stack.output()).toMatch(/^The notification [0-9a-f-]{36} is finished: /m);

  await stack.says(/^What the services say: .+$/m);
  const folder = stack.folder();
  // Itself, turbo, API, PostgreSQL, worker and monitor at least.
  expect(stack.note()).toBeGreaterThan(6);
  expect(await stack.interrupt()).toBe(0);
  expect(stack.output()).toContain('Stopped; nothing is left behind.');
  await vi.waitFor(() => expect(stack.left()).toEqual([]), { timeout: minutes / 6, interval: 100 });
  expect(existsSync(folder)).toBe(false);
}
