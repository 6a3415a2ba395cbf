import type { FakeGuestSpec } from '@instance-ha/libvirt-rpc/fake-server';
import { afterEach, describe, expect, it } from 'vitest';
import { type FakeHost, fakeHost, Lines } from './testing/fake-host.ts';

let host: FakeHost;
afterEach(() => host.close());

const { signal } = new AbortController();
const guests = (count: number, agent: NonNullable<FakeGuestSpec['agent']>): FakeGuestSpec[] =>
  Array.from({ length: count }, (_, index) => ({ name: `g${index}`, agent }));
const begin = (name: string, timeoutMs = 1_000) => host.probe.ask(host.uuid(name), { timeoutMs, signal });
const ask = (name: string, timeoutMs = 1_000) => host.during(begin(name, timeoutMs));
const took = ({ askedAtMs, atMs }: { askedAtMs: number; atMs: number }): number => atMs - askedAtMs;

describe('a ping', () => {
  it('of a silent agent costs its timeout once, and then the 5 s in which libvirt re-synchronises', async () => {
    host = fakeHost(guests(1, 'hung'));
    const first = await ask('g0', 1_500);
    expect(first).toMatchObject({
      outcome: 'no-answer',
      detail: expect.stringContaining('libvirt error 86'),
    });
    expect(took(first)).toBe(2_000); // Whole seconds only.
    expect(took(await ask('g0'))).toBe(5_000);
    host.libvirtd.inflict('g0', 'agent-thawed');
    expect(await ask('g0')).toMatchObject({ outcome: 'answered', detail: null });
    expect(host.metric('vmha_libvirt_pings_total{outcome=no-answer}')).toBe(2);
    expect(host.metric('vmha_libvirt_pings_total{outcome=answered}')).toBe(1);
    expect(host.metric('vmha_libvirt_ping_seconds')).toBe(1);
  });

  it('of an agent that answers with an error is answered: it lives', async () => {
    host = fakeHost(guests(1, () => ({ error: 'The command guest-ping has been disabled' })));
    expect(await ask('g0')).toMatchObject({
      outcome: 'answered',
      detail: expect.stringContaining('has been disabled'),
    });
  });

  it('in flight when its guest reboots or dies says that nobody is connected', async () => {
    host = fakeHost(guests(2, 'hung'));
    const both = Promise.all([begin('g0'), begin('g1')]);
    await host.timers.settle();
    host.libvirtd.inflict('g0', 'guest-reboot');
    host.libvirtd.inflict('g1', 'qemu-killed');
    expect((await host.during(both)).map(({ outcome }) => outcome)).toEqual([
      'not-connected',
      'not-connected',
    ]);
  });

  it('of a guest that no listing has named looks it up by its UUID', async () => {
    host = fakeHost(guests(1, 'answers'));
    expect(await ask('g0')).toMatchObject({ outcome: 'answered' });
    expect(host.libvirtd.calls.get('DOMAIN_LOOKUP_BY_UUID')).toBe(1);
    await host.during(host.probe.list({ signal }));
    await ask('g0');
    expect(host.libvirtd.calls.get('DOMAIN_LOOKUP_BY_UUID')).toBe(1);
  });

  it('that nobody waits for any more before it was sent is never sent', async () => {
    host = fakeHost(guests(5, 'hung'));
    const held = [0, 1, 2, 3].map(index => begin(`g${index}`));
    const stopped = new AbortController();
    const waiting = host.probe.ask(host.uuid('g4'), { timeoutMs: 1_000, signal: stopped.signal });
    await host.timers.settle();
    stopped.abort(new Error('we stop'));
    await expect(waiting).rejects.toThrow('we stop');
    await host.during(Promise.all(held));
    expect(host.libvirtd.calls.get('QEMU_DOMAIN_AGENT_COMMAND')).toBe(4);
    expect(await ask('g4')).toMatchObject({ outcome: 'no-answer' });
  });

  it('that one of two gave up is still answered to the other', async () => {
    host = fakeHost(guests(1, 'hung'));
    const stopped = new AbortController();
    const given = host.probe.ask(host.uuid('g0'), { timeoutMs: 1_000, signal: stopped.signal });
    const kept = begin('g0');
    await host.timers.settle();
    stopped.abort(new Error('we stop'));
    await expect(given).rejects.toThrow('we stop');
    expect(await host.during(kept)).toMatchObject({ outcome: 'no-answer' });
    expect(host.libvirtd.calls.get('QEMU_DOMAIN_AGENT_COMMAND')).toBe(1);
  });
});

