import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { LabGuest, LabHost } from '@instance-ha/lab';
import { realLabOrSkip } from '@instance-ha/lab/fixture';
import { connectLibvirt } from '@instance-ha/libvirt-rpc';
import type { InstanceControl } from '@instance-ha/ports';
import { type InstanceControlWorld, instanceControlConformance } from '@instance-ha/ports/conformance';
import type { InstanceAct, InstanceSighting } from '@instance-ha/recovery';
import { systemClock } from '@instance-ha/runtime';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLibvirtControl } from './control.ts';
import { quietLogger } from './testing/quiet-logger.ts';

const real = await realLabOrSkip();
const run = promisify(execFile);

describe.skipIf(real.skip)('the control before real guests', () => {
  let host: LabHost;
  let control: InstanceControl;
  const { signal } = new AbortController();

  beforeAll(async () => {
    host = await real.lab.host('compute');
  });
  afterAll(() => real.lab.down());
  beforeEach(() => {
    control = createLibvirtControl({
      connect: (_host, { signal: life }) => connectLibvirt({ uri: host.uri, signal: life }),
      clock: systemClock,
      log: quietLogger,
    });
  });
  afterEach(() => control.close());

  const virsh = (...words: string[]) => run('virsh', ['--connect', host.uri, ...words]);
  const ref = (guest: LabGuest) => ({ instanceUuid: guest.uuid, host: 'compute' });
  const look = async (guest: LabGuest): Promise<Extract<InstanceSighting, { seen: 'instance' }>> => {
    const seen = await control.look(ref(guest), { timeoutMs: 10_000, signal });
    if (seen.seen !== 'instance') throw new Error(`${seen.seen}: ${seen.detail}`);
    return seen;
  };
  const act = (guest: LabGuest, what: InstanceAct, life: string | null, timeoutMs = 40_000) =>
    control.act(what, ref(guest), { life, timeoutMs, signal });

  describe('keeps every promise of a control:', () => {
    let guest: LabGuest;
    beforeAll(async () => {
      guest = await host.guest('promises', { onCrash: 'preserve', agent: false });
    });
    afterAll(() => guest.remove());
    afterEach(async () => {
      if (host.libvirtdPid() !== undefined) host.thawLibvirtd();
    });

    const off = async () => {
      if ((await guest.state()).state !== 'shut off') await guest.fault('destroy');
    };
    const running = async () => {
      const { state } = await guest.state();
      if (state === 'running') return;
      if (state !== 'shut off') await off();
      await guest.start();
    };
    const make: Record<Parameters<InstanceControlWorld['make']>[0], () => Promise<unknown>> = {
      running,
      stopped: off,
      crashed: async () => {
        await off();
        await guest.start();
        await booted(guest);
        await guest.fault('panic');
        await guest.waitForState('crashed');
      },
      'paused-by-operator': async () => {
        await running();
        await guest.fault('suspend');
      },
      // A preserved crash is the failure that needs no further device.
      'paused-by-failure': async () => make.crashed(),
    };
    const world = (): InstanceControlWorld => ({
      control,
      ref: ref(guest),
      make: async condition => void (await make[condition]()),
      restartBySomebody: async () => {
        await guest.fault('destroy');
        await guest.start();
      },
      fallSilent: async () => host.freezeLibvirtd(),
      tellsLives: true,
    });
    for (const { name, check } of instanceControlConformance) it(name, () => check(world()));
  });

  /** Up to the point where its shell takes orders. */
  async function booted(guest: LabGuest): Promise<void> {
    for (let time = 0; time < 300; time += 1) {
      const answered = await guest.shell('true', { timeoutMs: 5_000 }).then(
        ({ exitCode }) => exitCode === 0,
        () => false,
      );
      if (answered) return;
      await pause(100);
    }
    throw new Error(`guest ${guest.name} did not boot`);
  }

  type Case = [
    string,
    Parameters<LabHost['guest']>[1],
    (guest: LabGuest) => Promise<unknown>,
    { state: string; detail: string; byOperator: boolean },
  ];
  const cases: Case[] = [
    [
      'killed',
      {},
      guest => guest.fault('qemu-kill').then(() => guest.waitForState('shut off')),
      { state: 'stopped', detail: 'shut off (crashed)', byOperator: false },
    ],
    [
      'shut off by somebody',
      {},
      guest => guest.fault('destroy'),
      { state: 'stopped', detail: 'shut off (destroyed)', byOperator: true },
    ],
    [
      'panicked and destroyed by libvirt',
      {},
      guest => guest.fault('panic').then(() => guest.waitForState('shut off')),
      { state: 'stopped', detail: 'shut off (crashed)', byOperator: false },
    ],
    [
      'panicked and preserved',
      { onCrash: 'preserve' },
      guest => guest.fault('panic').then(() => guest.waitForState('crashed')),
      { state: 'crashed', detail: 'crashed (panicked)', byOperator: false },
    ],
    [
      'frozen with its QEMU',
      {},
      guest => guest.fault('qemu-stop'),
      { state: 'running', detail: 'running (booted)', byOperator: false },
    ],
    [
      'paused on a full disk',
      { ioDisk: {} },
      guest => guest.fault('io-error').then(() => guest.waitForState('paused')),
      { state: 'paused', detail: 'paused (ioerror)', byOperator: false },
    ],
    [
      'paused by its watchdog',
      { watchdog: 'pause' },
      guest => guest.fault('watchdog').then(() => guest.waitForState('paused')),
      { state: 'paused', detail: 'paused (watchdog)', byOperator: false },
    ],
    [
      'silent, its kernel panicked without a panic device',
      { panicDevice: false },
      guest => guest.fault('panic'),
      { state: 'running', detail: 'running (booted)', byOperator: false },
    ],
  ];

  it.each(cases)(
    'brings back a guest that is %s, and it answers',
    async (what, options, befall, expected) => {
      const guest = await host.guest('restarted', options);
      try {
        await guest.waitForPing();
        const before = await look(guest);
        await befall(guest);
        const seen = await look(guest);
        expect(seen).toMatchObject(expected);
        const began = performance.now();
        const stopped = await act(guest, 'stop', seen.life ?? before.life);
        expect(stopped.outcome, stopped.detail).toBe('done');
        const stoppedMs = performance.now() - began;
        const started = await act(guest, 'start', seen.life ?? before.life);
        expect(started.outcome, started.detail).toBe('done');
        const startedMs = performance.now() - began - stoppedMs;
        const after = await look(guest);
        expect(after.state).toBe('running');
        expect(after.life).not.toBe(before.life);
        process.stderr.write(
          `${what}: stop ${Math.round(stoppedMs)} ms, start ${Math.round(startedMs)} ms\n`,
        );
        await guest.waitForPing();
      } finally {
        await guest.remove();
      }
    },
  );

  it('gives a frozen QEMU a new life by one hard reboot', async () => {
    const guest = await host.guest('rebooted', { agent: false });
    try {
      const { life } = await look(guest);
      await guest.fault('qemu-stop');
      const rebooted = await act(guest, 'hard-reboot', life);
      expect(rebooted.outcome, rebooted.detail).toBe('done');
      const after = await look(guest);
      expect(after.state).toBe('running');
      expect(after.life).not.toBe(life);
    } finally {
      await guest.remove();
    }
  });

  it('does not touch another life, and sees what is not there', async () => {
    const guest = await host.guest('other-life', { agent: false });
    const { life } = await look(guest);
    await guest.fault('destroy');
    await guest.start();
    const now = await look(guest);
    expect(await act(guest, 'stop', life)).toMatchObject({ outcome: 'refused' });
    expect(await look(guest)).toEqual(now);
    await guest.remove();
    expect(await control.look(ref(guest), { timeoutMs: 5_000, signal })).toMatchObject({ seen: 'nothing' });
    expect(await act(guest, 'start', life)).toMatchObject({
      outcome: 'refused',
      detail: expect.stringContaining('has no domain'),
    });
  });

  it('restores a saved guest, and says so', async () => {
    const guest = await host.guest('saved');
    try {
      await guest.waitForPing();
      const { life } = await look(guest);
      await guest.fault('managedsave');
      expect(await look(guest)).toMatchObject({
        state: 'suspended',
        byOperator: true,
        detail: 'shut off (saved)',
      });
      expect(await act(guest, 'start', life)).toMatchObject({
        outcome: 'done',
        detail: expect.stringContaining('restored from its saved state'),
      });
      await guest.waitForPing();
    } finally {
      await guest.remove();
    }
  });

  it('cannot look while libvirtd is away, and can again when it is back', async () => {
    const guest = await host.guest('away', { agent: false });
    try {
      const { life } = await look(guest);
      await host.killLibvirtd();
      expect(await control.look(ref(guest), { timeoutMs: 5_000, signal })).toMatchObject({
        seen: 'could-not-look',
      });
      expect(await act(guest, 'stop', life)).toMatchObject({ outcome: 'failed' });
      await host.startLibvirtd();
      expect(await look(guest)).toMatchObject({ state: 'running', life });
    } finally {
      await guest.remove();
    }
  });

  it('says of a transient guest that ended that there is nothing to start', async () => {
    const guest = await host.guest('transient', { agent: false });
    const { life } = await look(guest);
    await virsh('undefine', 'transient');
    await guest.fault('qemu-kill');
    await vi.waitFor(async () => {
      const seen = await control.look(ref(guest), { timeoutMs: 5_000, signal });
      expect(seen.seen).toBe('nothing');
    }, 20_000);
    expect(await act(guest, 'start', life)).toEqual({
      outcome: 'refused',
      detail: `libvirt of compute has no domain ${guest.uuid}: never defined there, moved, or transient and gone`,
    });
  });
});
