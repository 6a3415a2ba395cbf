import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

describe('backoff', () => {
  it.each([
    [1, 100],
    [2, 200],
    [4, 800],
    [5, 1000],
    [5000, 1000],
  ])('waits %i failures: %i ms at the most', (failures, fullMs) => {
    const policy = { firstMs: 100, maxMs: 1000 };
    expect(backoffMs(policy, failures, () => 0)).toBe(fullMs);
    expect(backoffMs(policy, failures, () => 1)).toBe(fullMs / 2);
  });
});
