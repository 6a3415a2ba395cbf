import { DomainState, ShutoffReason } from '@instance-ha/libvirt-rpc';
import type { FakeGuestSpec } from '@instance-ha/libvirt-rpc/fake-server';
import { afterEach, describe, expect, it } from 'vitest';
import { type FakeHost, fakeHost, Lines } from './testing/fake-host.ts';

let host: FakeHost;
afterEach(() => host.close());

const two: FakeGuestSpec[] = [
  { name: 'a' },
  { name: 'b', state: DomainState.SHUTOFF, reason: ShutoffReason.DESTROYED },
];
const listing = ['sighted', 'a profile', 'a is running/booted', 'b profile', 'b is shutoff/destroyed'];

describe('the signals of a host', () => {
  it('tell every event in libvirt’s words and order', async () => {
    host = fakeHost(two);
    const lines = new Lines(host);
    expect(await lines.read(5)).toEqual(listing);
    host.libvirtd.inflict('a', 'watchdog-poweroff');
    host.libvirtd.inflict('b', 'start');
    const seen = await lines.readTo('a stopped/failed');
    expect(seen).toEqual([
      'a watchdog poweroff',
      'b agent disconnected/domain-started',
      'b resumed/unpaused',
      'b started/booted',
      'b profile',
      'a stopped/failed',
    ]);
    await lines.stop();
  });

  it('hold back what happens while they list, and tell it after the listing', async () => {
    host = fakeHost(two);
    const lines = new Lines(host);
    expect(await lines.read(1)).toEqual(['sighted']);
    host.libvirtd.inflict('a', 'qemu-killed');
    host.libvirtd.inflict('b', 'start');
    expect(await lines.readTo('b started/booted')).toEqual([
      'a profile',
      'a is running/booted',
      'b profile',
      'b is shutoff/destroyed',
      'a stopped/failed',
      'b agent disconnected/domain-started',
      'b resumed/unpaused',
      'b started/booted',
    ]);
  });

  it('show a migration on the host it comes to, and on the one it leaves', async () => {
    host = fakeHost(two);
    const lines = new Lines(host);
    await lines.read(5);
    host.libvirtd.inflict('b', 'migrate-in');
    expect(await lines.readTo('b profile')).toEqual(
      expect.arrayContaining(['b started/migrated', 'b resumed/migrated', 'b profile']),
    );
    const leaving = host.uuid('a');
    host.libvirtd.inflict('a', 'migrate-out');
    expect(await lines.readTo(`${leaving} stopped/migrated`)).toContain(`${leaving} suspended/migrated`);
  });

  it('name a transient guest, and a persistent one that became transient', async () => {
    host = fakeHost([{ name: 'fleeting', persistent: false }]);
    const lines = new Lines(host);
    expect(await lines.read(3)).toEqual([
      'sighted',
      'fleeting profile, transient',
      'fleeting is running/booted',
    ]);
    const domain = host.libvirtd.guest('fleeting').ref;
    host.libvirtd.emit({ type: 'lifecycle', domain, event: 1, detail: 0 });
    expect(await lines.read(2)).toEqual(['fleeting undefined/removed', 'fleeting profile, transient']);
  });

  it('are not confused by events that have no meaning yet', async () => {
    host = fakeHost(two);
    const lines = new Lines(host);
    await lines.read(5);
    const domain = host.libvirtd.guest('a').ref;
    host.libvirtd.emit({ type: 'lifecycle', domain, event: 99, detail: 0 });
    host.libvirtd.emit({ type: 'lifecycle', domain, event: 5, detail: 99 });
    expect(await lines.read(1)).toEqual(['a stopped/unknown-99']);
    expect(host.logged).toContain('warn libvirt sent an event that has no meaning here');
  });
});

describe('a definition that cannot be read', () => {
  it('makes one guest blind until it can, and no other', async () => {
    let xml = '<domain><devices>';
    host = fakeHost([{ name: 'a', xml: () => xml }, { name: 'c' }]);
    const lines = new Lines(host);
    expect(await lines.read(5)).toEqual([
      'sighted',
      expect.stringMatching(/^a blind: the definition is not well-formed XML/),
      'a is running/booted',
      'c profile',
      'c is running/booted',
    ]);
    xml = '<domain><name>a</name></domain>';
    host.libvirtd.emit({ type: 'lifecycle', domain: host.libvirtd.guest('a').ref, event: 0, detail: 1 });
    expect(await lines.read(3)).toEqual(['a defined/updated', 'a sighted', 'a profile without agent']);
  });

  it('is read once more, not ten times, when it changes ten times meanwhile', async () => {
    host = fakeHost(two);
    const lines = new Lines(host);
    await lines.read(5);
    const before = host.libvirtd.calls.get('DOMAIN_GET_XML_DESC') ?? 0;
    const domain = host.libvirtd.guest('a').ref;
    for (let time = 0; time < 10; time += 1) {
      host.libvirtd.emit({ type: 'lifecycle', domain, event: 0, detail: 1 });
    }
    await host.timers.settle();
    await host.timers.settle();
    expect((host.libvirtd.calls.get('DOMAIN_GET_XML_DESC') ?? 0) - before).toBe(2);
  });
});

describe('a consumer that lags behind', () => {
  it('is told blind, and then everything anew, though never half a story', async () => {
    host = fakeHost(two, { probe: { signalBound: 20 } });
    const lines = new Lines(host);
    await lines.read(5);
    host.libvirtd.inflict('a', 'io-error');
    await host.timers.settle();
    expect(await lines.read(6)).toEqual([
      'blind: more than 20 signals waited for their consumer and were dropped',
      'sighted',
      'a profile',
      'a is paused/ioerror',
      'b profile',
      'b is shutoff/destroyed',
    ]);
    expect(host.metric('vmha_libvirt_signals_dropped_total')).toBe(41);
    host.libvirtd.inflict('a', 'resume');
    expect(await lines.read(1)).toEqual(['a resumed/unpaused']);
  });

  it('gets a listing that is longer than the bound at its own pace', async () => {
    const guests = Array.from({ length: 30 }, (_, index) => ({ name: `g${index}` }));
    host = fakeHost(guests, { probe: { signalBound: 1 } });
    expect(await new Lines(host).read(61)).toHaveLength(61);
  });
});

