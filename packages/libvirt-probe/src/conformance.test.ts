import { DomainState, ShutoffReason } from '@instance-ha/libvirt-rpc';
import { type GuestProbeWorld, guestProbeConformance } from '@instance-ha/ports/conformance';
import { afterEach, describe, it } from 'vitest';
import { type FakeHost, fakeHost } from './testing/fake-host.ts';

describe('the probe before a fake libvirtd', () => {
  let host: FakeHost | undefined;
  afterEach(async () => {
    await host?.close();
  });

  function world(): GuestProbeWorld {
    const made = fakeHost([
      { name: 'answering' },
      { name: 'hung', agent: 'hung' },
      { name: 'disconnected', agent: 'not-connected' },
      { name: 'unmonitored', agent: 'not-configured' },
      { name: 'off', state: DomainState.SHUTOFF, reason: ShutoffReason.SHUTDOWN },
    ]);
    host = made;
    const { libvirtd, probe, timers } = made;
    const uuid = (name: string): string => libvirtd.guest(name).uuid;
    return {
      probe,
      guests: {
        answering: uuid('answering'),
        hung: uuid('hung'),
        disconnected: uuid('disconnected'),
        unmonitored: uuid('unmonitored'),
        off: uuid('off'),
      },
      crash: async instanceUuid => libvirtd.inflict(instanceUuid, 'qemu-killed'),
      start: async instanceUuid => libvirtd.inflict(instanceUuid, 'start'),
      setAway: async away => {
        if (away) libvirtd.stop();
        else libvirtd.start();
        await timers.settle();
      },
      elapse: () => timers.advance(50),
    };
  }

  for (const { name, check } of guestProbeConformance) it(name, () => check(world()));
});
