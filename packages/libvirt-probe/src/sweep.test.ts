import { afterEach, expect, it } from 'vitest';
import { type FakeHost, fakeHost, Lines } from './testing/fake-host.ts';

let host: FakeHost;
afterEach(() => host.close());

const guestCount = 1_000;
const intervalMs = 30_000;
const rounds = 5;

/**
 * 1,000 guests, each due every 30 s, spread over the interval. In the second round 100 of them hang at once. They go on to
 * be asked as often as the others: no scheduler backs off from them here, the places alone must keep them apart.
 */
it('asks every healthy guest in time while every tenth hangs, never more than 4 at once', async () => {
  const agent = async () => {
    await new Promise<void>(resolve => host.timers.setTimeout(resolve, 8));
    return { return: {} };
  };
  const guests = Array.from({ length: guestCount }, (_, index) => ({ name: `g${index}`, agent }));
  host = fakeHost(guests);
  await new Lines(host).readTo(`g${guestCount - 1} is running`);

  const { signal } = new AbortController();
  const askedAtMs = new Map<string, number[]>();
  const outcomes = new Map<string, number>();
  const beginMs = host.timers.nowMs();
  const stop = beginMs + rounds * intervalMs;
  const patrol = async (name: string, dueMs: number): Promise<void> => {
    const uuid = host.uuid(name);
    for (let nextMs = dueMs; nextMs < stop; ) {
      const waitMs = nextMs - host.timers.nowMs();
      if (waitMs > 0) await new Promise<void>(resolve => host.timers.setTimeout(resolve, waitMs));
      const ping = await host.probe.ask(uuid, { timeoutMs: 1_000, signal });
      askedAtMs.set(name, [...(askedAtMs.get(name) ?? []), ping.askedAtMs]);
      outcomes.set(ping.outcome, (outcomes.get(ping.outcome) ?? 0) + 1);
      nextMs += intervalMs;
    }
  };
  const patrols = guests.map(({ name }, index) => patrol(name, beginMs + (index * intervalMs) / guestCount));
  const hung = new Set(guests.filter((_, index) => index % 10 === 0).map(({ name }) => name));
  host.timers.setTimeout(() => {
    for (const name of hung) host.libvirtd.inflict(name, 'panic-silent');
  }, intervalMs * 1.5);
  await host.timers.advance(rounds * intervalMs);

  const gaps = guests
    .filter(({ name }) => !hung.has(name))
    .flatMap(({ name }) =>
      (askedAtMs.get(name) ?? []).map((atMs, index, all) => (index === 0 ? 0 : atMs - (all[index - 1] ?? 0))),
    );
  expect(gaps).toHaveLength(900 * rounds);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(1.1 * intervalMs);
  expect(host.mostPings()).toBe(4);
  expect(outcomes.get('no-answer')).toBeGreaterThan(100);
  await host.close();
  await host.during(Promise.allSettled(patrols));
}, 120_000);
