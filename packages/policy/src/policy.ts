import { type Check, rulesAsked } from './check.ts';
import { parseCheck } from './parse-check.ts';
import { type PolicyProblem, parsePolicyFile } from './policy-file.ts';

/** Who asks: `roles`, `is_admin`, `user_id`, `project_id`, `system_scope`, …; read by their names in generic checks. */
export type Credentials = { readonly roles: readonly string[]; readonly [field: string]: unknown };

/** What is asked about: the fields that `%(field)s` stands for. */
export type Target = { readonly [field: string]: unknown };

export type Policy = {
  /** False for a rule that nobody has heard of. */
  allows(rule: string, credentials: Credentials, target?: Target): boolean;
  /** Whether the rule, or one that it asks, was changed by the file. */
  isOverridden(rule: string): boolean;
};

export type Compiled =
  | { ok: true; policy: Policy; warnings: PolicyProblem[] }
  | { ok: false; errors: PolicyProblem[] };

/**
 * Puts the rules of a file over the defaults. Refuses what cannot be read, rules that ask each other in a circle, and rules
 * that ask one that is not there: each could only mean something else than it says. Warns of rules that nothing asks.
 *
 * Throws when the defaults themselves are not sound: that is our own mistake.
 */
export function compilePolicy(options: {
  defaults: Readonly<Record<string, string>>;
  /** The text of policy.yaml. */
  file?: string | undefined;
}): Compiled {
  const rules = new Map<string, Check>();
  for (const [name, text] of Object.entries(options.defaults)) {
    const parsed = parseCheck(text);
    if (!parsed.ok) throw new Error(`the default of ${name}: ${parsed.message}`);
    rules.set(name, parsed.check);
  }
  const known = new Set(rules.keys());
  const { rules: own, problems } = parsePolicyFile(options.file ?? '');
  const lines = new Map(own.map(({ name, line }) => [name, line]));
  for (const { name, check } of own) rules.set(name, check);

  const errors = [...problems, ...unknownRules(rules, lines), ...circles(rules, lines)];
  if (errors.length > 0) {
    const inDefaults = errors.find(({ line }) => line === 0);
    if (inDefaults && problems.length === 0 && own.length === 0) throw new Error(inDefaults.message);
    return { ok: false, errors: errors.toSorted((a, b) => a.line - b.line) };
  }
  const asked = new Set([...rules.values()].flatMap(rulesAsked));
  const warnings = own
    .filter(({ name }) => !known.has(name) && !asked.has(name))
    .map(({ name, line }) => ({ line, message: `${name}: nothing asks this rule` }));
  const changed = reaching(rules, new Set(lines.keys()));
  return {
    ok: true,
    warnings,
    policy: {
      allows: (rule, credentials, target = {}) => new Asking(rules, credentials, target).rule(rule),
      isOverridden: rule => changed.has(rule),
    },
  };
}

function unknownRules(
  rules: ReadonlyMap<string, Check>,
  lines: ReadonlyMap<string, number>,
): PolicyProblem[] {
  return [...rules].flatMap(([name, check]) =>
    [...new Set(rulesAsked(check))]
      .filter(asked => !rules.has(asked))
      .map(asked => ({
        line: lines.get(name) ?? 0,
        message: `${name}: asks the rule ${asked}, which is not there`,
      })),
  );
}

/** Each circle once, told at the first of its rules that stands in the file. */
function circles(rules: ReadonlyMap<string, Check>, lines: ReadonlyMap<string, number>): PolicyProblem[] {
  const found: PolicyProblem[] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const walk = (name: string): void => {
    const from = way.indexOf(name);
    if (from >= 0) {
      const circle = [...way.slice(from), name];
      const line = circle.map(one => lines.get(one)).find(one => one !== undefined) ?? 0;
      found.push({ line, message: `rules ask each other in a circle: ${circle.join(' → ')}` });
      return;
    }
    const check = rules.get(name);
    if (done.has(name) || !check) return;
    way.push(name);
    for (const asked of new Set(rulesAsked(check))) walk(asked);
    way.pop();
    done.add(name);
  };
  for (const name of rules.keys()) walk(name);
  return found;
}

/** The rules from which one of these is reached. */
function reaching(rules: ReadonlyMap<string, Check>, these: ReadonlySet<string>): Set<string> {
  const found = new Set(these);
  for (let grown = true; grown; ) {
    grown = false;
    for (const [name, check] of rules) {
      if (found.has(name) || !rulesAsked(check).some(asked => found.has(asked))) continue;
      found.add(name);
      grown = true;
    }
  }
  return found;
}

/** One question. Each rule is answered once, however often it is asked. */
class Asking {
  readonly #rules: ReadonlyMap<string, Check>;
  readonly #credentials: Credentials;
  readonly #target: Target;
  readonly #answers = new Map<string, boolean>();

  constructor(rules: ReadonlyMap<string, Check>, credentials: Credentials, target: Target) {
    this.#rules = rules;
    this.#credentials = credentials;
    this.#target = target;
  }

  rule(name: string): boolean {
    const known = this.#answers.get(name);
    if (known !== undefined) return known;
    const check = this.#rules.get(name);
    const answer = check !== undefined && this.#holds(check);
    this.#answers.set(name, answer);
    return answer;
  }

  #holds(check: Check): boolean {
    switch (check.is) {
      case 'true':
        return true;
      case 'false':
        return false;
      case 'and':
        return check.checks.every(inner => this.#holds(inner));
      case 'or':
        return check.checks.some(inner => this.#holds(inner));
      case 'not':
        return !this.#holds(check.check);
      case 'rule':
        return this.rule(check.name);
      case 'role': {
        const wanted = this.#filled(check.match)?.toLowerCase();
        return wanted !== undefined && this.#credentials.roles.some(role => role.toLowerCase() === wanted);
      }
      case 'generic': {
        const wanted = this.#filled(check.match);
        return wanted !== undefined && valuesOf(check.kind, this.#credentials).includes(wanted);
      }
    }
  }

  /** Undefined where the thing asked about has no such field. */
  #filled(match: string): string | undefined {
    let missing = false;
    const filled = match.replaceAll(/%\(([^()]+)\)s/g, (_whole, field: string) => {
      if (!Object.hasOwn(this.#target, field)) missing = true;
      return asPython(this.#target[field]);
    });
    return missing ? undefined : filled;
  }
}

/** What stands on the left of a generic check: a literal, or whatever a path into the credentials leads to. */
function valuesOf(kind: string, credentials: Credentials): string[] {
  const quoted = /^(['"])(.*)\1$/s.exec(kind);
  if (quoted) return [quoted[2] ?? ''];
  if (/^(None|True|False|-?\d+)$/.test(kind)) return [kind];
  let found: unknown[] = [credentials];
  for (const step of kind.split('.')) {
    found = found.flatMap(one => {
      const here: unknown[] = Array.isArray(one) ? one : [one];
      return here.flatMap(inner =>
        typeof inner === 'object' && inner !== null && Object.hasOwn(inner, step)
          ? [(inner as Record<string, unknown>)[step]]
          : [],
      );
    });
  }
  return found.flatMap(one => (Array.isArray(one) ? one : [one])).map(asPython);
}

/** As Python's `str` writes it, with which oslo.policy compares. */
function asPython(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  return String(value as string | number);
}
