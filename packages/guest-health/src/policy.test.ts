import { describe, expect, it } from 'vitest';
import {
  defaultGatePolicy,
  defaultGuestPolicy,
  type GatePolicy,
  type GuestPolicy,
  policyProblems,
  secondSignMisses,
} from './policy.ts';

const problems = (guest: Partial<GuestPolicy>, gate: Partial<GatePolicy> = {}) =>
  policyProblems({ guest: { ...defaultGuestPolicy, ...guest }, gate: { ...defaultGatePolicy, ...gate } });

describe('a policy', () => {
  it('by default has no problems', () => {
    expect(problems({})).toEqual([]);
  });

  it.each<[string, Partial<GuestPolicy>, Partial<GatePolicy>]>([
    ['failureThreshold must be a whole number of at least 1, found 0', { failureThreshold: 0 }, {}],
    ['bootLoopCount must be at least 2, found 1', { bootLoopCount: 1 }, {}],
    ['bootGraceMs must be a number of at least 0, found -1', { bootGraceMs: -1 }, {}],
    ['hostSuspectRatio must be at most 1, found 1.5', {}, { hostSuspectRatio: 1.5 }],
    [
      'evidenceMaxAgeMs (60000) must be at least failureThreshold × checkIntervalMs (90000): misses would grow too old before they are enough',
      { evidenceMaxAgeMs: 60_000 },
      {},
    ],
    ['evidenceMaxAgeMs (300000) must be at least twice pauseConfirmMs', { pauseConfirmMs: 200_000 }, {}],
  ])('is told: %s', (problem, guest, gate) => {
    expect(problems(guest, gate)).toEqual([problem]);
  });

  it('with the second sign needs half of the misses, and never none', () => {
    const needed = [1, 2, 3, 4, 5].map(failureThreshold =>
      secondSignMisses({ ...defaultGuestPolicy, failureThreshold }),
    );
    expect(needed).toEqual([1, 1, 2, 2, 3]);
  });
});
