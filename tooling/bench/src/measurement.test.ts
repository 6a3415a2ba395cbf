import { describe, expect, it } from 'vitest';
import { percentile, summarize } from './measurement.ts';

describe('percentiles by nearest rank', () => {
  it.each([
    [50, 5],
    [99, 10],
    [10, 1],
    [1, 1],
  ])('p%i of one to ten is %i', (p, value) => {
    expect(percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], p)).toBe(value);
  });
});

describe('a measurement', () => {
  it('sets samples against the floor of the same run', () => {
    const what = { name: 'x', unit: 'ms', conditions: { guests: 2 } } as const;
    expect(summarize(what, [30, 10, 20], [10])).toEqual({
      name: 'x',
      n: 3,
      unit: 'ms',
      p50: 20,
      p99: 30,
      min: 10,
      max: 30,
      floor: 10,
      ratio: 2,
      conditions: { guests: 2, floorN: 1 },
    });
  });
});
