import { type HostControlWorld, hostControlConformance } from '@instance-ha/ports/conformance';
import { systemClock } from '@instance-ha/runtime';
import { afterEach, describe, it } from 'vitest';
import { fakeWorld } from '../../testing/fake-world.ts';
import { quietLogger } from '../../testing/quiet-logger.ts';
import { createNovaHostControl } from './control.ts';

describe('the host control before a fake Nova', () => {
  const opened: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });

  async function world(): Promise<HostControlWorld> {
    const opening = await fakeWorld();
    const { fake, openstack } = opening;
    opened.push(() => opening.close());
    return {
      control: createNovaHostControl({ nova: openstack.nova, clock: systemClock, log: quietLogger }),
      host: 'fake1',
      otherHosts: ['fake2', 'fake3'],
      running: fake.cloud.addServer({ host: 'fake1' }).id,
      stopped: fake.cloud.addServer({ host: 'fake1', vmState: 'stopped' }).id,
      restartHost: async () => fake.cloud.startCompute('fake1'),
      fallSilent: async () => fake.fallSilent(),
      pause: async () => systemClock.sleep(2),
    };
  }

  for (const { name, check } of hostControlConformance) it(name, async () => check(await world()));
});
