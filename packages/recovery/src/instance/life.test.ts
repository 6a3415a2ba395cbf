import { describe, expect, it } from 'vitest';
import { compareLives } from './life.ts';

describe('two lives', () => {
  it.each([
    ['7', '7', 'same'],
    ['7', '8', 'other'],
    ['7', null, 'unknown'],
    ['nova:req-1', 'nova:req-1', 'same'],
    ['nova:req-1', 'nova:req-2', 'other'],
    ['7', 'nova:req-1', 'unknown'],
  ] as const)('%s and %s: %s', (one, other, expected) => {
    expect(compareLives(one, other)).toBe(expected);
    expect(compareLives(other, one)).toBe(expected);
  });
});
