import { describe, expect, it } from 'vitest';
import { admitRestart } from './budget.ts';
import { defaultRestartBudget } from './policy.ts';

const minutes = (...ages: number[]) => ages.map(age => -age * 60_000);

describe('the restart budget: 3 in 1 h', () => {
  it('admits the first three crashes of an hour', () => {
    for (const restarts of [[], minutes(5), minutes(5, 20)])
      expect(admitRestart(defaultRestartBudget, restarts, 0)).toEqual({ admitted: true });
  });

  it('refuses the fourth, says why, and when it would fit', () => {
    expect(admitRestart(defaultRestartBudget, minutes(5, 50, 20), 0)).toEqual({
      admitted: false,
      reason: 'restarted 3 times within 1 h, the budget is 3',
      nextAtMs: 10 * 60_000,
    });
  });

  it('forgets a restart the moment it is an hour old', () => {
    expect(admitRestart(defaultRestartBudget, minutes(5, 20, 60), 0)).toEqual({ admitted: true });
  });

  it('with more restarts than the budget waits until enough have left', () => {
    expect(admitRestart({ restarts: 2, windowMs: 90_000 }, [-80_000, -40_000, -10_000], 0)).toEqual({
      admitted: false,
      reason: 'restarted 3 times within 90 s, the budget is 2',
      nextAtMs: 50_000,
    });
  });

  it('of no restarts never fits', () => {
    expect(admitRestart({ restarts: 0, windowMs: 60_000 }, [], 0)).toEqual({
      admitted: false,
      reason: 'restarted 0 times within 1 min, the budget is 0',
      nextAtMs: Number.POSITIVE_INFINITY,
    });
  });
});
