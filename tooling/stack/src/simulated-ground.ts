import { join } from 'node:path';
import { createFakeLibvirtd } from '@instance-ha/libvirt-rpc/fake-server';
import type { Ground } from './lab-ground.ts';

/** Scripted guests behind libvirt's wire protocol: everything but the host and its guests is real. */
export async function simulatedGround(options: { folder: string }): Promise<Ground> {
  const socket = join(options.folder, 'libvirt-sock');
  const daemon = createFakeLibvirtd({ hostname: 'simulated', guests: [{ name: 'web' }, { name: 'db' }] });
  await daemon.listen(socket);
  return {
    about: 'two simulated guests (no QEMU runs)',
    libvirtUri: `qemu+unix:///system?socket=${encodeURI(socket)}`,
    guests: [...daemon.guests.values()].map(({ name, uuid }) => ({ name, uuid })),
    crash: async () => {
      const atEpochMs = Date.now();
      daemon.inflict('web', 'panic');
      return { what: 'simulated kernel panic in guest web', atEpochMs };
    },
    stop: () => daemon.close(),
  };
}
