import { stateReasons } from '@instance-ha/guest-health';
import { DomainState } from '@instance-ha/libvirt-rpc';
import { describe, expect, it } from 'vitest';
import { describe as describeDomain, lifeOf, toSighting } from './sighting.ts';

const domain = { name: 'a', uuid: '11111111-1111-4111-8111-111111111111', id: 7 };
const off = { ...domain, id: -1 };
const told = (state: number, reason: number): string => {
  const sighting = toSighting({ domain, state, reason });
  if (sighting.seen !== 'instance') return sighting.seen;
  return `${sighting.detail}: ${sighting.state}${sighting.byOperator ? ' by operator' : ''}`;
};

describe('every state and reason of libvirt', () => {
  it('means something, or cannot be looked at', () => {
    const words = Object.entries(DomainState).flatMap(([symbol, state]) =>
      stateReasons[symbol.toLowerCase() as keyof typeof stateReasons].map((_word, reason) =>
        told(state, reason),
      ),
    );
    expect(words).toMatchInlineSnapshot(`
      [
        "could-not-look",
        "running (unknown): running",
        "running (booted): running",
        "running (migrated): running",
        "running (restored): running",
        "running (from-snapshot): running",
        "running (unpaused): running",
        "running (migration-canceled): running",
        "running (save-canceled): running",
        "running (wakeup): running",
        "running (crashed): running",
        "running (postcopy): running",
        "running (postcopy-failed): running",
        "blocked (unknown): running",
        "paused (unknown): paused",
        "paused (user): paused by operator",
        "paused (migration): busy by operator",
        "paused (save): busy by operator",
        "paused (dump): busy by operator",
        "paused (ioerror): paused",
        "paused (watchdog): paused",
        "paused (from-snapshot): paused by operator",
        "paused (shutting-down): busy by operator",
        "paused (snapshot): busy by operator",
        "paused (crashed): crashed",
        "paused (starting-up): busy by operator",
        "paused (postcopy): busy by operator",
        "paused (postcopy-failed): paused",
        "paused (api-error): paused",
        "in shutdown (unknown): busy by operator",
        "in shutdown (user): busy by operator",
        "shut off (unknown): stopped",
        "shut off (shutdown): stopped by operator",
        "shut off (destroyed): stopped by operator",
        "shut off (crashed): stopped",
        "shut off (migrated): stopped by operator",
        "shut off (saved): suspended by operator",
        "shut off (failed): stopped",
        "shut off (from-snapshot): stopped by operator",
        "shut off (daemon): stopped",
        "crashed (unknown): crashed",
        "crashed (panicked): crashed",
        "pmsuspended (unknown): suspended by operator",
      ]
    `);
  });

  it.each([
    [3, 99, 'paused (unknown reason 99): paused'],
    [5, 99, 'shut off (unknown reason 99): stopped'],
    [1, 99, 'running (unknown reason 99): running'],
    [8, 0, 'could-not-look'],
    [0, 0, 'could-not-look'],
  ])('a newer one: %i, %i is %s', (state, reason, expected) => {
    expect(told(state, reason)).toBe(expected);
  });
});

it('a life is the domain id, which a preserved crashed domain keeps', () => {
  expect(lifeOf(domain)).toBe('7');
  expect(lifeOf(off)).toBeNull();
  expect(toSighting({ domain, state: DomainState.CRASHED, reason: 1 })).toEqual({
    seen: 'instance',
    state: 'crashed',
    byOperator: false,
    life: '7',
    detail: 'crashed (panicked)',
  });
  expect(describeDomain({ state: 42, reason: 1 })).toBe('state 42 (reason 1)');
});
