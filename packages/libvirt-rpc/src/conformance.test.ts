import { type LibvirtWorld, libvirtConformance } from './conformance.ts';
import { createFakeLibvirtd, createManualTimers } from './fake-server.ts';

libvirtConformance('the fake daemon', async (): Promise<LibvirtWorld> => {
  const timers = createManualTimers();
  const daemon = createFakeLibvirtd({
    timers,
    guests: [
      { name: 'guest', bootMs: 3_700 },
      { name: 'bare', agent: 'not-configured' },
      { name: 'off', state: 5 },
    ],
  });
  const guest = daemon.guest('guest');
  return {
    open: daemon.open,
    driverName: 'qemu:///system',
    guest: guest.uuid,
    agents: {
      withoutChannel: daemon.guest('bare').uuid,
      freeze: async () => daemon.inflict('guest', 'agent-frozen'),
      thaw: async () => daemon.inflict('guest', 'agent-thawed'),
      ready: () => timers.advance(guest.bootMs),
    },
    hypervisor: {
      stop: async () => daemon.inflict('guest', 'qemu-stopped'),
      continue: async () => daemon.inflict('guest', 'qemu-continued'),
      kill: async () => daemon.inflict('guest', 'qemu-killed'),
    },
    daemon: { kill: async () => daemon.stop(), start: async () => daemon.start() },
    timers,
    elapse: timers.advance,
    close: daemon.close,
  };
});
