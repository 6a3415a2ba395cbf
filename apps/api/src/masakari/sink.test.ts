/** Our monitors' way into a Masakari, against our own: `/v1` believing Keystone, in a catalogue. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@instance-ha/config';
import { createFakeLibvirtd, type FakeLibvirtd } from '@instance-ha/libvirt-rpc/fake-server';
import { type FakeOpenStack, fakeAdmin, startFakeOpenStack } from '@instance-ha/openstack/fake-nova';
import type { Stores } from '@instance-ha/ports';
import { notificationSinkConformance } from '@instance-ha/ports/conformance';
import { memoryStores } from '@instance-ha/ports/fakes';
import { systemClock } from '@instance-ha/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askMasakari, registerHosts } from '../testing/ask-masakari.ts';
import { type MasakariMonitor, masakariMonitor } from '../testing/masakari-monitor.ts';
import { masakariSinkWorld } from '../testing/masakari-sink-world.ts';
import { startApi, type TestApi } from '../testing/start-api.ts';

const host = 'node1';
const projectId = 'aaaabbbbccccddddeeeeffff00001111';

let folder: string;
let cloud: FakeOpenStack;
let stores: Stores;
let api: TestApi;
let stops: (() => unknown)[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'iha-sink-'));
  cloud = await startFakeOpenStack({ hosts: [host, 'node2'], keystone: { projectId } });
  stores = memoryStores({ clock: systemClock });
  api = await start();
  cloud.keystone.endpoints.push({
    type: 'instance-ha',
    name: 'masakari',
    url: `${api.origin}/v1/${projectId}`,
  });
  stops = [
    () => rmSync(folder, { recursive: true }),
    () => cloud.close(),
    () => stores.close(),
    () => api.stop(),
  ];
});
afterEach(async () => {
  for (const stop of stops.reverse()) await stop();
});

const start = (port = 0): Promise<TestApi> =>
  startApi({
    stores,
    config: {
      api: { authStrategy: 'keystone', port },
      keystoneAuthtoken: {
        authUrl: cloud.authUrl,
        username: fakeAdmin.name,
        password: new Secret(fakeAdmin.password),
        projectName: 'admin',
      },
    },
  });

async function setAway(away: boolean): Promise<void> {
  if (away) await api.stop();
  else api = await start(Number(new URL(api.origin).port));
}

const admin = () => ({ token: cloud.keystone.issueTo(fakeAdmin) });
const rows = async (): Promise<Record<string, unknown>[]> =>
  (await askMasakari(api, 'GET', '/v1/notifications?sort_key=id&sort_dir=asc', admin())).body.notifications;

describe('the sink into a Masakari keeps what sinks promise', () => {
  for (const { name, check } of notificationSinkConformance) {
    it(name, async () => {
      await registerHosts(api, [host]);
      const world = masakariSinkWorld({ cloud, rows, setAway });
      stops.push(() => world.close());
      await check(world);
    });
  }
});

describe('a monitor with sink = masakari', () => {
  let libvirtd: FakeLibvirtd;
  let monitor: MasakariMonitor;
  beforeEach(async () => {
    libvirtd = createFakeLibvirtd({ guests: [{ name: 'web' }, { name: 'db' }] });
    const socket = join(folder, 'libvirt-sock');
    await libvirtd.listen(socket);
    monitor = masakariMonitor({
      folder: join(folder, 'monitor'),
      host,
      libvirtUri: `qemu+unix:///system?socket=${socket}`,
      authUrl: cloud.authUrl,
    });
    stops.push(
      () => libvirtd.close(),
      () => monitor.kill('SIGKILL'),
    );
  });

  const until = (isTrue: () => unknown) => vi.waitFor(isTrue, { timeout: 15_000, interval: 20 });
  const alive = async (): Promise<void> => {
    monitor.start();
    await until(() => expect(monitor.said().split('"to":"alive"')).toHaveLength(3));
  };
  const told = (msg: string) => monitor.lines().filter(line => line.msg.includes(msg));
  const uuidOf = (name: string): string => libvirtd.guest(name).uuid;

  it('says at its start what Masakari has no ear for, files crashes and silent panics, and reports no guests', async () => {
    await registerHosts(api, [host]);
    await alive();
    expect(told('guests are not reported to anybody')).toHaveLength(1);
    libvirtd.inflict('web', 'qemu-killed');
    libvirtd.inflict('db', 'panic-silent');
    await until(async () => expect(await rows()).toHaveLength(2));
    const [crash, silence] = await rows();
    expect(crash).toMatchObject({
      type: 'VM',
      status: 'new',
      payload: { event: 'LIFECYCLE', vir_domain_event: 'STOPPED_FAILED', instance_uuid: uuidOf('web') },
    });
    expect(silence?.payload).toEqual({
      event: 'QEMU_GUEST_AGENT_ERROR',
      vir_domain_event: 'STOPPED_FAILED',
      instance_uuid: uuidOf('db'),
    });
    expect(await stores.monitors.list()).toEqual([]);
    expect(await monitor.kill('SIGTERM')).toBe(0);
    expect(monitor.said()).not.toContain(`"${fakeAdmin.password}"`);
  });

  it('keeps what a Masakari that does not know its host declines, and files it when the host is there', async () => {
    await alive();
    libvirtd.inflict('web', 'qemu-killed');
    await until(() => expect(told('a notification was declined')).toMatchObject([{ code: 'host-unknown' }]));
    await registerHosts(api, [host]);
    await until(async () =>
      expect(await rows()).toMatchObject([{ payload: { instance_uuid: uuidOf('web') } }]),
    );
  });

  it('loses nothing when it is killed while Masakari is away, and tells only of what still stands', async () => {
    await registerHosts(api, [host]);
    await alive();
    await setAway(true);
    libvirtd.inflict('web', 'qemu-killed');
    libvirtd.inflict('db', 'qemu-killed');
    await until(() => expect(told('they wait on this host').length).toBeGreaterThan(1));
    await monitor.kill('SIGKILL');
    libvirtd.inflict('db', 'start');
    await setAway(false);
    monitor.start();
    await until(async () =>
      expect(await rows()).toMatchObject([{ payload: { instance_uuid: uuidOf('web') } }]),
    );
    await until(() => expect(told('it is overtaken')).toHaveLength(1));
    expect(await rows()).toHaveLength(1);
  });
});
