import { describe, expect, it } from 'vitest';
import { optionsOf } from '../catalogue/option.ts';
import { boolean, integer, list, multi, optional, secret, text } from '../catalogue/value-types.ts';
import { loadLayout } from './load-config.ts';
import { formatProblem } from './problem.ts';

const option = optionsOf('test');
const word = text({ pattern: /^\w+$/, expects: 'a word' });
const about = { description: 'For this test.', reloadable: false, services: ['api'] } as const;

const layout = {
  test: {
    words: option({ name: 'word', type: multi(word), default: 'one', ...about }),
    numbers: option({ name: 'numbers', type: list(integer({ min: 1, max: 9 })), default: '1, 2', ...about }),
    key: option({ name: 'key', type: optional(secret(word)), ...about }),
    old: option({
      name: 'old',
      type: boolean(),
      default: 'no',
      deprecated: { since: '2.0', reason: 'it is always on' },
      ...about,
    }),
  },
};

const load = (...texts: string[]) => {
  const layers = texts.map((each, index) => ({ kind: 'file', file: `${index}`, text: each }) as const);
  return loadLayout({ layers, hostname: 'h', layout, rules: [] });
};

describe('a key that may be repeated', () => {
  it('collects its occurrences in order, in all parts of the section', () => {
    const result = load('[test]\nword = a\nword = b\n[test]\nword = c\n');
    expect(result.ok && result.config.test.words).toEqual(['a', 'b', 'c']);
    expect(result.warnings).toEqual([]);
  });

  it('is replaced as a whole by a later layer', () => {
    const result = load('[test]\nword = a\nword = b\n', '[test]\nword = c\n');
    expect(result.ok && result.config.test.words).toEqual(['c']);
  });

  it('has its default when it is not given', () => {
    const result = load('');
    expect(result.ok && result.config.test.words).toEqual(['one']);
  });
});

describe('a list', () => {
  it.each([
    ['3', [3]],
    ['3,4 , 5', [3, 4, 5]],
    ['3,\n  4,', [3, 4]],
    ['', []],
  ])('%j', (written, numbers) => {
    const result = load(`[test]\nnumbers = ${written}\n`);
    expect(result.ok && result.config.test.numbers).toEqual(numbers);
  });

  it('tells which item is wrong', () => {
    const result = load('[test]\nnumbers = 1,,3\n');
    expect(result.ok ? [] : result.errors.map(formatProblem)).toEqual([
      '0:2:11: [test] numbers: expected a list, separated by commas, each a whole number from 1 to 9, found "1,,3"; look at item 2',
    ]);
  });
});

it('a deprecated option is read and reported with its reason', () => {
  const result = load('[test]\nold = yes\n');
  expect(result.ok && result.config.test.old).toBe(true);
  expect(result.warnings.map(formatProblem)).toEqual([
    '0:2:1: [test] old: deprecated since 2.0: it is always on',
  ]);
});

it('a wrong secret is not shown', () => {
  const result = load('[test]\nkey = not a word\n');
  expect(result.ok ? [] : result.errors.map(formatProblem)).toEqual([
    '0:2:7: [test] key: expected a word, or nothing, found ***',
  ]);
});

it('two options cannot share a name', () => {
  const twin = {
    test: { ...layout.test, again: option({ name: 'old', type: boolean(), default: 'no', ...about }) },
  };
  expect(() => loadLayout({ layers: [], hostname: 'h', layout: twin, rules: [] })).toThrow('test.old');
});
