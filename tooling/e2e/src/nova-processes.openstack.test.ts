/** A real nova-compute that dies: watched by a real monitor, restarted by it, its service taken out and back by a real Nova. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFakeLibvirtd } from '@instance-ha/libvirt-rpc/fake-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { SegmentBook, untilEnded } from './incidents.ts';
import { fakeHosts, tellOnFailure, useNova } from './nova-fixture.ts';

const [host] = fakeHosts;
let others: string[] = [];
const folder = mkdtempSync(join(tmpdir(), 'iha-nova-processes-'));
const restartIt = join(folder, 'restart-it');
const libvirtd = createFakeLibvirtd({ guests: [{ name: 'web' }] });
const labProgram = fileURLToPath(new URL('../../openstack-lab/src/main.ts', import.meta.url));

const ground = useNova(async cloud => {
  // A monitor takes the oldest nova-compute of its machine for its own: here the machine is of one host alone.
  others = cloud.lab.status().computes.flatMap(one => (one.host === host ? [] : [one.host]));
  for (const other of others) await cloud.lab.computes.kill(other);
  const socket = join(folder, 'libvirt-sock');
  await libvirtd.listen(socket);
  restartBy(
    `exec ${process.execPath} --conditions=@instance-ha/source ${labProgram} start ${host} --state ${cloud.lab.dir}`,
  );
  return {
    hosts: [{ name: host, uri: `qemu+unix:///system?socket=${encodeURI(socket)}` }],
    env: {
      ...cloud.environment(),
      OS_PROCESS__PROCESSES: 'nova-compute',
      OS_PROCESS__CHECK_INTERVAL: '1',
      OS_PROCESS__RESTART_COMMANDS: `nova-compute=${restartIt}`,
    },
  };
});
afterAll(async () => {
  for (const other of others) await ground.cloud.lab.computes.start(other);
  await libvirtd.close();
  rmSync(folder, { recursive: true, force: true });
});

let book: SegmentBook;
beforeAll(async () => {
  book = await SegmentBook.make(ground.stack.api, [host]);
});

/** What the command of the host does that restarts nova-compute. */
function restartBy(line: string): void {
  writeFileSync(restartIt, `#!/bin/sh\n${line}\n`);
  chmodSync(restartIt, 0o755);
}

/** The newest of so many that tell of it. */
async function filed(event: 'STOPPED' | 'STARTED', count: number): Promise<string> {
  let newest = '';
  await eventually(`${event} ${count} of nova-compute is filed`, 60_000, async () => {
    const { body } = await ground.stack.api.v2.notifications.list({
      query: { type: 'COMPUTE_PROCESS', host, limit: 100 },
    });
    const found = body.notifications.filter(
      ({ payload }) => payload.type === 'COMPUTE_PROCESS' && payload.event === event,
    );
    newest = found[0]?.uuid ?? '';
    return found.length === count;
  });
  return newest;
}
const service = () => ground.cloud.service(host);

describe('a nova-compute that is killed', () => {
  it('is restarted by the monitor of its host, and finished once Nova hears it', async () => {
    tellOnFailure(ground);
    await ground.cloud.lab.computes.kill(host);
    const { notification } = await untilEnded(ground.stack.api, await filed('STOPPED', 1), 120_000);
    expect(`${notification.status}: ${notification.message}`).toMatch(/^finished: restarted/);
    expect(await service()).toMatchObject({ state: 'up', status: 'enabled', forced_down: false });
    await untilEnded(ground.stack.api, await filed('STARTED', 1), 60_000);
    expect((await book.host(host)).onMaintenance).toBe(false);
  });

  it('and cannot be restarted is taken out of service, and back once it runs', async () => {
    tellOnFailure(ground);
    restartBy('echo no such unit >&2; exit 5');
    await ground.cloud.lab.computes.kill(host);
    const { notification } = await untilEnded(ground.stack.api, await filed('STOPPED', 2), 150_000);
    expect(notification.status).toBe('failed');
    expect(notification.message).toContain('disabled');
    expect(await service()).toMatchObject({ status: 'disabled' });
    expect((await book.host(host)).onMaintenance).toBe(false);

    await ground.cloud.lab.computes.start(host);
    const back = await untilEnded(ground.stack.api, await filed('STARTED', 2), 90_000);
    expect(back.notification.status).toBe('finished');
    expect((await service()).status).toBe('enabled');
    await eventually('Nova hears it', 30_000, async () => (await service()).state === 'up');
  });
});
