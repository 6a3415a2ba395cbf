import { describe, expect, it } from 'vitest';
import { type DomainState, type LifecycleEvent, lifecycleDetails, stateReasons } from './signal.ts';
import { meaningOfEvent, meaningOfState } from './words.ts';

const pairs = <K extends string>(table: Record<K, readonly string[]>): [K, string][] =>
  (Object.keys(table) as K[]).flatMap(key => table[key].map((word): [K, string] => [key, word]));

describe('of all lifecycle events', () => {
  it('these and no others are failures', () => {
    const failing = pairs<LifecycleEvent>(lifecycleDetails).filter(([event, detail]) =>
      ['fails', 'panics', 'doubtful-pause'].includes(meaningOfEvent(event, detail).kind),
    );
    expect(failing.map(([event, detail]) => `${event}/${detail}`)).toEqual([
      'suspended/ioerror',
      'suspended/watchdog',
      'suspended/api-error',
      'suspended/postcopy-failed',
      'stopped/crashed',
      'stopped/failed',
      'crashed/panicked',
    ]);
  });

  it('those with a detail that libvirt will only invent are none', () => {
    for (const event of Object.keys(lifecycleDetails) as LifecycleEvent[])
      for (const detail of ['unknown-99', 'toString', '__proto__', '?'])
        expect(['fails', 'panics', 'doubtful-pause']).not.toContain(meaningOfEvent(event, detail).kind);
  });
});

describe('of all rows of a listing', () => {
  it('these and no others are failures', () => {
    const failing = pairs<DomainState>(stateReasons).filter(([state, reason]) =>
      ['fails', 'doubtful-pause'].includes(meaningOfState(state, reason).kind),
    );
    expect(failing.map(([state, reason]) => `${state}/${reason}`)).toEqual([
      'paused/ioerror',
      'paused/watchdog',
      'paused/crashed',
      'paused/postcopy-failed',
      'paused/api-error',
      'shutoff/crashed',
      'shutoff/daemon',
      'crashed/unknown',
      'crashed/panicked',
    ]);
  });

  it('a reason that libvirt will only invent is none, except of a domain that crashed', () => {
    for (const state of Object.keys(stateReasons) as DomainState[])
      expect(meaningOfState(state, 'unknown-99').kind === 'fails').toBe(state === 'crashed');
  });
});

describe("the places in the tables are libvirt's numbers", () => {
  it.each([
    ['suspended', 8, 'postcopy-failed'],
    ['stopped', 5, 'failed'],
    ['stopped', 2, 'crashed'],
    ['started', 1, 'migrated'],
    ['shutdown', 1, 'guest'],
    ['crashed', 0, 'panicked'],
  ] as const)('VIR_DOMAIN_EVENT_%s %d is %s', (event, number, word) => {
    expect((lifecycleDetails[event] as readonly string[])[number]).toBe(word);
  });

  it.each([
    ['paused', 5, 'ioerror'],
    ['paused', 6, 'watchdog'],
    ['paused', 10, 'crashed'],
    ['paused', 14, 'api-error'],
    ['running', 9, 'crashed'],
    ['shutoff', 3, 'crashed'],
    ['shutoff', 8, 'daemon'],
    ['crashed', 1, 'panicked'],
  ] as const)('VIR_DOMAIN_%s reason %d is %s', (state, number, word) => {
    expect((stateReasons[state] as readonly string[])[number]).toBe(word);
  });
});
