import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { endOf, fileHost, instanceFailure, movesOf, SegmentBook, untilEnded } from './incidents.ts';
import { fakeHosts, tellOnFailure, useNova } from './nova-fixture.ts';
import { OpenStackProxy, type Trouble } from './openstack-proxy.ts';

const [one, two, three] = fakeHosts;
/** How long a service is away, or slow; errors and garbage last a third of it. `INSTANCE_HA_OUTAGE_SECONDS=60` for a longer one. */
const outageMs = Number(process.env.INSTANCE_HA_OUTAGE_SECONDS ?? 20) * 1000;

let nova: OpenStackProxy;
let keystone: OpenStackProxy;
const ground = useNova(async cloud => {
  const { compute, identity } = cloud.lab.endpoints();
  nova = await OpenStackProxy.before(compute);
  keystone = await OpenStackProxy.before(identity);
  return {
    workers: 2,
    env: {
      ...cloud.environment({ nova: nova.url, keystone: keystone.url }),
      OS_HOST_FAILURE__FAILURE_RATIO: '1',
    },
  };
});
afterAll(async () => {
  await Promise.all([nova?.close(), keystone?.close()]);
});

describe('Nova and Keystone in trouble while instances and a host are recovered', () => {
  it('nothing is lost, nothing is done twice, and all goes on by itself', async () => {
    tellOnFailure(ground);
    const { cloud, stack } = ground;
    await SegmentBook.make(stack.api, fakeHosts);
    const onHost = await cloud.boot(6, { host: one, prefix: 'outage' });
    const single = await cloud.boot(7, { host: three, prefix: 'single' });
    const all = await cloud.serversOn(one);
    const before = (await cloud.evacuationsFrom(one)).length;

    // Workers without a token, and nobody who gives one.
    for (const worker of stack.workers) await worker.kill();
    await keystone.suffer('away');
    for (const worker of stack.workers) worker.start();
    await cloud.lab.computes.kill(one);
    const uuid = await fileHost(stack.api, one, 'STOPPED');
    const filed: string[] = [];
    const fail = async (): Promise<void> => {
      const instance = single[filed.length] ?? '';
      const body = instanceFailure({ uuid: instance, host: three, incident: `outage/${randomUUID()}` });
      filed.push((await stack.api.v2.notifications.create({ body })).body.notification.uuid);
    };
    await fail();
    await pause(outageMs);
    await through(keystone, ['errors', 'garbage'], fail);
    await eventually('an evacuation is under way', 90_000, async () => {
      return (await cloud.evacuationsFrom(one)).length > before;
    });
    await through(nova, ['away', 'errors', 'slow', 'garbage'], fail);

    const detail = await untilEnded(stack.api, uuid, 240_000);
    expect(endOf(detail)).toBe(`finished: ${all.length} evacuated`);
    expect((await cloud.evacuationsFrom(one)).length - before, 'none twice').toBe(all.length);
    const moves = await movesOf(stack.api, uuid);
    expect(all.map(id => moves.get(id)?.status)).toEqual(all.map(() => 'succeeded'));
    expect(new Set((await cloud.servers(onHost)).map(server => server['OS-EXT-SRV-ATTR:host']))).toEqual(
      new Set([two, three]),
    );
    const failed = single.slice(0, filed.length);
    for (const each of filed) expect(endOf(await untilEnded(stack.api, each, 240_000))).toMatch(/^finished/);
    for (const id of failed) expect(await cloud.actionsOf(id)).toEqual(['create', 'stop', 'start']);
    expect((await cloud.servers(failed)).map(({ status }) => status)).toEqual(failed.map(() => 'ACTIVE'));
  }, 900_000);
});

/** One trouble after the other, an instance failing in each. */
async function through(
  proxy: OpenStackProxy,
  troubles: readonly Trouble[],
  fail: () => Promise<void>,
): Promise<void> {
  for (const trouble of troubles) {
    await proxy.suffer(trouble);
    console.error(`${new Date().toISOString()} ${proxy.url}: ${trouble}`);
    await fail();
    await pause(trouble === 'away' || trouble === 'slow' ? outageMs : outageMs / 3);
  }
  await proxy.suffer('none');
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
