import type { LabGuest } from '@instance-ha/lab';
import { describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { expectNothing, real, tellOnFailure, useStack } from './fixture.ts';

const ground = useStack(['gate-1'], {
  env: { OS_INSTANCE_FAILURE__RESTART_BUDGET: '3', OS_INSTANCE_FAILURE__RESTART_BUDGET_WINDOW: '3600' },
});

const monitor = async () =>
  (await ground.stack.api.v2.monitors.get({ params: { host: ground.host.name } })).body.monitor;

describe.skipIf(real.skip)('the gates', () => {
  it('the fourth crash within the hour is not restarted, and says why', async () => {
    tellOnFailure(ground);
    const guest = await ground.stack.guest(ground.host, 'budget');
    for (let crash = 1; crash <= 3; crash += 1) {
      await guest.fault('qemu-kill');
      const { notification } = await ground.stack.untilEnded(guest, crash);
      expect(`${notification.status}: ${notification.message}`).toMatch(/^finished/);
      await ground.stack.untilPhase(guest, 'alive');
    }
    await guest.fault('qemu-kill');
    const { notification } = await ground.stack.untilEnded(guest, 4);
    expect(notification.status).toBe('failed');
    expect(notification.message).toMatch(/3 times/);
    expect((await guest.state()).state).toBe('shut off');
    await guest.remove();
  });

  it('while paused nothing acts, and recovery goes on when the pause expires', async () => {
    tellOnFailure(ground);
    const guest = await ground.stack.guest(ground.host, 'paused');
    await ground.stack.api.v2.pause.set({ body: { reason: 'maintenance of the storage', forMs: 15_000 } });
    await guest.fault('qemu-kill');
    await eventually(
      'the notification is filed',
      20_000,
      async () => (await ground.stack.notifications(guest)).length === 1,
    );
    while ((await ground.stack.api.v2.pause.get()).body.pause) {
      expect((await ground.stack.notifications(guest))[0]?.status).toBe('new');
      expect((await guest.state()).state).toBe('shut off');
      await new Promise(resolve => setTimeout(resolve, 500));
    }
    const { notification } = await ground.stack.untilEnded(guest);
    expect(`${notification.status}: ${notification.message}`).toMatch(/^finished/);
    await guest.remove();
  });

  it('8 of 10 guests silent together: the host is suspect, nothing is restarted, and it is released when they return', async () => {
    tellOnFailure(ground);
    const guests: LabGuest[] = [];
    for (let index = 0; index < 10; index += 2) {
      guests.push(
        ...(await Promise.all(
          [0, 1].map(() => ground.stack.guest(ground.host, 'crowd', { memoryMiB: 112 })),
        )),
      );
    }
    const silent = guests.slice(0, 8);
    const pids = new Map(guests.map(guest => [guest.name, guest.qemuPid()]));
    for (const guest of silent) await guest.fault('qemu-stop');
    await eventually('the host is suspect', 120_000, async () => (await monitor()).gate.suspect);
    await eventually(
      'guests are held',
      120_000,
      async () => ((await monitor()).guestsByPhase.held ?? 0) >= 1,
    );
    await new Promise(resolve => setTimeout(resolve, 10_000));
    for (const guest of guests) await expectNothing(ground, guest);
    for (const guest of silent) await guest.fault('qemu-cont');
    await eventually('the host is no longer suspect', 120_000, async () => !(await monitor()).gate.suspect);
    for (const guest of guests) await ground.stack.untilPhase(guest, 'alive');
    for (const guest of guests) await expectNothing(ground, guest);
    expect(new Map(guests.map(guest => [guest.name, guest.qemuPid()]))).toEqual(pids);
    for (const guest of guests) await guest.remove();
  }, 600_000);
});
