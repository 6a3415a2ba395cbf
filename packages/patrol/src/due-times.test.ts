import {
  decideHost,
  defaultGatePolicy,
  defaultGuestPolicy,
  type GuestSignal,
  type HostEvent,
  type HostState,
  initialHost,
  shouldAsk,
} from '@instance-ha/guest-health';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueTimes } from './due-times.ts';

const uuids = ['a', 'b', 'c', 'd'].map(letter => `${letter.repeat(8)}-0000-4000-8000-000000000000`);
const policy = { ...defaultGuestPolicy, checkIntervalMs: 30_000 };
const nobody = { except: new Set<string>(), urgent: new Set<string>() };

const signals = [
  'answered',
  'no-answer',
  'not-connected',
  'row',
  'paused',
  'profile',
  'started',
  'tick',
] as const;
const step = fc.record({
  which: fc.nat(3),
  signal: fc.constantFrom(...signals),
  afterMs: fc.constantFrom(0, 1, 100, 1999, 2001, 30_000, 130_000),
});

describe('when guests are due', () => {
  it('is what a fresh reckoning of each says, after any history and at any time', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), steps => {
        const dueTimes = new DueTimes();
        let state = initialHost();
        let nowMs = 1_000_000;
        for (const { which, signal, afterMs } of steps) {
          nowMs += afterMs;
          const instanceUuid = uuids[which] ?? '';
          state = decide(state, { wallAtMs, instanceUuid, signal: signalOf(signal, nowMs) });
          const look = dueTimes.look(policy, state.guests, nowMs, nobody);
          for (const [uuid, guest] of state.guests) {
            dueTimes.spread(uuid);
            const ask = shouldAsk(policy, guest, nowMs);
            const found = look.due.find(one => one.uuid === uuid);
            if (ask && ask.dueMs <= nowMs)
              expect(found).toMatchObject({ slow: ask.slow, early: false, lateMs: nowMs - ask.dueMs });
            // One never asked before may be asked early once, so that all lie spread.
            else if (found) expect(found.early).toBe(true);
            else if (ask) expect(look.nextDueMs).toBeLessThanOrEqual(ask.dueMs);
          }
        }
      }),
    );
  });

  it('lists urgent guests first, and none that is being asked', () => {
    const guests = heard(uuids);
    const urgent = new Set([uuids[2] ?? '', 'f'.repeat(36)]);
    const { due } = new DueTimes().look(policy, guests, 2_000_000, {
      except: new Set([uuids[0] ?? '']),
      urgent,
    });
    expect(due.map(({ uuid }) => uuid).slice(0, 1)).toEqual([uuids[2]]);
    expect(due).toHaveLength(3);
    expect(urgent.has(uuids[2] ?? '')).toBe(true);
  });

  it('follows a change of the policy at once', () => {
    const guests = heard(uuids.slice(0, 1));
    const dueTimes = new DueTimes();
    dueTimes.look(policy, guests, 1_000_001, nobody);
    dueTimes.spread(uuids[0] ?? '');
    expect(dueTimes.look(policy, guests, 1_010_000, nobody).due).toEqual([]);
    expect(dueTimes.look({ ...policy, checkIntervalMs: 5_000 }, guests, 1_010_000, nobody).due).toHaveLength(
      1,
    );
  });

  it('keeps nothing of guests that are gone', () => {
    const dueTimes = new DueTimes();
    for (let round = 0; round < 50; round += 1) {
      const uuid = `${String(round).padStart(8, '0')}-0000-4000-8000-000000000000`;
      dueTimes.look(policy, heard([uuid]), 1_000_000, nobody);
    }
    expect(dueTimes.kept).toBeLessThanOrEqual(18);
  });
});

/** Guests that have answered at 1,000,000 ms. */
function heard(names: readonly string[]): HostState['guests'] {
  let state = initialHost();
  for (const uuid of names)
    for (const what of ['row', 'profile', 'answered'] as const)
      state = decide(state, { wallAtMs, instanceUuid: uuid, signal: signalOf(what, 1_000_000) });
  return state.guests;
}

const wallAtMs = 1_700_000_000_000;
const decide = (state: HostState, event: HostEvent): HostState =>
  decideHost({ guest: policy, gate: defaultGatePolicy }, state, event).state;

function signalOf(what: (typeof signals)[number], atMs: number): GuestSignal {
  const row = {
    type: 'state',
    state: 'running',
    reason: 'booted',
    domainId: 1,
    cpuTimeNs: null,
    atMs,
  } as const;
  switch (what) {
    case 'answered':
    case 'no-answer':
    case 'not-connected':
      return { type: 'ping', outcome: what, detail: null, askedAtMs: atMs, atMs };
    case 'row':
      return row;
    case 'paused':
      return { ...row, state: 'paused', reason: 'user' };
    case 'started':
      return { type: 'lifecycle', event: 'started', detail: 'booted', domainId: atMs, atMs };
    case 'profile':
      return {
        type: 'profile',
        name: 'web',
        profile: {
          agentChannel: true,
          onCrash: 'destroy',
          panicDevice: true,
          watchdog: null,
          persistent: true,
        },
        atMs,
      };
    case 'tick':
      return { type: 'tick', atMs };
  }
}
