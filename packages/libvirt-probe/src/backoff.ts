/** `firstMs` before the first retry, doubled for each further one up to `maxMs`, less up to half of it by chance. */
export type BackoffPolicy = { firstMs: number; maxMs: number };

/** `failures` counts from 1; `random` gives numbers in [0, 1). */
export function backoffMs(policy: BackoffPolicy, failures: number, random: () => number): number {
  const wholeMs = Math.min(policy.maxMs, policy.firstMs * 2 ** Math.min(failures - 1, 30));
  return wholeMs * (1 - random() / 2);
}
