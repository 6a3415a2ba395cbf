/** A configuration comes from the API to running monitors and a worker: all real processes, on libvirtds of scripted guests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewOperation, OperationDetail } from '@instance-ha/contracts';
import { createFakeLibvirtd } from '@instance-ha/libvirt-rpc/fake-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { Stack } from './stack.ts';

const hosts = ['node-a', 'node-b'] as const;
type Host = (typeof hosts)[number];

let stack: Stack;
const ports = new Map<string, number>();
const stops: (() => unknown)[] = [];

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'iha-rollout-'));
  stops.push(() => rmSync(folder, { recursive: true, force: true }));
  const places = [];
  for (const name of hosts) {
    const libvirtd = createFakeLibvirtd({ guests: [{ name: `web-${name}` }] });
    await libvirtd.listen(join(folder, name));
    stops.push(() => libvirtd.close());
    ports.set(name, await freePort());
    places.push({ name, uri: `qemu+unix:///system?socket=${join(folder, name)}` });
  }
  stack = await Stack.start(places, {
    env: { OS_DEFAULT__INSTANCE_CHECK_INTERVAL: undefined },
    monitorEnv: host => ({ OS_MONITOR__METRICS_PORT: String(ports.get(host)) }),
  });
  stops.push(() => stack.stop());
  await eventually('all services ask what to run', 30_000, async () => {
    const { services } = (await stack.api.v2.services.list()).body;
    return services.length === 3 && services.every(({ state }) => state === 'current');
  });
}, 180_000);
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
}, 60_000);

async function metric(host: Host, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${ports.get(host)}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
}
const interval = (host: Host) => metric(host, 'vmha_check_interval_seconds');
const untilInterval = (host: Host, seconds: number) =>
  eventually(`${host} asks every ${seconds} s`, 30_000, async () => (await interval(host)) === seconds);

/** Saves it over what is there; answers its revision. */
async function save(text: string): Promise<number> {
  const { configuration } = stack.api.v2;
  const params = { file: 'instance-ha.conf' as const };
  const { etag } = (await configuration.get({ params })).body;
  return (await configuration.save({ params, headers: { 'if-match': etag }, body: { text } })).body.revision;
}
const every = (seconds: number, more = '') => `[DEFAULT]\ninstance_check_interval = ${seconds}\n${more}`;

const begin = async (revision: number, told: Partial<NewOperation> = {}): Promise<number> =>
  (await stack.api.v2.operations.create({ body: { kind: 'reconfigure', revision, ...told } })).body.operation
    .id;
const look = async (id: number): Promise<OperationDetail> =>
  (await stack.api.v2.operations.get({ params: { id: String(id) } })).body;
const statesOf = ({ rows }: OperationDetail): string =>
  rows.map(({ host, service, state }) => `${host} ${service} ${state}`).join(', ');

async function untilStates(id: number, states: string): Promise<OperationDetail> {
  let found = await look(id);
  await eventually(`operation ${id} stands so: ${states}`, 60_000, async () => {
    found = await look(id);
    if (statesOf(found) !== states) throw new Error(`it stands so: ${statesOf(found)}`);
    return true;
  });
  return found;
}
const allApplied = 'node-a monitor applied, node-b monitor applied, worker-1 worker applied';

it('an interval of 30 s becomes 5 s on both monitors; a worker takes it too', async () => {
  expect(await Promise.all(hosts.map(interval))).toEqual([30, 30]);
  const revision = await save(every(5));
  expect(await Promise.all(hosts.map(interval))).toEqual([30, 30]); // Nothing is applied by a save.
  const id = await begin(revision);
  const { operation } = await untilStates(id, allApplied);
  expect(operation).toMatchObject({ state: 'finished', progress: { total: 3, applied: 3 } });
  for (const host of hosts) await untilInterval(host, 5);
  const { services } = (await stack.api.v2.services.list()).body;
  expect(services.map(({ host, service, revision, state }) => [host, service, revision, state])).toEqual([
    ['node-a', 'monitor', revision, 'current'],
    ['node-b', 'monitor', revision, 'current'],
    ['worker-1', 'worker', revision, 'current'],
  ]);
}, 120_000);

