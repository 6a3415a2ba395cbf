import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Check, printCheck } from './check.ts';
import { type Credentials, compilePolicy, masakariRules, parseCheck, type Target } from './index.ts';

const admin = {
  roles: ['Admin', 'reader'],
  is_admin: true,
  project_id: 'p1',
  user_id: 'u1',
  system_scope: null,
};
const somebody = { ...admin, roles: ['member'], is_admin: false };

/** Whether a rule holds for somebody. */
function holds(rule: string, credentials: Credentials, target: Target = {}): boolean {
  const compiled = compilePolicy({ defaults: { rule, other: 'role:other', yes: '@' } });
  if (!compiled.ok) throw new Error(compiled.errors.map(({ message }) => message).join());
  return compiled.policy.allows('rule', credentials, target);
}

describe('a check', () => {
  it.each<[string, boolean, boolean]>([
    ['@', true, true],
    ['!', false, false],
    ['', true, true],
    ['role:admin', true, false],
    ['role:ADMIN', true, false],
    ['not role:admin', false, true],
    ['NOT role:admin', false, true],
    ['is_admin:True', true, false],
    ['is_admin:False', false, true],
    ['rule:other', false, false],
    ['rule:yes', true, true],
    ['project_id:p1', true, true],
    ['project_id:p2', false, false],
    ['system_scope:None', true, true],
    ['nothing:here', false, false],
    ['role:admin or role:member', true, true],
    ['role:admin and role:member', false, false],
    ['role:member or role:admin and role:reader', true, true],
    ['(role:member or role:admin) and role:reader', true, false],
    ['not (role:member or role:x)', true, false],
    ['not role:x and role:member', false, true],
    ["'Member':Member", true, true],
    ['"a":b', false, false],
    ['True:True', true, true],
    ['None:True', false, false],
  ])('%s: admin %s, member %s', (rule, forAdmin, forMember) => {
    expect([holds(rule, admin), holds(rule, somebody)]).toEqual([forAdmin, forMember]);
  });

  it('compares with the thing asked about, and does not hold where that says nothing', () => {
    const rule = 'project_id:%(project_id)s';
    expect(holds(rule, somebody, { project_id: 'p1' })).toBe(true);
    expect(holds(rule, somebody, { project_id: 'p2' })).toBe(false);
    expect(holds(rule, somebody)).toBe(false);
    expect(holds(rule, { roles: [] }, { project_id: null })).toBe(false);
    expect(holds('None:%(owner)s', somebody, { owner: null })).toBe(true);
    expect(holds('role:%(wanted)s', admin, { wanted: 'ADMIN' })).toBe(true);
    expect(holds('project_id:%(toString)s', somebody)).toBe(false);
  });

  it('follows paths into the credentials, through lists too', () => {
    const credentials = { roles: [], token: { project: { id: 'p9' }, roles: [{ id: 'r1' }, { id: 'r2' }] } };
    expect(holds('token.project.id:p9', credentials)).toBe(true);
    expect(holds('token.roles.id:r2', credentials)).toBe(true);
    expect(holds('token.roles.id:r3', credentials)).toBe(false);
    expect(holds('token.constructor.name:Object', credentials)).toBe(false);
  });

  it.each<[string, string]>([
    ['admin', 'expected a check such as role:admin, found "admin"'],
    [':x', 'expected a check such as role:admin'],
    ['role:', 'expected something behind the colon of "role:"'],
    ['role:a role:b', 'expected "and", "or" or the end, found "role:b"'],
    ['role:a and', 'expected a check, found the end'],
    ['or role:a', 'expected a check, found "or"'],
    ['(role:a', 'expected ")", found the end'],
    ['role:a)', 'expected "and", "or" or the end, found ")"'],
    ['not', 'expected a check, found the end'],
    ['http://policy/', 'http: checks ask a server and are not supported'],
    ['project_id:%project_id', 'expected %(field)s behind each %'],
    [`${'('.repeat(60)}@${')'.repeat(60)}`, 'expected at most 50 checks within one another'],
    [`${'not '.repeat(60)}@`, 'expected at most 50 checks within one another'],
    ['x'.repeat(10_001), 'expected at most 10000 characters'],
  ])('%s is refused: %s', (text, message) => {
    const parsed = parseCheck(text);
    expect(parsed.ok ? 'read' : parsed.message).toContain(message);
  });
});

