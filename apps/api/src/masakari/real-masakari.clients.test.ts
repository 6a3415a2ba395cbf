/** Our monitor into OpenStack's own Masakari: the API and engine of Debian's python3-masakari, with Keystone and a Nova. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeLibvirtd, type FakeLibvirtd } from '@instance-ha/libvirt-rpc/fake-server';
import { type FakeOpenStack, startFakeOpenStack } from '@instance-ha/openstack/fake-nova';
import { notificationSinkConformance } from '@instance-ha/ports/conformance';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type MasakariMonitor, masakariMonitor } from '../testing/masakari-monitor.ts';
import { masakariSinkWorld } from '../testing/masakari-sink-world.ts';
import { type RealMasakari, startRealMasakari } from '../testing/real-masakari.ts';

const projectId = 'aaaabbbbccccddddeeeeffff00001111';
const host = 'node1';

let folder: string;
let cloud: FakeOpenStack;
let masakari: RealMasakari;
let libvirtd: FakeLibvirtd;
let monitor: MasakariMonitor;
let stops: (() => unknown)[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'iha-masakari-'));
  stops = [() => rmSync(folder, { recursive: true })];
  cloud = await startFakeOpenStack({ hosts: [host, 'node2'], keystone: { projectId } });
  stops.push(() => cloud.close());
  libvirtd = createFakeLibvirtd({ guests: [{ name: 'web' }, { name: 'db' }] });
  const socket = join(folder, 'libvirt-sock');
  await libvirtd.listen(socket);
  stops.push(() => libvirtd.close());
  for (const { uuid, name } of libvirtd.guests.values()) cloud.cloud.addServer({ id: uuid, name, host });
  masakari = await startRealMasakari({ folder: join(folder, 'masakari'), cloud, projectId });
  stops.push(() => masakari.stop());
  monitor = masakariMonitor({
    folder: join(folder, 'monitor'),
    host,
    libvirtUri: `qemu+unix:///system?socket=${socket}`,
    authUrl: cloud.authUrl,
  });
  stops.push(() => monitor.kill('SIGKILL'));
});
afterEach(async () => {
  for (const stop of stops.reverse()) await stop();
});

const until = (isTrue: () => unknown) => vi.waitFor(isTrue, { timeout: 60_000, interval: 100 });
const uuidOf = (name: string): string => libvirtd.guest(name).uuid;
const actsOn = (name: string): string[] =>
  cloud.cloud
    .server(uuidOf(name))
    .actions.map(({ action }) => action)
    .toReversed();
const told = (msg: string) => monitor.lines().filter(line => line.msg.includes(msg));
type Row = { type: string; status: string; generated_time: string; payload: Record<string, string> };
const rows = async (): Promise<Row[]> =>
  ((await masakari.ask('GET', '/notifications')) as { notifications: Row[] }).notifications.toReversed();

/** Answers the path of the host. */
async function register(): Promise<string> {
  const made = await masakari.ask('POST', '/segments', {
    segment: { name: 'rack1', recovery_method: 'auto', service_type: 'COMPUTE' },
  });
  const { uuid } = made.segment as { uuid: string };
  const { host: added } = await masakari.ask('POST', `/segments/${uuid}/hosts`, {
    host: { name: host, type: 'COMPUTE', control_attributes: 'SSH' },
  });
  return `/segments/${uuid}/hosts/${(added as { uuid: string }).uuid}`;
}

async function alive(): Promise<void> {
  monitor.start();
  await until(() => expect(monitor.said().split('"to":"alive"')).toHaveLength(3));
}

/** Masakari keeps whatever was sent before the first of it is stored: two at once are two. Ours knows one. */
const atOnce = 'stores the same incident once when it is filed many times at once';

describe('the sink into a Masakari of OpenStack keeps what sinks promise', () => {
  for (const { name, check } of notificationSinkConformance.filter(one => one.name !== atOnce)) {
    it(name, async () => {
      await register();
      const world = masakariSinkWorld({
        cloud,
        rows,
        setAway: away => (away ? masakari.stop() : masakari.start()),
      });
      stops.push(() => world.close());
      await check(world);
    });
  }
});

