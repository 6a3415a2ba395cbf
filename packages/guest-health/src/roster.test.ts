import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guestPhases } from './effect.ts';
import type { GuestState, Standing } from './guest-state.ts';
import { newGuest } from './lives.ts';
import { Roster } from './roster.ts';
import { shareOf } from './share.ts';

const standings: Standing[] = [
  { phase: 'unknown' },
  { phase: 'alive' },
  { phase: 'suspect', misses: [] },
  { phase: 'held', misses: [] },
  { phase: 'confirming', charge: { kind: 'agent-away' }, dueAtMs: 70 },
  {
    phase: 'confirming',
    charge: { kind: 'silence', rule: 'agent-stayed-away', misses: [], needed: 1, stall: null },
    dueAtMs: 90,
  },
  { phase: 'failed', condition: 'running', silentUntilMs: 40 },
  { phase: 'stopped', reason: 'destroyed' },
];

const change = fc.record({
  name: fc.integer({ min: 0, max: 200 }).map(String),
  standing: fc.option(fc.constantFrom(...standings), { freq: 3 }),
  lookedAtMs: fc.option(fc.integer({ min: 0, max: 100 })),
});

const guest = (name: string, standing: Standing, lookedAtMs: number | null): GuestState => {
  const made = newGuest(name, { domainId: 1, atMs: 0, wallAtMs: 0 });
  const { life, hearing } = made;
  return { ...made, standing, life: { ...life, proven: true }, hearing: { ...hearing, lookedAtMs } };
};

describe('the roster', () => {
  it('is a map whose sums are what counting all guests would give', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 300 }), changes => {
        let roster = Roster.empty;
        const model = new Map<string, GuestState>();
        for (const { name, standing, lookedAtMs } of changes) {
          const before = roster;
          const keys = [...before.keys()];
          if (standing) {
            const made = guest(name, standing, lookedAtMs);
            roster = roster.with(made);
            model.set(name, made);
          } else {
            roster = roster.without(name);
            model.delete(name);
          }
          // The old one is untouched.
          expect([...before.keys()]).toEqual(keys);
        }
        const all = [...model.values()];
        const shares = all.map(shareOf);
        expect(new Map(roster)).toEqual(model);
        expect(roster.size).toBe(model.size);
        expect(roster.totals).toEqual({
          heard: shares.filter(share => share.heard).length,
          silent: shares.filter(share => share.silent).length,
          accused: shares.filter(share => share.accused).length,
          held: shares.filter(share => share.held).length,
          byPhase: Object.fromEntries(
            guestPhases.map(phase => [phase, all.filter(one => one.standing.phase === phase).length]),
          ),
        });
        expect(roster.wakeAtMs).toBe(
          Math.min(...shares.map(share => share.wakeAtMs), Number.POSITIVE_INFINITY),
        );
        expect(roster.oldestLookMs).toBe(
          Math.min(...shares.map(share => share.lookMs), Number.POSITIVE_INFINITY),
        );
        expect(new Set(roster.due(70))).toEqual(new Set(all.filter(one => shareOf(one).wakeAtMs <= 70)));
        expect(new Set(roster.accused())).toEqual(new Set(all.filter(one => shareOf(one).accused)));
        expect(new Set(roster.held())).toEqual(new Set(all.filter(one => shareOf(one).held)));
      }),
      { numRuns: 100, seed: 20261122 },
    );
  });
});
