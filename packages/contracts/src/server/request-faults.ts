import type { z } from 'zod';
import { type ErrorDetail, maxErrorDetails } from '../error-body.ts';

/** One fault as zod tells it. */
export type RequestIssue = z.core.$ZodIssue;

/** The parts of a request, in the order in which they are checked. */
export type RequestPart = 'params' | 'query' | 'headers' | 'body';

/** The faults of one part as `{ path, expected, found }`, at most `maxErrorDetails`. Header values are never repeated. */
export function describeIssues(
  part: RequestPart,
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
): ErrorDetail[] {
  const details: ErrorDetail[] = [];
  for (const issue of flatten(issues)) {
    if (details.length >= maxErrorDetails) break;
    details.push({
      path: shown([part, ...issue.path.map(String)].join('.')),
      expected: expected(issue).slice(0, 256),
      found: part === 'headers' ? 'a value that does not fit' : found(issue, at(input, issue.path)),
    });
  }
  return details;
}

/** A union's own issue says little: where exactly one member came near, its issues say more. */
function flatten(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.flatMap(issue => {
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
    const [nearest] = issue.errors.toSorted((a, b) => a.length - b.length);
    if (!nearest || nearest.length === 0) return [issue];
    return flatten(nearest.map(inner => ({ ...inner, path: [...issue.path, ...inner.path] })));
  });
}

function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'unrecognized_keys':
      return 'no such key';
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unit(issue.origin)}`;
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit(issue.origin)}`;
    default:
      return issue.message;
  }
}

const unit = (origin: string): string =>
  origin === 'string' ? ' characters' : origin === 'array' || origin === 'set' ? ' items' : '';

function found(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'unrecognized_keys') return issue.keys.map(shown).join(', ').slice(0, 256);
  return describe(value);
}

/** Short enough for a log line, and never more than the kind of a thing that is not a plain value. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  switch (typeof value) {
    case 'string':
      return shown(value);
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    default:
      return 'an object';
  }
}

const shown = (value: string): string => {
  const short = value.length > 120 ? `${value.slice(0, 120)}… (${value.length} characters)` : value;
  return short.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}');
};

function at(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