describe('a monitor of ours before a Masakari of OpenStack', () => {
  it('has a crash and a silent panic recovered by its engine, and nothing of an ordinary stop', async () => {
    await register();
    await alive();
    libvirtd.inflict('web', 'qemu-killed');
    await until(async () => expect(await rows()).toMatchObject([{ type: 'VM', status: 'finished' }]));
    expect(actsOn('web')).toEqual(['create', 'stop', 'start']);
    libvirtd.inflict('web', 'start');
    libvirtd.inflict('db', 'panic-silent');
    await until(async () => expect(await rows()).toMatchObject([{}, { status: 'finished' }]));
    expect(actsOn('db')).toEqual(['create', 'stop', 'start']);
    libvirtd.inflict('web', 'destroy');
    await until(() => expect(monitor.said()).toContain('"to":"stopped"'));
    expect((await rows()).map(({ payload }) => payload)).toEqual([
      { event: 'LIFECYCLE', vir_domain_event: 'STOPPED_FAILED', instance_uuid: uuidOf('web') },
      { event: 'QEMU_GUEST_AGENT_ERROR', vir_domain_event: 'STOPPED_FAILED', instance_uuid: uuidOf('db') },
    ]);
    expect(told('notification delivered')).toMatchObject([{ duplicate: false }, { duplicate: false }]);
  });

  it('is declined while its host is in no segment or on maintenance, keeps what it has, and has it recovered after', async () => {
    await alive();
    libvirtd.inflict('web', 'qemu-killed');
    await until(() => expect(told('a notification was declined')).toMatchObject([{ code: 'host-unknown' }]));
    const path = await register();
    await until(async () => expect(await rows()).toMatchObject([{ status: 'finished' }]));
    expect(actsOn('web')).toEqual(['create', 'stop', 'start']);

    await masakari.ask('PUT', path, { host: { on_maintenance: true } });
    libvirtd.inflict('db', 'qemu-killed');
    await until(() => expect(told('was declined').at(-1)).toMatchObject({ code: 'host-on-maintenance' }));
    await masakari.ask('PUT', path, { host: { on_maintenance: false } });
    await until(async () => expect(await rows()).toMatchObject([{}, { status: 'finished' }]));
    expect(actsOn('db')).toEqual(['create', 'stop', 'start']);
  });

  it('says that a second crash within the window of duplicates is dropped, and which one it is taken for', async () => {
    await register();
    await alive();
    for (let turn = 1; turn <= 2; turn += 1) {
      libvirtd.inflict('web', 'qemu-killed');
      await until(() => expect(told('notification delivered')).toHaveLength(turn));
      libvirtd.inflict('web', 'start');
      await until(() => expect(told('guest was heard again')).toHaveLength(turn));
    }
    expect(await rows()).toHaveLength(1);
    const [first, second] = told('notification delivered');
    expect(second).toMatchObject({ duplicate: true, notification: first?.notification });
    expect(told('takes a failure for a repetition')).toMatchObject([{ notification: first?.notification }]);
  });

  it('files once and is recovered once, killed again and again while Masakari is away and back', async () => {
    await register();
    await alive();
    await masakari.stop();
    libvirtd.inflict('web', 'qemu-killed');
    await until(() => expect(told('they wait on this host')).not.toHaveLength(0));
    await monitor.kill('SIGKILL');
    await masakari.start();
    for (const turn of [1, 2, 3]) {
      monitor.start();
      await until(() => expect(told('monitor starts').length).toBeGreaterThan(turn));
      await monitor.kill('SIGKILL');
    }
    monitor.start();
    await until(async () => expect(await rows()).toMatchObject([{ status: 'finished' }]));
    expect(actsOn('web')).toEqual(['create', 'stop', 'start']);
  });
});
