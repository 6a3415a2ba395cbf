import { type InstanceControlWorld, instanceControlConformance } from '@instance-ha/ports/conformance';
import { systemClock } from '@instance-ha/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quietLogger } from '../../testing/quiet-logger.ts';
import { type RealNova, realNova } from '../../testing/real-nova.ts';
import { createNovaInstanceControl } from './control.ts';

/**
 * On a real Nova. `crashed` is a server in ERROR whose domain is there; a pause by failure only a real hypervisor can bring
 * about. A host is lost by forcing it down: to Nova that is the same, and it need not be waited for.
 */
describe('the instance control before a real Nova', () => {
  let real: RealNova;
  let id: string;
  let lost = false;
  beforeAll(async () => {
    real = await realNova();
    id = await real.hands.boot(real.hosts[0] ?? '');
  });
  afterAll(async () => {
    if (lost) {
      await real.hands.restartCompute(real.hosts[0] ?? '');
      await real.hands.reinstate(real.hosts[0] ?? '');
    }
    await real?.close();
  });

  async function world(): Promise<InstanceControlWorld> {
    const { hands, openstack, proxy, hosts } = real;
    const [host = ''] = hosts;
    proxy.speakAgain();
    if (lost) {
      await hands.restartCompute(host);
      await hands.reinstate(host);
      id = await hands.boot(host);
      lost = false;
    }
    return {
      control: createNovaInstanceControl({ nova: openstack.nova, clock: systemClock, log: quietLogger }),
      ref: { instanceUuid: id, host },
      make: async condition => makers(real, id)[condition](),
      restartBySomebody: async () => {
        await hands.act(id, { 'os-stop': null });
        await hands.settled(id);
        await hands.act(id, { 'os-start': null });
        await hands.settled(id);
      },
      fallSilent: async () => proxy.fallSilent(),
      loseHost: async () => {
        lost = true;
        await hands.change(host, { forced_down: true });
      },
      tellsLives: true,
      cannotMake: ['paused-by-failure'],
      timeoutMs: 60_000,
    };
  }

  for (const { name, check } of instanceControlConformance) it(name, async () => check(await world()));

  describe('what its own states look like', () => {
    const limits = { timeoutMs: 60_000, signal: new AbortController().signal };
    const look = async () => {
      const { control, ref } = await world();
      return control.look(ref, limits);
    };

    it.each<[string, object, object, object]>([
      ['suspended', { suspend: null }, { resume: null }, { state: 'suspended', byOperator: true }],
      ['rescued', { rescue: {} }, { unrescue: null }, { state: 'rescued', byOperator: true }],
      ['shelved', { shelve: null }, { unshelve: null }, { state: 'stopped', byOperator: true }],
      [
        'in ERROR',
        { 'os-resetState': { state: 'error' } },
        { reboot: { type: 'HARD' } },
        { state: 'error', byOperator: false },
      ],
    ])('%s', async (_name, begin, end, expected) => {
      const told = await world();
      await told.make('running');
      await real.hands.act(id, begin);
      await real.hands.settled(id);
      expect(await look()).toMatchObject(expected);
      await real.hands.act(id, end);
      await real.hands.settled(id);
    });

    it('in ERROR after somebody had stopped it', async () => {
      const told = await world();
      await told.make('stopped');
      await real.hands.act(id, { 'os-resetState': { state: 'error' } });
      expect(await look()).toMatchObject({ state: 'error', byOperator: true });
    });

    it('locked: an administrator restarts it, and it stays locked', async () => {
      const told = await world();
      const { control, ref } = told;
      await told.make('running');
      await real.hands.act(id, { lock: null });
      const seen = await look();
      const life = seen.seen === 'instance' ? seen.life : null;
      expect(await control.act('hard-reboot', ref, { ...limits, life })).toMatchObject({ outcome: 'done' });
      expect(await real.hands.show(id)).toMatchObject({ status: 'ACTIVE', locked: true });
      await real.hands.act(id, { unlock: null });
    });

    it('on a host that is disabled, which Nova calls MAINTENANCE, dead or alive', async () => {
      const told = await world();
      const { ref } = told;
      await told.make('running');
      await real.hands.change(ref.host, { status: 'disabled' });
      expect(await real.hands.show(id)).toMatchObject({ host_status: 'MAINTENANCE' });
      expect(await look()).toMatchObject({ state: 'running', hostService: 'up' });
      await real.hands.change(ref.host, { status: 'enabled' });
    });
  });
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
