import type { Fault, GuestOptions, LabGuest } from '@instance-ha/lab';
import { describe, it } from 'vitest';
import { expectRecovered, real, tellOnFailure, useStack } from './fixture.ts';

const ground = useStack(['fail-1']);

type Row = { name: string; options?: GuestOptions; fault: Fault; seen: string | RegExp; restarted?: boolean };

/** The failures of a real guest: each is reported once, and the guest is back. */
const rows: Row[] = [
  { name: 'panic, on_crash destroy', fault: 'panic', seen: 'panicked' },
  { name: 'panic, on_crash preserve', options: { onCrash: 'preserve' }, fault: 'panic', seen: 'panicked' },
  {
    name: 'panic, on_crash restart: reported, and not restarted again',
    options: { onCrash: 'restart' },
    fault: 'panic',
    seen: 'panicked',
    restarted: false,
  },
  {
    name: 'silent panic without a panic device',
    options: { panicDevice: false },
    fault: 'panic',
    seen: 'heartbeat-lost',
  },
  { name: 'agent frozen', fault: 'agent-stop', seen: 'heartbeat-lost' },
  { name: 'agent killed and not coming back', fault: 'agent-kill', seen: /agent-lost|heartbeat-lost/ },
  { name: 'fork bomb', fault: 'forkbomb', seen: /agent-lost|heartbeat-lost|panicked/ },
  {
    name: 'watchdog reset: reported, and not restarted again',
    options: { watchdog: 'reset' },
    fault: 'watchdog',
    seen: 'watchdog-reset',
    restarted: false,
  },
  {
    name: 'watchdog poweroff',
    options: { watchdog: 'poweroff' },
    fault: 'watchdog',
    seen: 'watchdog-stopped',
  },
  { name: 'watchdog pause', options: { watchdog: 'pause' }, fault: 'watchdog', seen: 'watchdog-paused' },
  { name: 'disk full', options: { ioDisk: {} }, fault: 'io-error', seen: 'io-error' },
  { name: 'QEMU killed (SIGKILL)', fault: 'qemu-kill', seen: 'qemu-failed' },
  { name: 'QEMU killed (SIGSEGV)', fault: 'qemu-segv', seen: 'qemu-failed' },
  { name: 'QEMU frozen (SIGSTOP)', fault: 'qemu-stop', seen: 'heartbeat-lost' },
];

describe
  .skipIf(real.skip)
  .concurrent('a failure of a real guest is reported once, the guest is restarted and heard again', () => {
    it.each(rows)('$name', async ({ options, fault, seen, restarted = true }) => {
      let guest: LabGuest | undefined;
      tellOnFailure(ground, () => guest);
      guest = await ground.stack.guest(ground.host, fault, options);
      await guest.fault(fault);
      await expectRecovered(ground, guest, { fault: seen, restarted });
      await guest.remove();
    });
  });
