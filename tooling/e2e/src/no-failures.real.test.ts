import type { LabGuest } from '@instance-ha/lab';
import { describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { expectNothing, real, tellOnFailure, useStack } from './fixture.ts';

const ground = useStack(['calm-1', 'calm-2']);

/** So long a guest is watched after it has become quiet: several rounds, misses and graces of these thresholds. */
const watchedMs = 8000;

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

const phase = (guest: LabGuest, name: 'alive' | 'suspended' | 'stopped') =>
  ground.stack.untilPhase(guest, name);

describe
  .skipIf(real.skip)
  .concurrent('what is no failure of a real guest is neither reported nor acted upon', () => {
    const calm = (name: string, story: (guest: LabGuest) => Promise<void>, options = {}) =>
      it(name, async () => {
        tellOnFailure(ground);
        const guest = await ground.stack.guest(ground.host, 'calm', options);
        const before = guest.qemuPid();
        await story(guest);
        await pause(watchedMs);
        await expectNothing(ground, guest);
        if (before === undefined) throw new Error('the guest never ran');
        await guest.remove();
      });

    calm('suspend and resume', async guest => {
      await guest.fault('suspend');
      await phase(guest, 'suspended');
      await pause(watchedMs);
      await guest.fault('resume');
      await phase(guest, 'alive');
    });

    calm('poweroff from inside', async guest => {
      await guest.fault('guest-poweroff');
      await phase(guest, 'stopped');
      await pause(watchedMs);
      expect((await guest.state()).state).toBe('shut off');
    });

    calm('virsh shutdown', async guest => {
      await guest.fault('shutdown');
      await phase(guest, 'stopped');
    });

    calm('virsh destroy', async guest => {
      await guest.fault('destroy');
      await phase(guest, 'stopped');
      await pause(watchedMs);
      expect((await guest.state()).state).toBe('shut off');
    });

    calm('QEMU ended by SIGTERM, as a host that shuts down does', async guest => {
      await guest.fault('qemu-term');
      await phase(guest, 'stopped');
    });

    calm('reboot, three in a row', async guest => {
      for (let round = 0; round < 3; round += 1) {
        await guest.fault('reboot');
        await pause(2000);
        await phase(guest, 'alive');
      }
    });

    calm('reset', async guest => {
      await guest.fault('reset');
      await pause(2000);
      await phase(guest, 'alive');
    });

    calm('managedsave and restore', async guest => {
      await guest.fault('managedsave');
      await phase(guest, 'stopped').catch(() => phase(guest, 'suspended'));
      await guest.fault('restore');
      await phase(guest, 'alive');
    });

    calm('agent restarted', async guest => {
      await guest.fault('agent-kill');
      await guest.fault('agent-start');
      await phase(guest, 'alive');
    });

    calm('20 busy loops', async guest => {
      await guest.fault('busy-loops');
      await pause(watchedMs);
      await phase(guest, 'alive');
    });

    calm(
      'a guest without an agent channel that goes silent',
      async guest => {
        await guest.fault('panic');
        await pause(watchedMs);
      },
      { agentChannel: false, panicDevice: false },
    );

    it('live migration to the second host and back', async () => {
      tellOnFailure(ground);
      const [first, second] = ground.hosts;
      if (!first || !second) throw new Error('two hosts are needed');
      const guest = await ground.stack.guest(first, 'traveller');
      for (const to of [second, first]) {
        await guest.migrate(to);
        await eventually(`${guest.name} is alive on ${to.name}`, 60_000, async () => {
          const seen = await ground.stack.seen(guest);
          return seen?.host === to.name && seen.phase === 'alive';
        });
        await pause(watchedMs);
      }
      await expectNothing(ground, guest);
      await guest.remove();
    });
  });
