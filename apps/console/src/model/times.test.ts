import { describe, expect, it } from 'vitest';
import { ago, exactTime, span } from './times.ts';

describe('spans', () => {
  it.each([
    [0, '0 ms'],
    [812.4, '812 ms'],
    [3306, '3.3 s'],
    [59_960, '1 min'],
    [250_000, '4 min 10 s'],
    [7_500_000, '2 h 5 min'],
    [266_400_000, '3 d 2 h'],
    [-1500, '−1.5 s'],
  ])('%d ms is %s', (ms, told) => expect(span(ms)).toBe(told));
});

describe('instants', () => {
  it('are told as a distance from now', () => {
    const nowMs = Date.parse('2026-01-01T00:01:00.000Z');
    expect(ago('2026-01-01T00:00:48.000Z', nowMs)).toBe('12 s ago');
    expect(ago('2026-01-01T00:04:00.000Z', nowMs)).toBe('in 3 min');
    expect(ago('2026-01-01T00:01:00.000Z', nowMs)).toBe('just now');
  });

  it('are exact where that is asked for', () => {
    expect(exactTime('2026-01-01T00:00:48.123Z')).toBe('2026-01-01 00:00:48.123 UTC');
  });
});
