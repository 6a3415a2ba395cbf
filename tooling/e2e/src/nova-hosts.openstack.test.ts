import { randomBytes } from 'node:crypto';
import type { NotificationDetail } from '@instance-ha/contracts';
import { createOpenStackLab } from '@instance-ha/openstack-lab';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { eventually } from './eventually.ts';
import { Stack } from './stack.ts';

/** A lab that is up already may be named; else one is brought up, and taken down after. */
const given = process.env.INSTANCE_HA_OPENSTACK_LAB;
const lab = createOpenStackLab({
  ...(given === undefined ? {} : { dir: given }),
  onProgress: ({ text }) => process.stderr.write(`openstack lab: ${text}\n`),
});
const [dead, ...others] = ['os-fake1', 'os-fake2', 'os-fake3'] as const;
const count = 20;

let stack: Stack;
const booted: string[] = [];

beforeAll(async () => {
  await lab.up();
  await inService(dead);
  const who = lab.credentials('instance-ha');
  stack = await Stack.start([], {
    workers: 2,
    env: {
      OS_WORKER__DRIVER: 'nova',
      OS_HOST_FAILURE__AUTO_RETURN: 'True',
      OS_OPENSTACK__AUTH_URL: who.authUrl,
      OS_OPENSTACK__USERNAME: who.username,
      OS_OPENSTACK__PASSWORD: who.password,
      OS_OPENSTACK__USER_DOMAIN_NAME: who.userDomainName,
      OS_OPENSTACK__PROJECT_NAME: who.projectName,
      OS_OPENSTACK__PROJECT_DOMAIN_NAME: who.projectDomainName,
      OS_OPENSTACK__REGION_NAME: who.regionName,
    },
  });
  const { body: segment } = await stack.api.v2.segments.create({
    body: { name: `rack-${randomBytes(3).toString('hex')}` },
  });
  for (const name of [dead, ...others])
    await stack.api.v2.hosts.create({ body: { name, segmentUuid: segment.segment.uuid } });
});
afterAll(async () => {
  await stack?.stop();
  for (const id of booted) await lab.remove(id);
  await lab.computes.start(dead);
  await inService(dead);
  if (given === undefined) await lab.down({ wipe: true });
});

describe('a compute host of Nova that dies', () => {
  it(`has its ${count} instances evacuated, each once, though the worker is killed in the middle; and is taken back`, async () => {
    onTestFailed(() => console.error(stack.logs()));
    for (let n = 1; n <= count; n += 1) booted.push((await lab.boot({ name: `ha-${n}`, host: dead })).id);
    const [stopped = '', locked = ''] = booted;
    await act(stopped, { 'os-stop': null });
    await eventually(`${stopped} is off`, 30_000, async () => (await lab.show(stopped)).status === 'SHUTOFF');
    await act(locked, { lock: null });
    const before = await evacuations();
    const all = await serversOn(dead); // A lab that was up already may have others there.
    await lab.computes.kill(dead);

    const startedMs = performance.now();
    const uuid = await file('STOPPED');
    await eventually(
      'some are on their way',
      60_000,
      async () => (await evacuations()).length - before.length >= 3,
    );
    const [victim] = stack.workers;
    await victim?.kill();
    victim?.start();

    const detail = await untilEnded(uuid, 240_000);
    console.error(
      `${count} evacuated in ${((performance.now() - startedMs) / 1000).toFixed(1)} s, a worker killed meanwhile`,
    );
    expect(`${detail.notification.status}: ${detail.notification.message}`).toBe(
      `finished: ${count} evacuated`,
    );
    const servers = await Promise.all(booted.map(id => lab.show(id)));
    expect(servers.filter(server => server['OS-EXT-SRV-ATTR:host'] === dead)).toEqual([]);
    expect(servers.map(({ status }) => status)).toEqual([
      'SHUTOFF',
      ...Array.from({ length: count - 1 }, () => 'ACTIVE'),
    ]);
    expect((await evacuations()).length - before.length, 'none was evacuated twice').toBe(all.length);
    const { body } = await stack.api.v2.vmoves.list({ query: { notificationUuid: uuid, limit: 100 } });
    expect(body.vmoves.map(({ status }) => status)).toEqual(all.map(() => 'succeeded'));
    expect(new Set(body.vmoves.map(({ destHost }) => destHost))).toEqual(new Set(others));

    const back = await file('STARTED');
    await lab.computes.start(dead);
    const returned = await untilEnded(back, 180_000);
    expect(returned.notification.message).toBe('it is back: enabled, and no longer on maintenance');
  }, 900_000);
});

const act = (id: string, body: object): Promise<unknown> =>
  lab.api().call('compute', { method: 'POST', path: `/servers/${id}/action`, body, microversion: '2.73' });

/** As a host is that nothing has befallen. */
async function inService(host: string): Promise<void> {
  const told = { path: `/os-services?binary=nova-compute&host=${host}`, microversion: '2.53' };
  const { services } = await lab.api().call<{ services: { id: string }[] }>('compute', told);
  const body = { status: 'enabled', forced_down: false };
  const path = `/os-services/${services[0]?.id}`;
  await eventually(`${host} is in service`, 60_000, async () => {
    await lab.api().call('compute', { method: 'PUT', path, body, microversion: '2.53' });
    return true;
  });
}

async function serversOn(host: string): Promise<string[]> {
  const path = `/servers?all_tenants=true&host=${host}`;
  const { servers } = await lab
    .api()
    .call<{ servers: { id: string }[] }>('compute', { path, microversion: '2.1' });
  return servers.map(({ id }) => id);
}

async function evacuations(): Promise<{ uuid: string }[]> {
  const path = `/os-migrations?migration_type=evacuation&source_compute=${dead}&limit=1000`;
  return (await lab.api().call<{ migrations: { uuid: string }[] }>('compute', { path, microversion: '2.80' }))
    .migrations;
}

async function file(event: 'STOPPED' | 'STARTED'): Promise<string> {
  const at = new Date().toISOString();
  const { body } = await stack.api.v2.notifications.create({
    body: {
      incidentKey: `host/${dead}/${event}/${Date.now()}`,
      host: dead,
      faultAt: at,
      detectedAt: at,
      payload: { type: 'COMPUTE_HOST', event, hostStatus: 'NORMAL', clusterStatus: 'OFFLINE' },
      evidence: null,
    },
  });
  return body.notification.uuid;
}

async function untilEnded(uuid: string, timeoutMs: number): Promise<NotificationDetail> {
  let detail: NotificationDetail | undefined;
  await eventually(`notification ${uuid} has ended`, timeoutMs, async () => {
    detail = (await stack.api.v2.notifications.get({ params: { uuid } })).body;
    if (!detail.notification.endedAt)
      throw new Error(`${detail.notification.status}: ${detail.notification.message}`);
    return true;
  });
  if (!detail) throw new Error('unreachable');
  return detail;
}
