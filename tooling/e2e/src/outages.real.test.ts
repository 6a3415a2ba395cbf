import { describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { expectNothing, expectRecovered, real, tellOnFailure, useStack } from './fixture.ts';

const ground = useStack(['out-1']);

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

const untilBlind = (): Promise<void> =>
  eventually('the monitor says it is blind', 60_000, async () => {
    const { body } = await ground.stack.api.v2.monitors.list();
    return body.monitors[0]?.state === 'blind';
  });

describe.skipIf(real.skip)('outages of libvirtd and of ours', () => {
  it('a guest killed while libvirtd is down is found and restarted', async () => {
    tellOnFailure(ground);
    const guest = await ground.stack.guest(ground.host, 'down');
    await ground.host.killLibvirtd();
    await untilBlind();
    await guest.fault('qemu-kill');
    await ground.host.startLibvirtd();
    await expectRecovered(ground, guest, { fault: /found-dead|qemu-failed/, restarted: true });
    await guest.remove();
  });

  it('a guest killed while the monitor is down is found and restarted', async () => {
    tellOnFailure(ground);
    const guest = await ground.stack.guest(ground.host, 'unseen');
    await pause(1000); // The record of what it proved is written within so long.
    await ground.stack.monitor(ground.host.name).kill();
    await guest.fault('qemu-kill');
    await guest.waitForState('shut off');
    ground.stack.monitor(ground.host.name).start();
    await expectRecovered(ground, guest, { fault: /found-dead|qemu-failed/, restarted: true });
    await guest.remove();
  });

  it('a guest that hung while the monitor was down is found by its silence', async () => {
    tellOnFailure(ground);
    const guest = await ground.stack.guest(ground.host, 'hung');
    await pause(1000);
    await ground.stack.monitor(ground.host.name).kill();
    await guest.fault('agent-stop');
    ground.stack.monitor(ground.host.name).start();
    await expectRecovered(ground, guest, { fault: 'heartbeat-lost', restarted: true });
    await guest.remove();
  });

  it('a panic while the API is down is delivered and recovered when it is back', async () => {
    tellOnFailure(ground);
    const guest = await ground.stack.guest(ground.host, 'late');
    await ground.stack.apiService.kill();
    await guest.fault('panic');
    await guest.waitForState(['shut off']);
    await pause(3000);
    ground.stack.apiService.start();
    await ground.stack.untilApiReady();
    await expectRecovered(ground, guest, { fault: 'panicked', restarted: true });
    await guest.remove();
  });

  it('libvirtd restarted: blind, and nothing filed', async () => {
    tellOnFailure(ground);
    const guest = await ground.stack.guest(ground.host, 'restart');
    await ground.host.stopLibvirtd();
    await untilBlind();
    await pause(5000);
    await ground.host.startLibvirtd();
    await ground.stack.untilWatching(ground.host.name);
    await ground.stack.untilPhase(guest, 'alive');
    await pause(5000);
    await expectNothing(ground, guest);
    await guest.remove();
  });

  it('libvirtd frozen: blind, and nothing filed', async () => {
    tellOnFailure(ground);
    const guest = await ground.stack.guest(ground.host, 'frozen');
    ground.host.freezeLibvirtd();
    try {
      await untilBlind();
      await pause(5000);
    } finally {
      ground.host.thawLibvirtd();
    }
    await ground.stack.untilWatching(ground.host.name);
    await ground.stack.untilPhase(guest, 'alive');
    await pause(5000);
    await expectNothing(ground, guest);
    await guest.remove();
  });

  it('a second real crash a minute later is a new incident', async () => {
    tellOnFailure(ground);
    const guest = await ground.stack.guest(ground.host, 'again');
    await guest.fault('qemu-kill');
    await ground.stack.untilEnded(guest, 1);
    await ground.stack.untilPhase(guest, 'alive');
    await guest.fault('qemu-kill');
    const { notification } = await ground.stack.untilEnded(guest, 2);
    expect(notification.status).toBe('finished');
    await guest.remove();
  });
});