describe('pings of many guests', () => {
  it('are never more than 4 at once, on a connection of their own', async () => {
    const slowly = async () => {
      await new Promise<void>(resolve => host.timers.setTimeout(resolve, 300));
      return { return: {} };
    };
    host = fakeHost(guests(40, slowly));
    const lines = new Lines(host);
    await lines.readTo('g39 is running');
    const asked = Promise.all(Array.from({ length: 40 }, (_, index) => begin(`g${index}`)));
    await host.timers.settle();
    // The connection for all else is not held up by them.
    const beganMs = host.timers.nowMs();
    expect((await host.during(host.probe.list({ signal }))).listed).toBe(true);
    expect(host.timers.nowMs() - beganMs).toBeLessThanOrEqual(10);
    const answers = await host.during(asked);
    expect(answers.every(({ outcome }) => outcome === 'answered')).toBe(true);
    expect(host.mostPings()).toBe(4);
    expect(host.metric('vmha_libvirt_pings_in_flight')).toBe(0);
    expect(host.libvirtd.connections).toBe(2);
  });

  it('wait no longer for a place than they are told', async () => {
    host = fakeHost(guests(6, 'hung'), { probe: { maxPingsInFlight: 1, placeTimeoutMs: 3_000 } });
    const answers = await host.during(
      Promise.all([0, 1, 2, 3, 4, 5].map(index => begin(`g${index}`, 2_000))),
    );
    expect(answers.map(({ outcome }) => outcome)).toEqual([
      'no-answer',
      'no-answer',
      ...Array.from({ length: 4 }, () => 'could-not-look'),
    ]);
    expect(answers[5]?.detail).toBe('no place among the pings in flight within 3000 ms');
  });
});

describe('a libvirtd that does not answer a ping', () => {
  it('is could-not-look in bounded time, and is asked no more until it answers or is given up', async () => {
    host = fakeHost(guests(9, 'answers'), { libvirtd: { keepalive: false } });
    await host.during(host.probe.list({ signal }));
    await ask('g8');
    host.libvirtd.freeze();
    const first = Promise.all([0, 1, 2, 3].map(index => begin(`g${index}`)));
    const waiting = begin('g4');
    const answers = await host.during(first);
    expect(answers.map(took)).toEqual([8_000, 8_000, 8_000, 8_000]);
    expect(answers[0]).toMatchObject({
      outcome: 'could-not-look',
      detail: 'libvirtd did not reply within 8000 ms to a ping of 1 s',
    });
    expect(host.metric('vmha_libvirt_pings_in_flight')).toBe(4);
    expect(await host.during(waiting)).toMatchObject({ detail: expect.stringContaining('no place') });
    await host.timers.advance(10_000); // Given up 60 s after the answer was due.
    expect(host.metric('vmha_libvirt_reconnects_total{purpose=pings,reason=given-up}')).toBe(1);
    expect(host.metric('vmha_libvirt_pings_in_flight')).toBe(0);
    host.libvirtd.thaw();
    await host.timers.advance(2_000);
    expect(await ask('g5')).toMatchObject({ outcome: 'answered' });
  });

  it('gives a place back as soon as it does answer', async () => {
    host = fakeHost(guests(5, 'answers'), { libvirtd: { keepalive: false } });
    await ask('g4');
    host.libvirtd.freeze();
    await host.during(Promise.all([0, 1, 2, 3].map(index => begin(`g${index}`))));
    const late = begin('g4');
    host.libvirtd.thaw();
    expect(await host.during(late)).toMatchObject({ outcome: 'answered' });
    expect(host.connects.pings).toBe(1);
  });
});

describe('the loss of the connection for pings', () => {
  it('is no blindness: it comes back alone, and pings meanwhile could not look', async () => {
    host = fakeHost(guests(2, 'answers'));
    const lines = new Lines(host);
    await lines.readTo('g1 is running');
    await ask('g0');
    const beganMs = host.timers.nowMs();
    host.cut('pings');
    await host.timers.settle();
    expect(await begin('g0')).toMatchObject({
      outcome: 'could-not-look',
      detail: expect.stringContaining('stream'),
    });
    await host.timers.advance(200);
    expect(await ask('g0')).toMatchObject({ outcome: 'answered' });
    expect(host.timers.nowMs() - beganMs).toBeLessThan(500);
    host.libvirtd.inflict('g1', 'suspend');
    expect(await lines.read(1)).toEqual(['g1 suspended/paused']);
    expect([host.connects.events, host.connects.pings]).toEqual([1, 2]);
    expect(host.metric('vmha_libvirt_blind')).toBe(0);
  });

  it('ends the pings in flight as could-not-look', async () => {
    host = fakeHost(guests(2, 'hung'));
    const both = Promise.all([begin('g0'), begin('g1')]);
    await host.timers.settle();
    host.cut('pings');
    expect((await host.during(both)).map(({ outcome }) => outcome)).toEqual([
      'could-not-look',
      'could-not-look',
    ]);
  });
});

describe('options', () => {
  it.each([0, 5, 2.5])('refuse %d pings at once', maxPingsInFlight => {
    host = fakeHost([]);
    expect(() => fakeHost([], { probe: { maxPingsInFlight } })).toThrow(
      `expected maxPingsInFlight to be a whole number from 1 to 4, found ${maxPingsInFlight}`,
    );
  });
});
