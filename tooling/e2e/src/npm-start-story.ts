import { existsSync } from 'node:fs';
import { expect, onTestFinished, vi } from 'vitest';
import { type NpmStart, npmStart } from './npm-start.ts';

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
  tryCommandLine(stack);
  const folder = stack.folder();
  // Itself, turbo, API, PostgreSQL, worker and monitor at least.
  expect(stack.note()).toBeGreaterThan(6);
  expect(await stack.interrupt()).toBe(0);
  expect(stack.output()).toContain('Stopped; nothing is left behind.');
  await vi.waitFor(() => expect(stack.left()).toEqual([]), { timeout: minutes / 6, interval: 100 });
  expect(existsSync(folder)).toBe(false);
}

/** What an operator would ask, as the stack says to. */
function tryCommandLine({ cli }: NpmStart): void {
  const notifications = JSON.parse(cli('--json', 'notifications', 'list').out) as { uuid: string }[];
  expect(notifications).toMatchObject([{ instanceName: 'web', status: 'finished' }]);
  const shown = cli('notifications', 'show', notifications[0]?.uuid ?? '');
  expect(shown.out).toMatch(/^Timeline$[\s\S]*^Evidence: [\s\S]*^Journal$/m);
  expect(cli('notifications', 'list', '--status', 'failed').out).toBe('no notifications\n');
  // In the order of their UUIDs, which are made anew each time.
  const guests = cli('guests', 'list').out;
  for (const name of ['web', 'db']) expect(guests).toMatch(new RegExp(`^${name} .+ alive `, 'm'));
  expect(cli('monitors', 'list').out).toMatch(/^\S+ +watching .+ 2 alive +open +0$/m);

  expect(cli('pause', '--reason', 'a test', '--for', '30m').code).toBe(0);
  expect(cli('pause').out).toMatch(/^recovery is paused by admin until .+: a test$/m);
  expect(cli('resume').out).toBe('recovery goes on\n');
  expect(cli('resume').out).toBe('recovery was not paused\n');

  const unknown = cli('notifications', 'show', 'aaaaaaaa-0000-4000-8000-ffffffffffff');
  expect([unknown.code, unknown.err]).toEqual([3, expect.stringContaining('there is no notification')]);
  expect(cli('notifications', 'show', 'web').code).toBe(64);
  expect(cli('--api-url', 'http://127.0.0.1:9', 'guests', 'list').code).toBe(69);
  expect(cli('--token-file', '/nowhere', 'guests', 'list').code).toBe(77);
}
