import { connectLibvirt, DomainState } from '@instance-ha/libvirt-rpc';
import { createFakeLibvirtd, type FakeLibvirtd } from '@instance-ha/libvirt-rpc/fake-server';
import { type InstanceControlWorld, instanceControlConformance } from '@instance-ha/ports/conformance';
import { systemClock } from '@instance-ha/runtime';
import { afterEach, describe, it } from 'vitest';
import { createLibvirtControl } from './control.ts';
import { quietLogger } from './testing/quiet-logger.ts';

describe('the control before a fake libvirtd', () => {
  const opened: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });

  function world(): InstanceControlWorld {
    const libvirtd = createFakeLibvirtd({ guests: [{ name: 'guest', onCrash: 'preserve' }] });
    opened.push(() => libvirtd.close());
    const control = createLibvirtControl({
      connect: (_host, { signal }) => connectLibvirt({ open: () => libvirtd.open(), signal }),
      clock: systemClock,
      log: quietLogger,
    });
    opened.push(() => control.close());
    return {
      control,
      ref: { instanceUuid: libvirtd.guest('guest').uuid, host: 'node1' },
      make: async condition => {
        make(libvirtd)[condition]();
      },
      restartBySomebody: async () => {
        libvirtd.inflict('guest', 'destroy');
        libvirtd.inflict('guest', 'start');
      },
      fallSilent: async () => libvirtd.freeze(),
      tellsLives: true,
    };
  }

  for (const { name, check } of instanceControlConformance) it(name, () => check(world()));
});

function make(libvirtd: FakeLibvirtd): Record<Parameters<InstanceControlWorld['make']>[0], () => void> {
  const stopped = (): void => {
    if (libvirtd.guest('guest').active) libvirtd.inflict('guest', 'destroy');
  };
  const running = (): void => {
    if (libvirtd.guest('guest').state === DomainState.RUNNING) return;
    stopped();
    libvirtd.inflict('guest', 'start');
  };
  const but = (script: Parameters<FakeLibvirtd['inflict']>[1]) => () => {
    running();
    libvirtd.inflict('guest', script);
  };
  return {
    running,
    stopped,
    crashed: but('panic'),
    'paused-by-operator': but('suspend'),
    'paused-by-failure': but('io-error'),
  };
}