describe('properties', () => {
  const word = fc
    .stringMatching(/^[a-z_][a-z0-9_.]{0,8}$/)
    .filter(one => !['and', 'or', 'not'].includes(one));
  const leaf: fc.Arbitrary<Check> = fc.oneof(
    fc.constant<Check>({ is: 'true' }),
    fc.constant<Check>({ is: 'false' }),
    word.map((match): Check => ({ is: 'role', match })),
    fc.constantFrom('other', 'yes').map((name): Check => ({ is: 'rule', name })),
    fc
      .tuple(
        word.filter(kind => !['rule', 'role', 'http', 'https'].includes(kind)),
        fc.oneof(
          word,
          word.map(field => `%(${field})s`),
        ),
      )
      .map(([kind, match]): Check => ({ is: 'generic', kind, match })),
  );
  const { tree } = fc.letrec<{ tree: Check }>(tie => {
    const several = fc.array(tie('tree'), { minLength: 2, maxLength: 4 });
    return {
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaf,
        several.map((checks): Check => ({ is: 'and', checks })),
        several.map((checks): Check => ({ is: 'or', checks })),
        tie('tree').map((check): Check => ({ is: 'not', check })),
      ),
    };
  });

  it('a rule that is printed reads as the same rule', () => {
    fc.assert(
      fc.property(tree, check => {
        expect(parseCheck(printCheck(check))).toEqual({ ok: true, check });
      }),
    );
  });

  it('“not” turns every decision, and double “not” turns it back', () => {
    fc.assert(
      fc.property(tree, fc.constantFrom(admin, somebody), (check, who) => {
        const text = printCheck(check);
        const decision = holds(text, who);
        expect(holds(`not (${text})`, who)).toBe(!decision);
        expect(holds(`(${text}) and !`, who)).toBe(false);
        expect(holds(`(${text}) or @`, who)).toBe(true);
        expect(holds(`not (not (${text}))`, who)).toBe(decision);
      }),
    );
  });

  it('no text makes the reader throw, and what it refuses says why', () => {
    const noise = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom('(', ')', 'and', 'or', 'not', 'role:a', 'rule:', '@', '!', ':', '%(', "'a':b"))
        .map(all => all.join(' ')),
    );
    fc.assert(
      fc.property(noise, text => {
        const parsed = parseCheck(text);
        if (!parsed.ok) expect(parsed.message).toMatch(/^expected|^http/);
        const file = compilePolicy({ defaults: { d: '@' }, file: text });
        if (!file.ok) for (const { line } of file.errors) expect(line).toBeGreaterThan(0);
      }),
    );
  });
});

