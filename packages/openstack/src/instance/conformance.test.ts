import { type InstanceControlWorld, instanceControlConformance } from '@instance-ha/ports/conformance';
import { systemClock } from '@instance-ha/runtime';
import { afterEach, describe, it } from 'vitest';
import { fakeWorld } from '../../testing/fake-world.ts';
import { quietLogger } from '../../testing/quiet-logger.ts';
import type { FakeCloud } from '../fake-nova.ts';
import { createNovaInstanceControl } from './control.ts';

describe('the instance control before a fake Nova', () => {
  const opened: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });

  async function world(noticed: boolean): Promise<InstanceControlWorld> {
    const opening = await fakeWorld();
    const { fake, openstack } = opening;
    opened.push(() => opening.close());
    const { nova } = openstack;
    const control = createNovaInstanceControl({ nova, clock: systemClock, log: quietLogger });
    const { id } = fake.cloud.addServer({ host: 'fake1' });
    return {
      control,
      ref: { instanceUuid: id, host: 'fake1' },
      make: async condition => makers(fake.cloud, id, noticed)[condition](),
      restartBySomebody: async () => begin(fake.cloud, id, 'reboot'),
      fallSilent: async () => fake.fallSilent(),
      loseHost: async () =>
        void Object.assign(fake.cloud.service('fake1'), { running: false, stoppedAtMs: 0 }),
      tellsLives: true,
    };
  }

  for (const { name, check } of instanceControlConformance) {
    it(name, async () => check(await world(false)));
    it(`${name} (Nova has noticed the crash)`, async () => check(await world(true)));
  }
});

const user = { userId: 'a-user', requestId: '' };

/** Somebody does it, at once. */
function begin(cloud: FakeCloud, id: string, action: 'start' | 'stop' | 'reboot'): void {
  const server = cloud.server(id);
  server.record(action, { ...user, requestId: `req-${Math.random()}` });
  server.endTask();
  Object.assign(
    server,
    action === 'stop' ? { vmState: 'stopped', powerState: 4 } : { vmState: 'active', powerState: 1 },
  );
}

function makers(
  cloud: FakeCloud,
  id: string,
  noticed: boolean,
): Record<Parameters<InstanceControlWorld['make']>[0], () => void> {
  const server = cloud.server(id);
  const running = (): void => {
    if (server.vmState !== 'active' || server.powerState !== 1) begin(cloud, id, 'start');
  };
  return {
    running,
    stopped: () => begin(cloud, id, 'stop'),
    crashed: () => {
      running();
      cloud.killGuest(id, noticed);
    },
    'paused-by-operator': () => {
      running();
      Object.assign(server, { vmState: 'paused', powerState: 3 });
    },
    'paused-by-failure': () => {
      running();
      Object.assign(server, { powerState: 3 });
    },
  };
}
