/**
 * One rule as a tree, as oslo.policy understands it (oslo_policy/_checks.py).
 *
 * - `role` asks the caller's roles, whatever their case.
 * - `rule` asks another rule.
 * - `generic` compares a field of the caller (`project_id`, `token.project.id`), or a literal (`'Member'`, `None`, `True`, `5`),
 *   with the text on the right.
 *
 * The text on the right of `role` and `generic` may hold `%(field)s`, which stands for a field of the thing asked about; where
 * that is missing the check does not hold.
 */
export type Check =
  | { is: 'true' }
  | { is: 'false' }
  | { is: 'and'; checks: readonly Check[] }
  | { is: 'or'; checks: readonly Check[] }
  | { is: 'not'; check: Check }
  | { is: 'rule'; name: string }
  | { is: 'role'; match: string }
  | { is: 'generic'; kind: string; match: string };

/** The rule as text that reads as the same tree. */
export function printCheck(check: Check): string {
  switch (check.is) {
    case 'true':
      return '@';
    case 'false':
      return '!';
    case 'and':
      return check.checks.map(inner => within(inner, 'and')).join(' and ');
    case 'or':
      return check.checks.map(inner => within(inner, 'or')).join(' or ');
    case 'not':
      return `not ${within(check.check, 'not')}`;
    case 'rule':
      return `rule:${check.name}`;
    case 'role':
      return `role:${check.match}`;
    case 'generic':
      return `${check.kind}:${check.match}`;
  }
}

function within(check: Check, outer: 'and' | 'or' | 'not'): string {
  const joins = check.is === 'and' || check.is === 'or' || (check.is === 'not' && outer === 'not');
  return joins ? `(${printCheck(check)})` : printCheck(check);
}

/** The rules that this one asks directly. */
export function rulesAsked(check: Check): string[] {
  switch (check.is) {
    case 'and':
    case 'or':
      return check.checks.flatMap(rulesAsked);
    case 'not':
      return rulesAsked(check.check);
    case 'rule':
      return [check.name];
    case 'true':
    case 'false':
    case 'role':
    case 'generic':
      return [];
  }
}
