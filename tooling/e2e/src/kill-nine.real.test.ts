import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabGuest } from '@instance-ha/lab';
import { describe, expect, it } from 'vitest';
import { expectRecovered, real, tellOnFailure, useStack } from './fixture.ts';
import { generator } from './seeded.ts';

const ground = useStack(['nine-1'], { workers: 2 });

/** At least 50 in all; `INSTANCE_HA_KILL_ROUNDS` for a longer soak. The seed is printed and can be given again. */
const rounds = Number(process.env.INSTANCE_HA_KILL_ROUNDS ?? 50);
const seed = Number(process.env.INSTANCE_HA_KILL_SEED ?? Date.now() % 1_000_000);

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

/** What kill -9 hits, and how it comes back: each is started again at once, as a supervisor would. */
const victims: Record<string, () => Promise<void>> = {
  worker: async () => {
    const [worker] = ground.stack.workers.filter(one => one.isRunning);
    await worker?.kill();
    worker?.start();
  },
  api: async () => {
    await ground.stack.apiService.kill();
    ground.stack.apiService.start();
  },
  monitor: async () => {
    const monitor = ground.stack.monitor(ground.host.name);
    await monitor.kill();
    monitor.start();
  },
  postgres: async () => {
    process.kill(postmaster(), 'SIGKILL');
  },
};

function postmaster(): number {
  const file = join(ground.stack.folder, 'postgres', 'cluster', 'data', 'postmaster.pid');
  return Number(readFileSync(file, 'utf8').split('\n')[0]);
}

describe.skipIf(real.skip)('kill -9 of our own processes at random moments of a recovery', () => {
  it(`loses no notification and restarts no instance twice in ${rounds} rounds`, async () => {
    tellOnFailure(ground);
    console.log(`kill -9 rounds: ${rounds}, seed ${seed}`);
    const random = generator(seed);
    const names = Object.keys(victims);
    for (let round = 0; round < rounds; round += 2) {
      const guests = await Promise.all(
        [0, 1].map(() => ground.stack.guest(ground.host, 'nine', { memoryMiB: 112 })),
      );
      await Promise.all(
        guests.map((guest, index) =>
          oneRound(guest, names[(round + index) % names.length] as string, random),
        ),
      );
    }
  }, 3_000_000);
});

async function oneRound(guest: LabGuest, victim: string, random: () => number): Promise<void> {
  await pause(600); // The record of what the guest proved is on disk within so long.
  await guest.fault('qemu-kill');
  await pause(random() * 1500);
  await victims[victim]?.();
  await ground.stack.untilApiReady();
  console.log(`${victim} killed, ${guest.name} awaited`);
  await expectRecovered(ground, guest, { fault: /qemu-failed|found-dead/, restarted: true });
  const [notification, ...others] = await ground.stack.notifications(guest);
  expect(others).toEqual([]);
  const { body } = await ground.stack.api.v2.notifications.get({
    params: { uuid: notification?.uuid ?? '' },
  });
  const mute = JSON.stringify(body.journal).includes('begun again because libvirt had lost the agent');
  expect(guest.starts(), JSON.stringify(body.journal)).toBe(mute ? 3 : 2);
  await guest.remove();
  expect(guest.qemuPid(), 'a removed guest runs no more').toBeUndefined();
}
