import { Stack } from '@instance-ha/e2e';
import type { LabHost } from '@instance-ha/lab';
import { sharedLab } from '@instance-ha/lab/fixture';

/** One lab host with the whole stack on it, ended when the work is done or fails. */
export async function withLabStack<T>(
  options: { host: string; env?: Record<string, string>; say: (line: string) => void },
  work: (ground: { stack: Stack; host: LabHost }) => Promise<T>,
): Promise<T> {
  options.say('bringing up a lab host and the stack');
  const lab = await sharedLab();
  const host = await lab.host(options.host);
  try {
    const stack = await Stack.start([host], { built: true, ...(options.env && { env: options.env }) });
    try {
      return await work({ stack, host });
    } finally {
      await stack.stop();
    }
  } finally {
    for (const guest of host.guests()) await guest.remove();
    await host.stop();
  }
}
