import type { IniProblemCode, Span } from '../ini/document.ts';

/** Where text comes from: a file of the host, a file of its overlay folder, or a revision pushed by the console. */
export type TextLayerKind = 'file' | 'overlay' | 'pushed';

/** Where a value or a problem stands. Without `span` the whole file is meant. */
export type Place =
  | { readonly layer: 'default' }
  | { readonly layer: TextLayerKind; readonly file: string; readonly span?: Span }
  | { readonly layer: 'environment'; readonly variable: string };

/** What can be wrong with a configuration, closed. */
export type ProblemCode =
  | IniProblemCode
  | 'unknown-section'
  | 'unknown-key'
  | 'unknown-variable'
  | 'alias'
  | 'deprecated'
  | 'repeated-key'
  | 'given-twice'
  | 'bad-value'
  | 'overridden-bad-value'
  | 'control-character'
  | 'too-long'
  | 'indented-comment'
  | 'unknown-reference'
  | 'reference-cycle'
  | 'secret-reference'
  | 'rule'
  | 'host-only'
  | 'no-effect'
  | 'secret-pushed'
  | 'masked-secret'
  | 'file-missing'
  | 'file-unreadable'
  | 'file-not-utf8'
  | 'secret-readable'
  | 'too-many-problems';

/** Errors that are told at most, and warnings. */
export const maxProblems = 1000;

/** One error or warning. No field ever holds a secret, nor any value whose option is not known. */
export type ConfigProblem = {
  readonly code: ProblemCode;
  readonly at: Place;
  /** The section and key as they are written where the problem is, when it has them. */
  readonly option?: { readonly group: string; readonly name: string };
  /** What is wrong in plain words, without place and key. */
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
  /** The name that was probably meant. */
  readonly suggestion?: string;
};

/** One line for people: `file:line:column: [group] key: message`. */
export function formatProblem(problem: ConfigProblem): string {
  const { option, at, message } = problem;
  const key = option === undefined ? '' : `[${printable(option.group)}] ${printable(option.name)}: `;
  return `${formatPlace(at)}: ${key}${message}`;
}

/** `file:line:column`, `environment VARIABLE`, or `default`. */
export function formatPlace(place: Place): string {
  if (place.layer === 'default') return 'default';
  if (place.layer === 'environment') return `environment ${printable(place.variable)}`;
  const { file, span } = place;
  return span === undefined ? printable(file) : `${printable(file)}:${span.line}:${span.column}`;
}

/** Hides what may be a user and password in a URL: a wrong value may hold one where no secret is expected. */
export function withoutCredentials(text: string): string {
  const from = text.indexOf('//');
  const to = text.lastIndexOf('@');
  return from < 0 || to < from ? text : `${text.slice(0, from)}//***${text.slice(to)}`;
}

/** Text that came from outside, shortened, and with what could disturb a terminal or a log escaped. */
export function printable(text: string, limit = 200): string {
  const short = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return short.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, character => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}
