import { setTimeout as pause } from 'node:timers/promises';
import type { LabGuest, LabHost } from '@instance-ha/lab';
import { realLabOrSkip } from '@instance-ha/lab/fixture';
import { connectLibvirt } from '@instance-ha/libvirt-rpc';
import type { GuestProbe, ProbeSignal } from '@instance-ha/ports';
import { type GuestProbeWorld, guestProbeConformance } from '@instance-ha/ports/conformance';
import { systemClock } from '@instance-ha/runtime';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLibvirtProbe } from './probe.ts';
import { recordingLogger, recordingMetrics } from './testing/fake-host.ts';

const real = await realLabOrSkip();

describe.skipIf(real.skip)('the probe before real guests', () => {
  let host: LabHost;
  let probe: GuestProbe;
  let guests: { [Name in keyof GuestProbeWorld['guests']]: LabGuest };
  const logged: string[] = [];
  const metrics = new Map<string, number>();
  const { signal } = new AbortController();

  beforeAll(async () => {
    host = await real.lab.host('probe');
    guests = {
      answering: await host.guest('answering'),
      hung: await host.guest('hung'),
      disconnected: await host.guest('disconnected', { agent: false }),
      unmonitored: await host.guest('unmonitored', { agentChannel: false }),
      off: await host.guest('off', { start: false }),
    };
    await guests.answering.waitForPing();
    await guests.hung.waitForPing();
    await guests.hung.fault('agent-stop');
  });
  afterAll(() => real.lab.down());

  beforeEach(async () => {
    await host.startLibvirtd();
    if ((await guests.off.state()).state !== 'shut off') await guests.off.fault('destroy');
    if ((await guests.answering.state()).state !== 'running') await guests.answering.start();
    await guests.answering.waitForPing();
    probe = createLibvirtProbe({
      connect: (_purpose, { signal: life }) =>
        connectLibvirt({ uri: host.uri, signal: life, keepalive: { intervalMs: 1_000, count: 2 } }),
      clock: systemClock,
      log: recordingLogger(logged),
      metrics: recordingMetrics(metrics),
    });
  });
  afterEach(() => probe.close());

  const guestOf = (instanceUuid: string): LabGuest => {
    const found = Object.values(guests).find(guest => guest.uuid === instanceUuid);
    if (!found) throw new Error(`there is no guest ${instanceUuid}`);
    return found;
  };
  const uuids = () => ({
    answering: guests.answering.uuid,
    hung: guests.hung.uuid,
    disconnected: guests.disconnected.uuid,
    unmonitored: guests.unmonitored.uuid,
    off: guests.off.uuid,
  });

  describe('keeps every promise of a probe:', () => {
    for (const { name, check } of guestProbeConformance) {
      it(name, () =>
        check({
          probe,
          guests: uuids(),
          crash: async instanceUuid => void (await guestOf(instanceUuid).fault('qemu-kill')),
          start: async instanceUuid => void (await guestOf(instanceUuid).start()),
          setAway: away => (away ? host.killLibvirtd() : host.startLibvirtd()),
          elapse: () => pause(20),
        }),
      );
    }
  });

  /** Reads signals until one satisfies `isLast`; answers with all of them. */
  async function readTo(
    signals: AsyncIterator<ProbeSignal>,
    isLast: (seen: ProbeSignal) => boolean,
  ): Promise<ProbeSignal[]> {
    const read: ProbeSignal[] = [];
    for (;;) {
      const next = await signals.next();
      if (next.done) throw new Error(`the signals ended after ${read.length}`);
      read.push(next.value);
      if (isLast(next.value)) return read;
    }
  }
  const isLifecycle =
    (guest: LabGuest, event: string, detail: string) =>
    (seen: ProbeSignal): boolean =>
      'instanceUuid' in seen &&
      seen.instanceUuid === guest.uuid &&
      seen.signal.type === 'lifecycle' &&
      seen.signal.event === event &&
      seen.signal.detail === detail;
  const isState =
    (guest: LabGuest) =>
    (seen: ProbeSignal): boolean =>
      'instanceUuid' in seen && seen.instanceUuid === guest.uuid && seen.signal.type === 'state';

  it('tells a kernel panic as libvirt does: crashed, then stopped', async () => {
    const signals = probe.signals(signal)[Symbol.asyncIterator]();
    await readTo(signals, isState(guests.off));
    await guests.answering.fault('panic');
    const seen = await readTo(signals, isLifecycle(guests.answering, 'stopped', 'crashed'));
    const events = seen.flatMap(({ signal: one }) =>
      one.type === 'lifecycle' ? [`${one.event}/${one.detail}`] : [],
    );
    // libvirt sometimes tells that the guest was suspended for it.
    expect(events.filter(event => event !== 'suspended/paused')).toEqual([
      'crashed/panicked',
      'stopped/crashed',
    ]);
  });

  it('reads the devices of a guest out of its definition', async () => {
    const devices = await host.guest('devices', { start: false, watchdog: 'poweroff', onCrash: 'preserve' });
    const signals = probe.signals(signal)[Symbol.asyncIterator]();
    const seen = await readTo(signals, isState(devices));
    await devices.remove();
    const profile = seen.map(one => one.signal).findLast(one => one.type === 'profile');
    expect(profile).toMatchObject({
      name: 'devices',
      profile: {
        agentChannel: true,
        onCrash: 'preserve',
        panicDevice: true,
        watchdog: 'poweroff',
        persistent: true,
      },
    });
  });

  it('lists a frozen QEMU at once, and shows that its CPU time stands still', async () => {
    await guests.answering.fault('qemu-stop');
    try {
      const sample = async () => {
        const listing = await probe.list({ signal });
        if (!listing.listed) throw new Error(listing.cause);
        return listing.guests.find(row => row.instanceUuid === guests.answering.uuid)?.signal;
      };
      const began = performance.now();
      const first = await sample();
      expect(performance.now() - began).toBeLessThan(2_000);
      const ping = await probe.ask(guests.answering.uuid, { timeoutMs: 1_000, signal });
      expect(ping.outcome).toBe('no-answer');
      const second = await sample();
      expect(first?.state).toBe('running');
      expect(first?.cpuTimeNs).toBeGreaterThan(0n);
      expect(second?.cpuTimeNs).toBe(first?.cpuTimeNs);
    } finally {
      await guests.answering.fault('qemu-cont');
    }
  });

  it('is blind while libvirtd is frozen, and sees again when it is not', async () => {
    const signals = probe.signals(signal)[Symbol.asyncIterator]();
    await readTo(signals, isState(guests.off));
    host.freezeLibvirtd();
    try {
      const [blind] = (await readTo(signals, seen => seen.signal.type === 'blind')).slice(-1);
      expect(blind?.signal).toMatchObject({ cause: expect.stringContaining('no byte from the daemon') });
      const ping = await probe.ask(guests.answering.uuid, { timeoutMs: 1_000, signal });
      expect(ping.outcome).toBe('could-not-look');
    } finally {
      host.thawLibvirtd();
    }
    await readTo(signals, isState(guests.off));
    expect(metrics.get('vmha_libvirt_blind')).toBe(0);
  });

  it('follows a guest that migrates away and back', async () => {
    const other = await real.lab.host('probe-2');
    const signals = probe.signals(signal)[Symbol.asyncIterator]();
    await readTo(signals, isState(guests.off));
    await guests.answering.migrate(other);
    await readTo(signals, isLifecycle(guests.answering, 'stopped', 'migrated'));
    await guests.answering.migrate(host);
    await readTo(signals, isLifecycle(guests.answering, 'started', 'migrated'));
    await readTo(signals, isLifecycle(guests.answering, 'resumed', 'migrated'));
    await other.stop();
  });

  it('tells of each killed QEMU by itself, long before anybody would have asked', async () => {
    const signals = probe.signals(signal)[Symbol.asyncIterator]();
    await readTo(signals, isState(guests.off));
    const tookMs: number[] = [];
    for (let time = 0; time < 10; time += 1) {
      await guests.off.start();
      const { atMs } = await guests.off.fault('qemu-kill');
      const seen = await readTo(signals, isLifecycle(guests.off, 'stopped', 'failed'));
      tookMs.push((seen.at(-1)?.signal.atMs ?? Number.NaN) - atMs);
      await guests.off.waitForState('shut off');
    }
    tookMs.sort((a, b) => a - b);
    process.stderr.write(`QEMU killed → signal, ms: ${tookMs.map(Math.round).join(' ')}\n`);
    expect(tookMs.at(-1)).toBeLessThan(2_000);
  });
});
