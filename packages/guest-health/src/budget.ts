import type { RestartBudget } from './policy.ts';

export type Admission = { admitted: true } | { admitted: false; reason: string; nextAtMs: number };

/**
 * Whether one more restart of an instance fits its budget.
 *
 * `restartsAtMs` are the instants at which its restarts began, in any order, on the clock of `nowMs`; those that lie
 * `windowMs` or longer back no longer count. When refused, `nextAtMs` is the first instant at which it would fit, and
 * Infinity for a budget of no restarts.
 */
export function admitRestart(
  budget: RestartBudget,
  restartsAtMs: readonly number[],
  nowMs: number,
): Admission {
  const counted = restartsAtMs.filter(atMs => nowMs - atMs < budget.windowMs).sort((a, b) => a - b);
  if (counted.length < budget.restarts) return { admitted: true };
  const leaves = counted[counted.length - budget.restarts];
  return {
    admitted: false,
    reason: `restarted ${counted.length} times within ${describe(budget.windowMs)}, the budget is ${budget.restarts}`,
    nextAtMs: leaves === undefined ? Number.POSITIVE_INFINITY : leaves + budget.windowMs,
  };
}

function describe(windowMs: number): string {
  if (windowMs % 3_600_000 === 0) return `${windowMs / 3_600_000} h`;
  if (windowMs % 60_000 === 0) return `${windowMs / 60_000} min`;
  return `${Math.round(windowMs / 1000)} s`;
}
