import { type InstanceControlWorld, instanceControlConformance } from '@instance-ha/ports/conformance';
import { systemClock } from '@instance-ha/runtime';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { quietLogger } from '../../testing/quiet-logger.ts';
import { type RealNova, realNova } from '../../testing/real-nova.ts';
import { createNovaInstanceControl } from './control.ts';

/**
 * On a real Nova. `crashed` is a server in ERROR whose domain is there; a pause by failure only a real hypervisor can bring
 * about.
 */
describe('the instance control before a real Nova', () => {
  let real: RealNova;
  let id: string;
  beforeAll(async () => {
    real = await realNova();
    id = await real.hands.boot(real.hosts[0] ?? '');
  });
  afterAll(async () => real?.close());

  async function world(): Promise<InstanceControlWorld> {
    const { hands, openstack, proxy, hosts } = real;
    proxy.speakAgain();
    return {
      control: createNovaInstanceControl({ nova: openstack.nova, clock: systemClock, log: quietLogger }),
      ref: { instanceUuid: id, host: hosts[0] ?? '' },
      make: async condition => makers(real, id)[condition](),
      restartBySomebody: async () => {
        await hands.act(id, { 'os-stop': null });
        await hands.settled(id);
        await hands.act(id, { 'os-start': null });
        await hands.settled(id);
      },
      fallSilent: async () => proxy.fallSilent(),
      tellsLives: true,
      cannotMake: ['paused-by-failure'],
      timeoutMs: 60_000,
    };
  }

  for (const { name, check } of instanceControlConformance) it(name, async () => check(await world()));
});

function makers(
  { hands }: RealNova,
  id: string,
): Record<Parameters<InstanceControlWorld['make']>[0], () => Promise<void>> {
  const act = async (body: object): Promise<void> => {
    await hands.act(id, body);
    await hands.settled(id);
  };
  const running = async (): Promise<void> => {
    const { status } = await hands.settled(id);
    if (status === 'SHUTOFF') await act({ 'os-start': null });
    if (status === 'PAUSED') await act({ unpause: null });
    if (status === 'ERROR') await act({ reboot: { type: 'HARD' } });
  };
  const but = (body: object) => async () => {
    await running();
    await act(body);
  };
  return {
    running,
    stopped: but({ 'os-stop': null }),
    crashed: but({ 'os-resetState': { state: 'error' } }),
    'paused-by-operator': but({ pause: null }),
    'paused-by-failure': async () => {
      throw new Error('only a real hypervisor can pause by failure');
    },
  };
}