it('a monitor that is killed in the middle of a roll-out is shown as such, and catches up when it is back', async () => {
  const revision = await save(every(7));
  stack.monitor('node-a').freeze(); // Holds the roll-out in its middle.
  const id = await begin(revision, { atOnce: 1, answerWithinMs: 10_000, onFailure: 'go-on' });
  await untilStates(id, 'node-a monitor applying, node-b monitor pending, worker-1 worker pending');
  await stack.monitor('node-b').kill();
  stack.monitor('node-a').thaw();
  const { operation, rows } = await untilStates(
    id,
    'node-a monitor applied, node-b monitor not-answering, worker-1 worker applied',
  );
  expect(operation).toMatchObject({ state: 'finished', progress: { applied: 2, notAnswering: 1 } });
  expect(rows[1]).toMatchObject({
    running: revision - 1,
    error: expect.stringContaining('was not heard of'),
  });
  stack.monitor('node-b').start();
  await untilStates(id, allApplied);
  await untilInterval('node-b', 7);
}, 120_000);

it('an API that is killed in the middle of a roll-out goes on with it when it is back; a worker begins anew for its part', async () => {
  const { pid } = stack.workers[0] ?? { pid: 0 };
  const before = (await stack.api.v2.workers.list()).body.workers[0]?.name;
  const revision = await save(every(9, '[worker]\nconcurrency = 3\n'));
  stack.monitor('node-a').freeze();
  const id = await begin(revision, { atOnce: 1 });
  await untilStates(id, 'node-a monitor applying, node-b monitor pending, worker-1 worker pending');
  await stack.apiService.kill();
  stack.apiService.start();
  await stack.untilApiReady();
  expect(statesOf(await look(id))).toContain('node-a monitor applying');
  stack.monitor('node-a').thaw();
  await untilStates(id, allApplied);
  expect(stack.workers[0]?.pid).toBe(pid);
  await eventually('the worker claims under a new name', 30_000, async () => {
    const { workers } = (await stack.api.v2.workers.list()).body;
    return workers.length === 1 && workers[0]?.name !== before && !workers[0]?.silent;
  });
}, 120_000);

it('a monitor whose own environment forbids the new text keeps the old one and says why; the others turn back', async () => {
  await stack.monitor('node-b').stop();
  stack.monitor('node-b').start({ OS_MONITOR__PING_TIMEOUT: '9' });
  await stack.untilWatching('node-b');
  const id = await begin(await save(every(6)), { onFailure: 'roll-back', atOnce: 1 });
  const { operation, rows } = await untilStates(
    id,
    'node-a monitor rolled-back, node-b monitor failed, worker-1 worker skipped',
  );
  expect(operation.state).toBe('rolled-back');
  expect(rows[1]?.error).toContain('expected ping_timeout (9 s) to be at most instance_check_interval (6 s)');
  expect(rows[1]?.error).toContain('environment OS_MONITOR__PING_TIMEOUT');
  await untilInterval('node-a', 9);
  expect(await interval('node-b')).toBe(9);
  await stack.monitor('node-b').stop();
  stack.monitor('node-b').start({ OS_MONITOR__PING_TIMEOUT: '1' });
  await stack.untilWatching('node-b');
}, 120_000);

it('what needs a restart lets a monitor begin anew in its own process; what was pushed counts while the API is away', async () => {
  const { pid } = stack.monitor('node-a');
  const revision = await save(every(8, '[worker]\nconcurrency = 3\n[monitor]\nspool_max = 500\n'));
  const { body } = await stack.api.v2.configuration.preview({ body: { revision } });
  expect(body.hosts.map(({ host, restarts }) => [host, restarts])).toEqual([
    ['node-a', ['monitor']],
    ['node-b', ['monitor']],
    ['worker-1', ['monitor']],
  ]);
  await untilStates(await begin(revision), allApplied);
  await untilInterval('node-a', 8);
  expect(stack.monitor('node-a').pid).toBe(pid);
  await stack.untilWatching('node-a');

  await stack.apiService.stop();
  await stack.monitor('node-a').kill();
  stack.monitor('node-a').start();
  await untilInterval('node-a', 8);
  expect(await metric('node-a', 'vmha_configuration_revision')).toBe(revision);
}, 120_000);
