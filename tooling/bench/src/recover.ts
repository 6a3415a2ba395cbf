import { connectLibvirt, type LibvirtConnection } from '@instance-ha/libvirt-rpc';
import { withLabStack } from './lab-stack.ts';
import { type Bench, summarize } from './measurement.ts';

/** A bare create by libvirt until the first ping is answered, asked again each 20 ms. */
async function bareBootMs(connection: LibvirtConnection, uuid: string): Promise<number> {
  const domain = await connection.lookupByUuid(uuid);
  const beganMs = performance.now();
  await connection.create(domain, { timeoutMs: 30_000 });
  for (;;) {
    try {
      await connection.agentPing(domain, { timeoutMs: 2000 });
      return performance.now() - beganMs;
    } catch {
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }
}

/** QEMU SIGKILL to `finished` with the heartbeat heard, in turn with a bare create to the first ping of the same guest. */
export const recover: Bench = {
  about: 'QEMU SIGKILL to finished (heartbeat heard), against a bare create to the first ping',
  run: async function* ({ say, effort }) {
    const n = Math.max(3, Math.round(10 * effort));
    const { samples, floors } = await withLabStack({ host: 'bench-3', say }, async ({ stack, host }) => {
      const samples: number[] = [];
      const floors: number[] = [];
      const guest = await stack.guest(host, 'recover');
      const connection = await connectLibvirt({ uri: host.uri });
      for (let index = 0; index < n; index += 1) {
        const { atEpochMs } = await guest.fault('qemu-kill');
        const { notification } = await stack.untilEnded(guest, index + 1);
        samples.push(Date.parse(notification.endedAt ?? '') - atEpochMs);
        await guest.fault('destroy');
        await stack.untilPhase(guest, 'stopped');
        floors.push(await bareBootMs(connection, guest.uuid));
        await stack.untilPhase(guest, 'alive');
        say(`recover ${index + 1} of ${n}: ${samples.at(-1)} ms, bare ${floors.at(-1)?.toFixed(0)} ms`);
      }
      await connection.close();
      return { samples, floors };
    });
    const conditions = { guest: 'real, TCG, 128 MiB', floor: 'create to first ping, no product between' };
    yield summarize({ name: 'recover', unit: 'ms', target: 'ratio <= 1.15', conditions }, samples, floors);
  },
};
