import { expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

it('doubles from the first wait to the longest one, less up to half by chance', () => {
  const policy = { firstMs: 50, maxMs: 2_000 };
  expect([1, 2, 3, 6, 7, 60].map(failures => backoffMs(policy, failures, () => 0))).toEqual([
    50, 100, 200, 1_600, 2_000, 2_000,
  ]);
  expect(backoffMs(policy, 3, () => 0.999)).toBeCloseTo(100, 0);
});
