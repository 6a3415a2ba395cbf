import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFakeLibvirtd } from '@instance-ha/libvirt-rpc/fake-server';
import { expect, onTestFinished, vi } from 'vitest';
import { freePort } from './free-port.ts';
import { Noted } from './processes.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const path = [join(root, 'node_modules/.bin'), dirname(process.execPath), process.env.PATH].join(delimiter);

/** API, worker and monitor by one command, as they are published; all of them end at Ctrl-C. */
export async function playUp(): Promise<void> {
  execFileSync('turbo', ['run', 'build', '--output-logs=errors-only', '--ui=stream'], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', PATH: path },
    stdio: 'ignore',
  });
  const folder = mkdtempSync(join(tmpdir(), 'iha-up-'));
  chmodSync(folder, 0o755); // PostgreSQL is another user when we are root.
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const libvirtd = createFakeLibvirtd({ guests: [{ name: 'web' }] });
  await libvirtd.listen(join(folder, 'libvirt-sock'));
  onTestFinished(() => libvirtd.close());

  const port = await freePort();
  const api = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [join(root, 'apps/cli/bin.cjs'), 'up'], {
    env: {
      PATH: path,
      OS_DEFAULT__HOST: 'node1',
      OS_DEFAULT__STATE_PATH: folder,
      OS_DEFAULT__INSTANCE_CHECK_INTERVAL: '5',
      OS_API__PORT: String(port),
      OS_MONITOR__API_URL: api,
      OS_MONITOR__METRICS_PORT: '0',
      OS_WORKER__METRICS_PORT: '0',
      OS_LIBVIRT__CONNECTION_URI: `qemu+unix:///system?socket=${join(folder, 'libvirt-sock')}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (said += chunk));
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGINT');
    await ended;
  });

  const guests = () =>
    execFileSync(process.execPath, [join(root, 'apps/cli/bin.cjs'), 'guests', 'list'], {
      env: { PATH: path, OS_API__PORT: String(port), OS_DEFAULT__STATE_PATH: folder },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  await vi.waitFor(() => expect(guests(), said).toMatch(/^web .+ node1 +alive /m), {
    timeout: 90_000,
    interval: 500,
  });
  for (const name of ['api', 'worker', 'monitor']) expect(said).toMatch(new RegExp(`^${name} +\\{`, 'm'));

  const noted = new Noted();
  // Itself, three services and PostgreSQL at least.
  expect(noted.note(child.pid ?? 0, [folder])).toBeGreaterThan(4);
  child.kill('SIGINT');
  expect((await ended)[0]).toBe(0);
  await vi.waitFor(() => expect(noted.left()).toEqual([]), { timeout: 10_000, interval: 100 });
}
