import { describe, expect, it } from 'vitest';
import { type GuestProbeWorld, guestProbeConformance } from '../conformance/guest-probe.ts';
import { scriptedProbe } from './scripted-probe.ts';
import { VirtualClock } from './virtual-clock.ts';

const uuid = (n: number): string => `${String(n).repeat(8)}-0000-4000-8000-000000000000`;

function world(): GuestProbeWorld {
  const clock = new VirtualClock();
  const guests = {
    answering: uuid(1),
    hung: uuid(2),
    disconnected: uuid(3),
    unmonitored: uuid(4),
    off: uuid(5),
  };
  const probe = scriptedProbe({ clock });
  probe.add({ instanceUuid: guests.answering });
  probe.add({ instanceUuid: guests.hung, ping: 'hangs' });
  probe.add({ instanceUuid: guests.disconnected, ping: 'not-connected' });
  const { profile } = probe.add({ instanceUuid: guests.unmonitored });
  profile.agentChannel = false;
  probe.add({
    instanceUuid: guests.off,
    state: 'shutoff',
    reason: 'shutdown',
    domainId: null,
    cpuTimeNs: null,
  });
  return {
    probe,
    guests,
    crash: async instanceUuid => probe.crash(instanceUuid),
    start: async instanceUuid => probe.start(instanceUuid),
    setAway: async away => (away ? probe.lose('libvirtd is away') : probe.restore()),
    elapse: () => clock.advance(100),
  };
}

describe('the scripted probe', () => {
  for (const { name, check } of guestProbeConformance) it(name, () => check(world()));

  it('keeps count of its pings, and tells any signal at the time of its clock', async () => {
    const clock = new VirtualClock();
    const probe = scriptedProbe({ clock, guests: [{ instanceUuid: uuid(1) }, { instanceUuid: uuid(2) }] });
    const { signal } = new AbortController();
    const signals = probe.signals(signal)[Symbol.asyncIterator]();
    for (let read = 0; read < 5; read += 1) await signals.next();
    await clock.advance(100);
    probe.tell(uuid(1), { type: 'watchdog', action: 'reset' });
    const next = await signals.next();
    expect(next.value).toEqual({
      instanceUuid: uuid(1),
      signal: { type: 'watchdog', action: 'reset', atMs: 100 },
    });
    await Promise.all([uuid(1), uuid(2)].map(one => probe.ask(one, { timeoutMs: 1_000, signal })));
    expect(probe.asked.map(one => one.instanceUuid)).toEqual([uuid(1), uuid(2)]);
    expect([probe.inFlight, probe.mostInFlight]).toEqual([0, 2]);
  });
});
