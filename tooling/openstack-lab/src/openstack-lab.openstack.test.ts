import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify, runCommand, waitUntil } from '@instance-ha/lab/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from './api.ts';
import { createOpenStackLab, guestFlavor, guestImage } from './index.ts';
import { listComputeServices } from './objects.ts';
import { defaultPorts, type Ports } from './settings.ts';

const dir = join(mkdtempSync(join(tmpdir(), 'openstack-')), 'lab');
const lab = createOpenStackLab({
  dir,
  ports: await freePorts(),
  fakeComputes: ['os-fake1', 'os-fake2'],
  kvmComputes: ['os-kvm1'],
  onProgress: ({ text }) => process.stderr.write(`openstack lab: ${text}\n`),
});

describe('a real OpenStack on loopback', () => {
  beforeAll(() => lab.up());
  afterAll(async () => {
    await lab.down({ wipe: true });
    rmSync(join(dir, '..'), { recursive: true, force: true });
  });

  it('is up, and bringing it up again starts nothing', async () => {
    expect(lab.status().state).toBe('up');
    expect((await lab.up()).started).toEqual([]);
  });

  it('lets a service of another name in, and keeps administration from an ordinary user', async () => {
    const asService = createApi(lab.credentials('instance-ha'), lab.endpoints());
    const hosts = (await listComputeServices(asService)).map(({ host }) => host);
    expect(hosts.sort()).toEqual(['os-fake1', 'os-fake2', 'os-kvm1']);
    const asDemo = createApi(lab.credentials('demo'), lab.endpoints());
    await expect(listComputeServices(asDemo)).rejects.toThrow('answered with 403');
  });

  it('evacuates a server from a compute that was killed, and takes the compute back', async () => {
    const { id } = await lab.boot({ name: 'evacuee', host: 'os-fake1' });
    await lab.computes.kill('os-fake1');
    expect(lab.status().state).toBe('partly');
    await setForcedDown('os-fake1', true);
    const action = { evacuate: { host: 'os-fake2' } };
    const path = `/servers/${id}/action`;
    await lab.api().call('compute', { method: 'POST', path, body: action, microversion: '2.68' });
    const moved = async () => {
      const server = await lab.show(id);
      return server.status === 'ACTIVE' && server['OS-EXT-SRV-ATTR:host'] === 'os-fake2' ? true : undefined;
    };
    await waitUntil('the evacuation', moved, { timeoutMs: 60_000, everyMs: 300 });
    await lab.computes.start('os-fake1');
    // Nova refuses while it still cleans up after the evacuation.
    const back = () => setForcedDown('os-fake1', false).then(() => true);
    await waitUntil('os-fake1 being taken back', back, { timeoutMs: 60_000, everyMs: 500 });
    expect(lab.status().state).toBe('up');
    await lab.remove(id);
  });

  it('boots a real guest whose domain is named by the server, and whose agent answers', async () => {
    const { id } = await lab.boot({ name: 'guest', host: 'os-kvm1', flavor: guestFlavor, image: guestImage });
    const { uri } = await lab.guestHost('os-kvm1');
    const virsh = (...args: string[]) =>
      runCommand('virsh', ['--connect', uri, ...args], { timeoutMs: 15_000 });
    expect((await virsh('list', '--uuid')).stdout.trim()).toBe(id);
    const ping = () => virsh('qemu-agent-command', id, '{"execute":"guest-ping"}');
    const pong = await waitUntil('the guest agent answering', ping, { timeoutMs: 60_000, everyMs: 300 });
    expect(pong.stdout.trim()).toBe('{"return":{}}');
    await lab.remove(id);
  });

  it('ends everything it started, and nothing is left of it', async () => {
    const pids = lab.status().services.flatMap(({ pid }) => pid ?? []);
    expect(pids.length).toBeGreaterThan(12);
    const report = await lab.down({ wipe: true });
    expect(report).toMatchObject({ found: true, servicesEnded: pids.length, strays: 0 });
    expect(pids.filter(pid => identify(pid) !== undefined)).toEqual([]);
    expect(existsSync(dir)).toBe(false);
    expect(lab.status().state).toBe('absent');
  });
});

async function setForcedDown(host: string, forced: boolean): Promise<void> {
  const service = (await listComputeServices(lab.api())).find(({ host: name }) => name === host);
  const path = `/os-services/${service?.id}`;
  await lab.api().call('compute', {
    method: 'PUT',
    path,
    body: { forced_down: forced },
    microversion: '2.53',
  });
}

/** Ports nobody listens on now, so that a lab beside this one is not in the way. */
async function freePorts(): Promise<Ports> {
  const names = Object.keys(defaultPorts) as (keyof Ports)[];
  const servers = await Promise.all(
    names.map(async () => {
      const server = createServer();
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map(server => (server.address() as { port: number }).port);
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
  return Object.fromEntries(names.map((name, index) => [name, ports[index]])) as Ports;
}
