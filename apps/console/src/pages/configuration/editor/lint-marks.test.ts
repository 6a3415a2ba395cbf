import type { ConfigurationProblem } from '@instance-ha/contracts';
import { describe, expect, it } from 'vitest';
import { type Lines, marksOf } from './lint-marks.ts';

const text = '[DEFAULT]\ninstance_check_interval = -5\nhost = a';
const linesOf = (from: string): Lines => {
  const parts = from.split('\n');
  const starts = parts.map((_, index) => parts.slice(0, index).join('\n').length + (index === 0 ? 0 : 1));
  return {
    count: parts.length,
    line: number => ({
      from: starts[number - 1] ?? 0,
      to: (starts[number - 1] ?? 0) + (parts[number - 1]?.length ?? 0),
    }),
  };
};
const problem = (told: Partial<ConfigurationProblem>): ConfigurationProblem => ({
  severity: 'error',
  code: 'invalid',
  line: 2,
  column: 27,
  endColumn: 29,
  key: null,
  message: 'expected at least 1',
  suggestion: null,
  ...told,
});
const marked = (told: Partial<ConfigurationProblem>) =>
  marksOf([problem(told)], linesOf(text)).map(({ from, to, message }) => [text.slice(from, to), message]);

describe('marks in the editor', () => {
  it('stand on the very value that is wrong', () => {
    expect(marked({})).toEqual([['-5', 'expected at least 1']]);
  });

  it('name the key, and what was likely meant', () => {
    expect(marked({ key: 'DEFAULT.hots', suggestion: 'host' })).toEqual([
      ['-5', 'DEFAULT.hots: expected at least 1 Did you mean host?'],
    ]);
  });

  it.each([
    [
      'a whole line, where there is no column',
      { column: null, endColumn: null },
      'instance_check_interval = -5',
    ],
    ['the first line, where there is no place', { line: null, column: null, endColumn: null }, '[DEFAULT]'],
    [
      'the last line, where the text was cut meanwhile',
      { line: 9, column: null, endColumn: null },
      'host = a',
    ],
    ['no more than its line', { column: 27, endColumn: 900 }, '-5'],
  ])('stand on %s', (_where, told, expected) => {
    expect(marked(told)[0]?.[0]).toBe(expected);
  });

  it('come in the order of the text', () => {
    const marks = marksOf([problem({}), problem({ line: 1, column: 1, endColumn: 4 })], linesOf(text));
    expect(marks.map(({ from }) => from)).toEqual([0, 36]);
  });
});
