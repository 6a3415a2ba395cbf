import { type LoadResult, loadConfig } from '../load/load-config.ts';
import type { ConfigProblem } from '../load/problem.ts';
import { type PushedLayer, pushedLayer } from './pushed-layer.ts';

/** A problem of one text, flat, for an editor. Null where it has no place in this text, or no key. */
export type TextProblem = {
  readonly severity: 'error' | 'warning';
  readonly code: ConfigProblem['code'];
  readonly line: number | null;
  readonly column: number | null;
  readonly endColumn: number | null;
  /** `section.name`, as written. */
  readonly key: string | null;
  readonly message: string;
  readonly suggestion: string | null;
};

/**
 * Reads pushed texts above the defaults alone: what the files of a host and its environment say is known there only, so that the
 * host checks all of it once more.
 */
export const loadPushed = (layers: readonly PushedLayer[]): LoadResult =>
  loadConfig({ layers: layers.map(pushedLayer), hostname: 'localhost' });

/**
 * What is wrong with the last of these texts, by line: what it says, and what holds no longer because of it. What is wrong
 * with those below it by themselves is theirs.
 */
export function checkPushed(layers: readonly PushedLayer[]): TextProblem[] {
  const own = layers.at(-1);
  if (own === undefined) return [];
  const below = new Set(flatten(loadPushed(layers.slice(0, -1)), own.name).map(same));
  return flatten(loadPushed(layers), own.name).filter(problem => !below.has(same(problem)));
}

const same = ({ line: _line, column: _column, endColumn: _endColumn, ...rest }: TextProblem): string =>
  JSON.stringify(rest);

function flatten(loaded: LoadResult, file: string): TextProblem[] {
  const errors = loaded.ok ? [] : loaded.errors.map(problem => flat('error', problem, file));
  const warnings = loaded.warnings.map(problem => flat('warning', problem, file));
  return [...errors, ...warnings].toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

function flat(severity: TextProblem['severity'], problem: ConfigProblem, file: string): TextProblem {
  const { code, at, option, message, suggestion } = problem;
  const span = 'file' in at && at.file === file ? at.span : undefined;
  return {
    severity,
    code,
    line: span?.line ?? null,
    column: span?.column ?? null,
    endColumn: span?.endColumn ?? null,
    key: option === undefined ? null : `${option.group}.${option.name}`,
    message,
    suggestion: suggestion ?? null,
  };
}