describe('a libvirtd that goes away', () => {
  it('is blindness at once, and sight again within two seconds of its return', async () => {
    host = fakeHost(two);
    const lines = new Lines(host);
    await lines.read(5);
    host.libvirtd.inflict('a', 'suspend');
    host.libvirtd.stop();
    await host.timers.settle();
    expect(await lines.read(2)).toEqual(['a suspended/paused', 'blind: the daemon closed the connection']);
    await host.timers.advance(60_000);
    host.libvirtd.inflict('a', 'qemu-killed');
    host.libvirtd.start();
    const backAtMs = host.timers.nowMs();
    expect(await lines.read(5)).toEqual([
      'sighted',
      'a profile',
      'a is shutoff/crashed',
      'b profile',
      'b is shutoff/unknown',
    ]);
    expect(host.timers.nowMs() - backAtMs).toBeLessThanOrEqual(2_000);
    expect(host.metric('vmha_libvirt_blind')).toBe(0);
    expect(host.metric('vmha_libvirt_blind_seconds_total')).toBeGreaterThan(59);
    expect(host.metric('vmha_libvirt_reconnects_total{purpose=events,reason=connection-lost}')).toBe(1);
    expect(
      host.metric('vmha_libvirt_reconnects_total{purpose=events,reason=connect-failed}'),
    ).toBeGreaterThan(5);
  });

  it('that answers again before anybody noticed is blindness all the same', async () => {
    host = fakeHost(two);
    const lines = new Lines(host);
    await lines.read(5);
    host.cut('events');
    await host.timers.advance(1_000);
    expect(await lines.read(6)).toEqual([expect.stringContaining('blind'), ...listing]);
  });

  it('from the beginning is blindness with its cause', async () => {
    host = fakeHost(two);
    host.libvirtd.stop();
    const lines = new Lines(host);
    expect(await lines.read(1)).toEqual([expect.stringMatching(/^blind: cannot open a stream to libvirt/)]);
    expect(host.metric('vmha_libvirt_blind')).toBe(1);
    host.libvirtd.start();
    expect(await lines.read(1)).toEqual(['sighted']);
  });

  it('so that nobody hears of an attempt again is given up, and does not hold up a close', async () => {
    const never = new Promise<never>(() => {});
    host = fakeHost(two, { probe: { connect: () => never } });
    const lines = new Lines(host);
    expect(await lines.read(1)).toEqual(['blind: no connection to libvirt within 5000 ms']);
    expect(host.metric('vmha_libvirt_reconnects_total{purpose=events,reason=timeout}')).toBe(1);
    await host.probe.close();
    expect(await lines.read(1)).toEqual([]);
  });

  it('and freezes is noticed by keepalive', async () => {
    host = fakeHost(two);
    const lines = new Lines(host);
    await lines.read(5);
    const frozenAtMs = host.timers.nowMs();
    host.libvirtd.freeze();
    expect(await lines.read(1)).toEqual([
      expect.stringMatching(/^blind: no byte from the daemon for 15000 ms/),
    ]);
    expect(host.timers.nowMs() - frozenAtMs).toBeLessThanOrEqual(15_010);
    host.libvirtd.thaw();
    expect((await lines.read(5))[0]).toBe('sighted');
  });

  it('after a listing was begun ends that listing', async () => {
    host = fakeHost(Array.from({ length: 30 }, (_, index) => ({ name: `g${index}` })));
    const lines = new Lines(host);
    await lines.read(3);
    host.cut('events');
    const seen = await lines.readTo('blind');
    expect(seen.length).toBeLessThan(12);
    expect(await lines.read(61)).toHaveLength(61);
  });
});

describe('a listing that cannot be made while events go on', () => {
  it('is blindness, and sight again when it can', async () => {
    // Somebody else holds all workers but those for calls that cannot wait.
    host = fakeHost([{ name: 'a' }, { name: 'hung', agent: 'hung' }], {
      libvirtd: { workers: 1 },
      callTimeoutMs: 1_000,
    });
    const lines = new Lines(host);
    await lines.read(5);
    const { signal } = new AbortController();
    const ask = host.probe.ask(host.uuid('hung'), { timeoutMs: 4_000, signal });
    await host.timers.settle();
    const listed = await host.during(host.probe.list({ signal }));
    expect(listed).toMatchObject({ listed: false, cause: expect.stringContaining('within 1000 ms') });
    expect(await lines.readTo('sighted')).toEqual([expect.stringMatching(/^blind: no reply to/), 'sighted']);
    expect(host.timers.nowMs()).toBeLessThan(8_000);
    await host.during(ask);
    expect(host.connects.events).toBe(1);
  });
});

describe('a burst', () => {
  it('of 1,000 crashes is told whole', async () => {
    const guests = Array.from({ length: 1_000 }, (_, index) => ({ name: `g${index}` }));
    host = fakeHost(guests);
    const lines = new Lines(host);
    await lines.read(2_001);
    for (const { name } of guests) host.libvirtd.inflict(name, 'qemu-killed');
    expect(await lines.read(1_000)).toEqual(guests.map(({ name }) => `${name} stopped/failed`));
    expect(host.metric('vmha_libvirt_signals_dropped_total')).toBe(0);
  });
});
