import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Check } from './check.ts';
import { parseAtom, parseCheck } from './parse-check.ts';

/** A rule of a file, with the line it stands on. */
export type RuleText = { name: string; check: Check; line: number };

export type PolicyProblem = { line: number; message: string };

/** Characters of the file, and rules in it. */
const maxCharacters = 262_144;
const maxRules = 2000;
/** Faults told at once. */
const maxProblems = 50;

/**
 * Reads a policy file: one YAML mapping (JSON is YAML too) of rule names to rules, each a text or, in the old form, a list of
 * lists, the outer one joined by `or`, the inner ones by `and`. Tells every fault with its line.
 */
export function parsePolicyFile(text: string): { rules: RuleText[]; problems: PolicyProblem[] } {
  if (text.length > maxCharacters)
    return {
      rules: [],
      problems: [{ line: 1, message: `expected at most ${maxCharacters} characters, found ${text.length}` }],
    };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const lineOf = (offset: number | undefined): number => lines.linePos(offset ?? 0).line;
  const problems: PolicyProblem[] = document.errors.map(({ pos, message }) => ({
    line: lineOf(pos[0]),
    message: message.split('\n', 1)[0] ?? '',
  }));
  const { contents } = document;
  if (problems.length > 0 || contents === null || (isScalar(contents) && contents.value === null))
    return { rules: [], problems: problems.slice(0, maxProblems) };
  if (!isMap(contents))
    return { rules: [], problems: [{ line: 1, message: 'expected a mapping of rule names to rules' }] };
  if (contents.items.length > maxRules)
    return {
      rules: [],
      problems: [{ line: 1, message: `expected at most ${maxRules} rules, found ${contents.items.length}` }],
    };

  const rules: RuleText[] = [];
  for (const { key, value } of contents.items) {
    const line = lineOf((key as Node | null)?.range?.[0]);
    if (!isScalar(key) || typeof key.value !== 'string' || key.value === '') {
      problems.push({ line, message: 'expected the name of a rule' });
      continue;
    }
    const name = key.value;
    const check = read(value as Node | null);
    if (typeof check === 'string') problems.push({ line, message: `${name}: ${check}` });
    else rules.push({ name, check, line });
  }
  return { rules, problems: problems.slice(0, maxProblems) };
}

function read(value: Node | null): Check | string {
  if (isScalar(value) && typeof value.value === 'string') {
    const parsed = parseCheck(value.value);
    return parsed.ok ? parsed.check : parsed.message;
  }
  if (isSeq(value)) return readList(value.toJSON() as unknown[]);
  return 'expected a rule such as "role:admin", or a list of lists of checks';
}

/** An empty list is always true; an inner list that is empty does not count. */
function readList(outer: readonly unknown[]): Check | string {
  if (outer.length === 0) return { is: 'true' };
  const ors: Check[] = [];
  for (const inner of outer) {
    const words: unknown[] = Array.isArray(inner) ? inner : [inner];
    const ands: Check[] = [];
    for (const word of words) {
      const check = typeof word === 'string' ? parseAtom(word) : 'expected texts in the lists of checks';
      if (typeof check === 'string') return check;
      ands.push(check);
    }
    const [first] = ands;
    if (first) ors.push(ands.length === 1 ? first : { is: 'and', checks: ands });
  }
  const [first] = ors;
  if (!first) return { is: 'false' };
  return ors.length === 1 ? first : { is: 'or', checks: ors };
}
