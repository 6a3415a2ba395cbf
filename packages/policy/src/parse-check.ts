/**
 * Reads the language of oslo.policy:
 *
 *   expression := term { "or" term } ;  term := factor { "and" factor } ;  factor := [ "not" ] atom
 *   atom := "(" expression ")" | "@" | "!" | kind ":" match
 *
 * Words are divided by blanks; `and`, `or`, `not` may be in any case; an empty rule is always true. What oslo.policy takes for
 * "never" with a line in its log (an unknown form) is an error here, and so is `http:`, which would ask a server.
 */
import type { Check } from './check.ts';

export type ParsedCheck = { ok: true; check: Check } | { ok: false; message: string };

/** Characters of one rule, and parentheses within one another. */
const maxLength = 10_000;
const maxDepth = 50;

export function parseCheck(text: string): ParsedCheck {
  if (text.length > maxLength)
    return { ok: false, message: `expected at most ${maxLength} characters, found ${text.length}` };
  const words = split(text);
  if (words.length === 0) return { ok: true, check: { is: 'true' } };
  const reader = new Reader(words);
  const check = reader.expression(0);
  if (typeof check !== 'string' && reader.peek() !== undefined)
    return { ok: false, message: `expected "and", "or" or the end, found ${shown(reader.peek())}` };
  return typeof check === 'string' ? { ok: false, message: check } : { ok: true, check };
}

/** One check alone, as list syntax has them. */
export function parseAtom(word: string): Check | string {
  if (word === '@') return { is: 'true' };
  if (word === '!') return { is: 'false' };
  const quoted = /^('[^']*'|"[^"]*"):(.*)$/s.exec(word);
  const colon = word.indexOf(':');
  if (!quoted && colon <= 0) return `expected a check such as role:admin, found ${shown(word)}`;
  const kind = quoted?.[1] ?? word.slice(0, colon);
  const match = quoted?.[2] ?? word.slice(colon + 1);
  if (match === '') return `expected something behind the colon of ${shown(word)}`;
  const broken = /%(?!\([^()]+\)s)/.exec(match);
  if (broken) return `expected %(field)s behind each % of ${shown(word)}`;
  switch (kind) {
    case 'rule':
      return { is: 'rule', name: match };
    case 'role':
      return { is: 'role', match };
    case 'http':
    case 'https':
      return `${kind}: checks ask a server and are not supported: found ${shown(word)}`;
    default:
      return { is: 'generic', kind, match };
  }
}

/** Parentheses stand at the edges of a word; those of `%(field)s` stand within one. */
function split(text: string): string[] {
  return text
    .split(/\s+/)
    .filter(word => word !== '')
    .flatMap(word => {
      const opening = (/^\(*/.exec(word)?.[0] ?? '').split('');
      const rest = word.slice(opening.length);
      const closing = (/\)*$/.exec(rest)?.[0] ?? '').split('');
      const core = rest.slice(0, rest.length - closing.length);
      return [...opening, ...(core === '' ? [] : [core]), ...closing];
    });
}

class Reader {
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  peek(): string | undefined {
    return this.#words[this.#at];
  }

  /** A tree, or what is wrong. */
  expression(depth: number): Check | string {
    return this.#joined('or', () => this.#joined('and', () => this.#factor(depth)));
  }

  #joined(word: 'and' | 'or', next: () => Check | string): Check | string {
    const first = next();
    if (typeof first === 'string') return first;
    const checks = [first];
    while (this.peek()?.toLowerCase() === word) {
      this.#at += 1;
      const further = next();
      if (typeof further === 'string') return further;
      checks.push(further);
    }
    return checks.length === 1 ? first : { is: word, checks };
  }

  #factor(depth: number): Check | string {
    if (depth > maxDepth) return `expected at most ${maxDepth} checks within one another`;
    const word = this.peek();
    const lower = word?.toLowerCase();
    if (word === undefined || word === ')' || lower === 'and' || lower === 'or')
      return `expected a check, found ${shown(word)}`;
    this.#at += 1;
    if (lower === 'not') {
      const check = this.#factor(depth + 1);
      return typeof check === 'string' ? check : { is: 'not', check };
    }
    if (word !== '(') return parseAtom(word);
    const inner = this.expression(depth + 1);
    if (typeof inner === 'string') return inner;
    if (this.peek() !== ')') return `expected ")", found ${shown(this.peek())}`;
    this.#at += 1;
    return inner;
  }
}

const shown = (word: string | undefined): string =>
  word === undefined ? 'the end' : JSON.stringify(word.length > 80 ? `${word.slice(0, 80)}…` : word);