describe('a policy file', () => {
  const defaults = { base: 'role:admin', read: 'rule:base or role:reader', write: 'rule:base' };
  const compile = (file: string) => compilePolicy({ defaults, file });
  const allowed = (file: string, rule: string, ...roles: string[]) => {
    const compiled = compile(file);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors));
    return compiled.policy.allows(rule, { roles });
  };

  it('changes the rules it names, and through them those that ask them; says which', () => {
    const compiled = compile('# who is an admin\nbase: "role:boss"\n');
    if (!compiled.ok) throw new Error('refused');
    const { policy } = compiled;
    expect(policy.allows('write', { roles: ['boss'] })).toBe(true);
    expect(policy.allows('write', { roles: ['admin'] })).toBe(false);
    expect(['base', 'read', 'write', 'nobody'].map(rule => policy.isOverridden(rule))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(policy.allows('nobody', { roles: ['boss'] })).toBe(false);
  });

  it.each(['', '# nothing\n', '---\n', '{}', 'null'])('without rules changes nothing: %j', file => {
    expect(allowed(file, 'read', 'reader')).toBe(true);
    expect(allowed(file, 'write', 'reader')).toBe(false);
  });

  it.each<[string, boolean, boolean, boolean]>([
    ['write: []', true, true, true],
    ['write: [[]]', false, false, false],
    ['write: [["role:a", "role:b"], ["role:c"]]', false, true, true],
    ['write: ["role:a", "role:b"]', true, true, false],
    ['{"write": [["role:c"]]}', false, false, true],
    ['write:\n  - - role:a\n    - role:b\n  - - role:c\n', false, true, true],
  ])('knows lists of lists: %j', (file, a, ab, c) => {
    expect([
      allowed(file, 'write', 'a'),
      allowed(file, 'write', 'a', 'b'),
      allowed(file, 'write', 'c'),
    ]).toEqual([a, ab, c]);
  });

  it.each<[string, { line: number; message: string }[]]>([
    [
      'base: "role:a"\nread: "role"\n\nwrite: "role:b or"\n',
      [
        { line: 2, message: 'read: expected a check such as role:admin, found "role"' },
        { line: 4, message: 'write: expected a check, found the end' },
      ],
    ],
    [
      '\nwrite: 5',
      [{ line: 2, message: 'write: expected a rule such as "role:admin", or a list of lists of checks' }],
    ],
    ['write: [[5]]', [{ line: 1, message: 'write: expected texts in the lists of checks' }]],
    ['- a\n- b', [{ line: 1, message: 'expected a mapping of rule names to rules' }]],
    [
      'read: "@"\nwrite: "rule:nowhere"',
      [{ line: 2, message: 'write: asks the rule nowhere, which is not there' }],
    ],
    ['a: "@"\nb: "rule:b"', [{ line: 2, message: 'rules ask each other in a circle: b → b' }]],
    [
      'base: "rule:write"',
      [{ line: 1, message: expect.stringContaining('circle: base → write → base') as string }],
    ],
    [
      'a: "rule:b"\nb: "not rule:c"\nc: "role:x and (rule:a or @)"',
      [{ line: 1, message: 'rules ask each other in a circle: a → b → c → a' }],
    ],
    ['write: "@"\nwrite: "!"', [{ line: 2, message: expect.stringContaining('unique') as string }]],
    ['5: "@"', [{ line: 1, message: 'expected the name of a rule' }]],
    ['a: "@"\n  b: "x', [{ line: 2, message: expect.any(String) as string }]],
    [
      'x'.repeat(262_145),
      [{ line: 1, message: expect.stringContaining('expected at most 262144 characters') as string }],
    ],
  ])('with a fault is refused, and the fault told with its line: %#', (file, errors) => {
    const compiled = compile(file);
    expect(compiled.ok ? 'read' : compiled.errors.slice(0, errors.length)).toEqual(errors);
  });

  it('may bring rules of its own; one that nothing asks is warned of', () => {
    expect(compile('mine: "role:x"\nwrite: "rule:mine"\n')).toMatchObject({ ok: true, warnings: [] });
    expect(compile('os_masakari_api:segment:index: "@"\n')).toMatchObject({
      ok: true,
      warnings: [{ line: 1, message: 'os_masakari_api:segment:index: nothing asks this rule' }],
    });
  });

  it('decides in no time though each of 60 rules asks the next one twice', () => {
    const rules = Array.from(
      { length: 60 },
      (_one, at) => `r${at}: "(rule:r${at + 1} and not rule:r${at + 1}) or rule:r${at + 1}"`,
    );
    expect(allowed(`${rules.join('\n')}\nr60: "role:x"\nwrite: "rule:r0"`, 'write', 'x')).toBe(true);
  });

  it('with defaults that are not sound is our own mistake', () => {
    expect(() => compilePolicy({ defaults: { a: 'rule:b' } })).toThrow('a: asks the rule b');
    expect(() => compilePolicy({ defaults: { a: 'b' } })).toThrow('the default of a: expected a check');
  });
});

describe('Masakari’s rules', () => {
  const compiled = compilePolicy({ defaults: masakariRules });
  if (!compiled.ok) throw new Error('not sound');
  const may = (who: Credentials, rule: string) => compiled.policy.allows(`os_masakari_api:${rule}`, who);
  const reader = { roles: ['reader'], is_admin: false, system_scope: 'all' };
  const member = { roles: ['member', 'reader'], is_admin: false, project_id: 'p', system_scope: null };
  const monitor = { roles: ['monitor'], is_admin: false, system_scope: 'all' };

  it('let admins do everything, readers of the system look, monitors file, and members of projects nothing', () => {
    const can = (who: Credentials) =>
      Object.keys(masakariRules)
        .filter(rule => rule.startsWith('os_masakari_api:') && !rule.includes(':versions:'))
        .map(rule => rule.replace('os_masakari_api:', ''))
        .filter(rule => may(who, rule));
    expect(can(admin)).toHaveLength(22);
    expect(can(reader).every(rule => /:(index|detail|discoverable)$/.test(rule))).toBe(true);
    expect(can(reader)).toContain('os-hosts:detail');
    expect(can(monitor)).toEqual(['notifications:create']);
    expect(can(member)).toEqual([]);
    expect(may(member, 'versions:index')).toBe(true);
  });
});
