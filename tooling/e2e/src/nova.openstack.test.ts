import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NotificationDetail, NotificationSummary } from '@instance-ha/contracts';
import { runCommand, sendSignal } from '@instance-ha/lab/tools';
import { createOpenStackLab, guestFlavor, guestImage, type Server } from '@instance-ha/openstack-lab';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { eventually } from './eventually.ts';
import { Stack } from './stack.ts';

/** A lab that is up already may be named; else one is brought up, and taken down after. */
const given = process.env.INSTANCE_HA_OPENSTACK_LAB;
const compute = 'os-kvm1';
const lab = createOpenStackLab({
  ...(given === undefined ? {} : { dir: given }),
  kvmComputes: [compute],
  onProgress: ({ text }) => process.stderr.write(`openstack lab: ${text}\n`),
});

let stack: Stack;
let uri: string;
const booted: string[] = [];

beforeAll(async () => {
  await lab.up();
  ({ uri } = await lab.guestHost(compute));
  const who = lab.credentials('instance-ha');
  stack = await Stack.start([{ name: compute, uri }], {
    workers: 2,
    env: {
      OS_WORKER__DRIVER: 'nova',
      OS_OPENSTACK__AUTH_URL: who.authUrl,
      OS_OPENSTACK__USERNAME: who.username,
      OS_OPENSTACK__PASSWORD: who.password,
      OS_OPENSTACK__USER_DOMAIN_NAME: who.userDomainName,
      OS_OPENSTACK__PROJECT_NAME: who.projectName,
      OS_OPENSTACK__PROJECT_DOMAIN_NAME: who.projectDomainName,
      OS_OPENSTACK__REGION_NAME: who.regionName,
    },
  });
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

  it('is recovered again when it crashes a second time, half a minute later', async () => {
    const id = await guest('twice');
    for (const count of [1, 2]) {
      signalQemu(await domainOf(id), 'SIGKILL');
      await expectRecovered(id, /^qemu-failed$/, count);
    }
  });
});

describe('what a user does by Nova', () => {
  it.each<[string, object, (id: string) => Promise<void>]>([
    ['stop', { 'os-stop': null }, id => untilStatus(id, 'SHUTOFF')],
    ['reboot', { reboot: { type: 'SOFT' } }, id => untilStatus(id, 'ACTIVE')],
    ['hard reboot', { reboot: { type: 'HARD' } }, id => untilStatus(id, 'ACTIVE')],
    ['pause', { pause: null }, id => untilStatus(id, 'PAUSED')],
    ['suspend', { suspend: null }, id => untilStatus(id, 'SUSPENDED')],
  ])('%s is no failure', async (_name, action, settled) => {
    const id = await guest('wished');
    await lab.api().call('compute', { method: 'POST', path: `/servers/${id}/action`, body: action });
    await settled(id);
    await quietFor(12_000, id);
  });

  it('delete is no failure', async () => {
    const id = await guest('deleted');
    await lab.remove(id);
    booted.splice(booted.indexOf(id), 1);
    await quietFor(12_000, id);
  });
});

/** A server whose guest the monitor has heard. */
async function guest(name: string): Promise<string> {
  onTestFailed(() => console.error(stack.logs()));
  const { id } = await lab.boot({ name, host: compute, flavor: guestFlavor, image: guestImage });
  booted.push(id);
  await untilAlive(id);
  return id;
}

const untilAlive = (id: string): Promise<void> =>
  eventually(`${id} is heard`, 90_000, async () => {
    const { guest: seen } = (await stack.api.v2.guests.get({ params: { uuid: id } })).body;
    return seen.phase === 'alive';
  });

const untilStatus = (id: string, status: string): Promise<void> =>
  eventually(`${id} is ${status}`, 60_000, async () => {
    const server = (await lab.show(id)) as Server & { 'OS-EXT-STS:task_state'?: string | null };
    return server.status === status && !server['OS-EXT-STS:task_state'];
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
