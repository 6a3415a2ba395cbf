import { eventually, fileHost, NovaCloud, Stack, untilEnded } from '@instance-ha/e2e';
import { createOpenStackLab } from '@instance-ha/openstack-lab';
import type { Measurement } from './measurement.ts';
import { processUsage } from './process-usage.ts';

/** A lab that is up already may be named; else one is brought up, and taken down after. */
const given = process.env.INSTANCE_HA_OPENSTACK_LAB;

export const fakeHosts = ['os-fake1', 'os-fake2', 'os-fake3'] as const;

export type NovaGround = { cloud: NovaCloud; stack: Stack };

/** A real Nova whose computes have the fake driver, and API and one worker as they are published, by default settings. */
export async function withNova<T>(
  options: { say: (line: string) => void; env?: Record<string, string> },
  work: (ground: NovaGround) => Promise<T>,
): Promise<T> {
  const { say } = options;
  const lab = createOpenStackLab({
    ...(given === undefined ? {} : { dir: given }),
    onProgress: ({ text }) => say(text),
  });
  await lab.up();
  const cloud = new NovaCloud(lab);
  try {
    for (const host of fakeHosts) await cloud.intoService(host);
    const env = { ...cloud.environment(), OS_DEFAULT__LOG_LEVEL: 'info', ...options.env };
    const stack = await Stack.start([], { built: true, env });
    try {
      return await work({ cloud, stack });
    } finally {
      await stack.stop();
    }
  } finally {
    for (const host of fakeHosts) await lab.computes.start(host);
    await cloud.removeAll();
    for (const host of fakeHosts) await cloud.intoService(host);
    if (given === undefined) await lab.down({ wipe: true });
  }
}

/** What the two services hold in memory now. */
export const memoryOf = (stack: Stack): Measurement['conditions'] => ({
  apiRssMiB: Math.round(processUsage(stack.apiService.pid).rssMiB),
  workerRssMiB: Math.round(processUsage(stack.workers[0]?.pid ?? 0).rssMiB),
});

/** The killed host runs again, and the product has taken it back. */
export async function takenBack({ cloud, stack }: NovaGround, host: string): Promise<void> {
  const uuid = await fileHost(stack.api, host, 'STARTED');
  await cloud.lab.computes.start(host);
  await untilEnded(stack.api, uuid, 180_000);
  await eventually(`${host} is up`, 30_000, async () => (await cloud.service(host)).state === 'up');
}
