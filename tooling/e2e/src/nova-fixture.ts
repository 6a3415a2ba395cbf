import { createOpenStackLab } from '@instance-ha/openstack-lab';
import { afterAll, beforeAll, onTestFailed } from 'vitest';
import { NovaCloud } from './nova-cloud.ts';
import { Stack } from './stack.ts';

/** A lab that is up already may be named; else one is brought up, and taken down after. */
const given = process.env.INSTANCE_HA_OPENSTACK_LAB;

/** The hosts of Nova's fake driver. */
export const fakeHosts = ['os-fake1', 'os-fake2', 'os-fake3'] as const;

/** A cloud, and the product beside it, for all tests of a file. */
export type NovaGround = { cloud: NovaCloud; stack: Stack };

/** `hosts`: those with a monitor. */
type StackOfNova = NonNullable<Parameters<typeof Stack.start>[1]> & {
  hosts?: Parameters<typeof Stack.start>[0];
};

/**
 * Brings both up before the first test of the file and takes them down after the last, the fake hosts in service again. Besides
 * a worker that takes hosts back (`auto_return`), everything is as by default.
 */
export function useNova(
  stackOf: (cloud: NovaCloud) => Promise<StackOfNova> = async cloud => ({
    workers: 2,
    env: cloud.environment(),
  }),
): NovaGround {
  const lab = createOpenStackLab({
    ...(given === undefined ? {} : { dir: given }),
    onProgress: ({ text }) => process.stderr.write(`openstack lab: ${text}\n`),
  });
  const ground = { cloud: new NovaCloud(lab) } as NovaGround;
  beforeAll(async () => {
    await lab.up();
    for (const host of fakeHosts) await ground.cloud.intoService(host);
    const { env, hosts = [], ...rest } = await stackOf(ground.cloud);
    ground.stack = await Stack.start(hosts, {
      ...rest,
      env: { OS_HOST_FAILURE__AUTO_RETURN: 'True', ...env },
    });
  });
  afterAll(async () => {
    await ground.stack?.stop();
    for (const host of fakeHosts) await lab.computes.start(host);
    await ground.cloud.removeAll();
    for (const host of fakeHosts) await ground.cloud.intoService(host);
    if (given === undefined) await lab.down({ wipe: true });
  });
  return ground;
}

/** Shows what every process said when the running test fails. */
export const tellOnFailure = (ground: NovaGround): void =>
  onTestFailed(() => console.error(ground.stack.logs()));
