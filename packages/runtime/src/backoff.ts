/** How long to wait before attempt `failures + 1`: `firstMs` doubled each time up to `maxMs`, less up to half of it by chance. */
export type BackoffPolicy = { firstMs: number; maxMs: number };

/** `random` gives numbers in [0, 1), like `Math.random`. `failures` counts from 1. */
export function backoffMs(
  policy: BackoffPolicy,
  failures: number,
  random: () => number = Math.random,
): number {
  const fullMs = Math.min(policy.maxMs, policy.firstMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return fullMs * (1 - random() / 2);
}
