/** Masakari's own instance monitor, the program, on a real libvirtd with a real guest, filing with our API. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realLabOrSkip } from '@instance-ha/lab/fixture';
import { fakeAdmin } from '@instance-ha/openstack/fake-nova';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { type MasakariCloud, startMasakariCloud } from '../testing/masakari-cloud.ts';

const real = await realLabOrSkip();
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe.skipIf(real.skip)('masakari-instancemonitor', () => {
  afterAll(() => real.lab.down());

  // Once more where it fails: seen to wait in vain once in eight runs, and what it waits for is said by Masakari's program, not by ours.
  it('files the crash of a guest whose QEMU is killed, and takes its word for an ordinary stop back as ignored', {
    retry: 1,
  }, async () => {
    const [world, host] = await Promise.all([startMasakariCloud(['node1']), real.lab.host('node1')]);
    stops.push(() => world.stop());
    const { uuid: segment } = (await world.openstackJson(
      'segment',
      'create',
      'rack1',
      'auto',
      'COMPUTE',
    )) as { uuid: string };
    await world.openstackJson('segment', 'host', 'create', 'node1', 'COMPUTE', 'SSH', segment);
    const [crashes, obeys] = await Promise.all([host.guest('crashes'), host.guest('obeys')]);
    await Promise.all([crashes.waitForPing(), obeys.waitForPing()]);
    const monitor = startInstanceMonitor({ world, libvirtUri: host.uri });
    await vi.waitFor(() => expect(monitor.said()).toContain('Using uri'), { timeout: 60_000, interval: 200 });
    // It says nothing once it listens: a reset that it tells shows it.
    await until(async () => {
      await obeys.fault('reset');
      expect(monitor.said()).toContain('REBOOT');
    });
    await obeys.fault('destroy');
    await crashes.fault('qemu-kill');
    const filed = () => world.api.stores.notifications.list({}, { limit: 10 });
    await until(async () => expect(await filed()).toHaveLength(1));
    expect(await filed()).toMatchObject([
      {
        host: 'node1',
        instanceUuid: crashes.uuid,
        filedBy: fakeAdmin.name,
        status: 'new',
        payload: {
          fault: 'qemu-failed',
          libvirtEvent: { event: 'LIFECYCLE', virDomainEvent: 'STOPPED_FAILED' },
        },
      },
    ]);
    expect(monitor.said()).toContain('STOPPED_DESTROYED');
    await until(() => expect(monitor.said()).toMatch(/Response: .*status=ignored/));
  });
});

const until = (isTrue: () => unknown) => vi.waitFor(isTrue, { timeout: 60_000, interval: 500 });

function startInstanceMonitor({ world, libvirtUri }: { world: MasakariCloud; libvirtUri: string }) {
  const folder = mkdtempSync(join(tmpdir(), 'iha-instancemonitor-'));
  const file = join(folder, 'masakarimonitors.conf');
  writeFileSync(
    file,
    `[DEFAULT]
debug = True
hostname = node1
tempdir = ${folder}
[libvirt]
connection_uri = ${libvirtUri}
[callback]
retry_max = 3
retry_interval = 1
[api]
region = RegionOne
api_interface = public
auth_type = password
auth_url = ${world.cloud.authUrl}
username = ${fakeAdmin.name}
password = ${fakeAdmin.password}
user_domain_name = Default
project_name = admin
project_domain_name = Default
`,
  );
  const child = spawn('/usr/bin/masakari-instancemonitor', ['--config-file', file], {
    env: { PATH: '/usr/bin:/bin', HOME: folder, LC_ALL: 'C.UTF-8', PYTHONWARNINGS: 'ignore' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk));
  const closed = once(child, 'close');
  stops.push(
    () => rmSync(folder, { recursive: true, force: true }),
    async () => {
      child.kill('SIGKILL');
      await closed;
    },
  );
  return { said: () => output };
}
