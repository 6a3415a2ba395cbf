import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NotificationDetail, NotificationSummary } from '@instance-ha/contracts';
import { runCommand, sendSignal } from '@instance-ha/lab/tools';
import { createOpenStackLab, guestFlavor, guestImage } from '@instance-ha/openstack-lab';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { eventually } from './eventually.ts';
import { NovaCloud, protectedBy } from './nova-cloud.ts';
import { Stack } from './stack.ts';

/** A lab that is up already may be named; else one is brought up, and taken down after. */
const given = process.env.INSTANCE_HA_OPENSTACK_LAB;
const compute = 'os-kvm1';
const lab = createOpenStackLab({
  ...(given === undefined ? {} : { dir: given }),
  kvmComputes: [compute],
  clients: true,
  onProgress: ({ text }) => process.stderr.write(`openstack lab: ${text}\n`),
});

const cloud = new NovaCloud(lab);
let stack: Stack;
let uri: string;
const booted: string[] = [];

beforeAll(async () => {
  await lab.up();
  ({ uri } = await lab.guestHost(compute));
  stack = await Stack.start([{ name: compute, uri }], { workers: 2, env: cloud.environment() });
});
afterEach(async () => {
  await Promise.all(booted.splice(0).map(id => lab.remove(id)));
});
afterAll(async () => {
  await stack?.stop();
  if (given === undefined) await lab.down({ wipe: true });
});

describe('an instance of Nova that fails', () => {
  it('is restarted through Nova and heard again: QEMU killed', async () => {
    const id = await guest('killed');
    signalQemu(await domainOf(id), 'SIGKILL');
    await expectRecovered(id, /^qemu-failed$/);
  });

  it('is restarted through Nova and heard again: QEMU frozen, seen by missed heartbeats alone', async () => {
    const id = await guest('frozen');
    signalQemu(await domainOf(id), 'SIGSTOP');
    await expectRecovered(id, /^heartbeat-lost$/);
  });

  it('is restarted through Nova and heard again: a kernel that panics and tells nobody', async () => {
    const id = await guest('panicked');
    const panic = { path: '/bin/sh', arg: ['-c', 'sleep 1; echo c > /proc/sysrq-trigger'] };
    const command = JSON.stringify({ execute: 'guest-exec', arguments: panic });
    await runCommand('virsh', ['--connect', uri, 'qemu-agent-command', id, command], { timeoutMs: 15_000 });
    await expectRecovered(id, /^heartbeat-lost$/);
  });

  it('is recovered again when it crashes a second time, half a minute later', async () => {
    const id = await guest('twice');
    for (const count of [1, 2]) {
      signalQemu(await domainOf(id), 'SIGKILL');
      await expectRecovered(id, /^qemu-failed$/, count);
    }
  });
});

describe('what a user does by the openstack command', () => {
  it.each<[string, string[], string]>([
    ['stop', ['stop'], 'SHUTOFF'],
    ['reboot', ['reboot'], 'ACTIVE'],
    ['hard reboot', ['reboot', '--hard'], 'ACTIVE'],
    ['pause', ['pause'], 'PAUSED'],
    ['suspend', ['suspend'], 'SUSPENDED'],
  ])('%s is no failure', async (_name, args, status) => {
    const id = await guest('wished');
    await openstack('server', ...args, id);
    await cloud.untilStatus(id, status);
    await quietFor(12_000, id);
  });

  it('delete is no failure', async () => {
    const id = await guest('deleted');
    await openstack('server', 'delete', '--wait', id);
    booted.splice(booted.indexOf(id), 1);
    await quietFor(12_000, id);
  });
});

async function openstack(...args: string[]): Promise<void> {
  const { auth } = lab.status();
  if (!auth) throw new Error('the lab is up, and tells whom to be');
  const env = { PATH: process.env.PATH ?? '', OS_CLIENT_CONFIG_FILE: auth.cloudsYaml, OS_CLOUD: auth.cloud };
  await runCommand('openstack', args, { timeoutMs: 60_000, env });
}

/** A server whose guest the monitor has heard. */
async function guest(name: string): Promise<string> {
  onTestFailed(() => console.error(stack.logs()));
  const { id } = await lab.boot({
    name,
    host: compute,
    flavor: guestFlavor,
    image: guestImage,
    metadata: protectedBy,
  });
  booted.push(id);
  await untilAlive(id);
  return id;
}

const untilAlive = (id: string): Promise<void> =>
  eventually(`${id} is heard`, 90_000, async () => {
    const { guest: seen } = (await stack.api.v2.guests.get({ params: { uuid: id } })).body;
    return seen.phase === 'alive';
  });

async function domainOf(id: string): Promise<string> {
  const { stdout } = await runCommand('virsh', ['--connect', uri, 'domname', id], { timeoutMs: 15_000 });
  return stdout.trim();
}

function signalQemu(domain: string, signal: 'SIGKILL' | 'SIGSTOP'): void {
  const socket = new URL(uri).searchParams.get('socket') ?? '';
  const pid = Number(readFileSync(join(dirname(socket), 'qemu', `${domain}.pid`), 'utf8').trim());
  expect(pid).toBeGreaterThan(1);
  sendSignal(pid, signal);
}

async function notificationsOf(id: string): Promise<NotificationSummary[]> {
  return (await stack.api.v2.notifications.list({ query: { instance: id } })).body.notifications;
}

async function expectRecovered(id: string, fault: RegExp, count = 1): Promise<void> {
  let detail: NotificationDetail | undefined;
  await eventually(`notification ${count} of ${id} has ended`, 150_000, async () => {
    const found = await notificationsOf(id);
    if (found.length !== count || !found[0]?.endedAt)
      throw new Error(found.map(one => `${one.status} (${one.message})`).join(', ') || 'there is none');
    detail = (await stack.api.v2.notifications.get({ params: { uuid: found[0].uuid } })).body;
    return true;
  });
  expect(`${detail?.notification.status}: ${detail?.notification.message}`).toMatch(
    /^finished: .*heard again/,
  );
  const { payload } = detail?.notification ?? {};
  expect(payload?.type === 'COMPUTE_INSTANCE' && payload.fault).toMatch(fault);
  const server = await lab.show(id);
  expect([server.status, server['OS-EXT-SRV-ATTR:host']]).toEqual(['ACTIVE', compute]);
  await untilAlive(id);
  console.error(
    `${id}: ${detail?.timeline.map(({ phase, offsetMs }) => `${phase} ${(offsetMs / 1000).toFixed(2)} s`).join(' · ')}`,
  );
}

async function quietFor(ms: number, id: string): Promise<void> {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs) {
    expect(await notificationsOf(id)).toEqual([]);
    await new Promise(resolve => setTimeout(resolve, 500));
  }
}
