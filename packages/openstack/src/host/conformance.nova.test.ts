import { type HostControlWorld, hostControlConformance } from '@instance-ha/ports/conformance';
import { systemClock } from '@instance-ha/runtime';
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { quietLogger } from '../../testing/quiet-logger.ts';
import { type RealNova, realNova } from '../../testing/real-nova.ts';
import { createNovaHostControl } from './control.ts';

/** On a real Nova: hosts go out of service, lose their servers and come back. */
describe('the host control before a real Nova', () => {
  let real: RealNova;
  beforeAll(async () => {
    real = await realNova();
    await reinstateAll();
  });
  afterEach(async () => {
    real.proxy.speakAgain();
    await real.hands.deleteAll();
    await reinstateAll();
  });
  afterAll(async () => real?.close());

  async function reinstateAll(): Promise<void> {
    const { hands, hosts } = real;
    for (const host of hosts) {
      const { forced_down: forcedDown, status, state } = await hands.service(host);
      if (!forcedDown && status === 'enabled' && state === 'up') continue;
      if (await hands.hasRemains(host)) await hands.restartCompute(host);
      await hands.reinstate(host);
    }
  }

  async function world(): Promise<HostControlWorld> {
    const { hands, openstack, proxy, hosts } = real;
    const [host = '', second = '', third = '', ...others] = hosts;
    const running = await hands.boot(host);
    const stopped = await hands.boot(host);
    await hands.act(stopped, { 'os-stop': null });
    await hands.settled(stopped);
    return {
      control: createNovaHostControl({ nova: openstack.nova, clock: systemClock, log: quietLogger }),
      host,
      otherHosts: [second, third, ...others],
      running,
      stopped,
      restartHost: async () => hands.restartCompute(host),
      fallSilent: async () => proxy.fallSilent(),
      pause: async () => systemClock.sleep(500),
      timeoutMs: 60_000,
    };
  }

  for (const { name, check } of hostControlConformance) it(name, async () => check(await world()));
});
