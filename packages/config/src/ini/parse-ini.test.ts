import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { iniLimits, printIni } from './document.ts';
import { parseIni } from './parse-ini.ts';

const parse = (text: string) => parseIni(text, { file: 'test.conf' });

/** Texts that look like configuration files, with everything that makes them hard. */
const iniLike = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '[DEFAULT]',
        '[a]',
        '[',
        '[]',
        '[a',
        ' ',
        '\t',
        '#',
        '# x',
        '; y',
        'k = v',
        'k: v',
        'k=',
        '=v',
        'k',
      ),
      fc.constantFrom(
        '  more',
        '\tmore',
        'k = "quoted"',
        "k = '",
        '\n',
        '\r\n',
        '\r',
        '\n\n',
        '\0',
        '\uFEFF',
        '\u2028',
        '=',
        ':',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    ),
    { maxLength: 40 },
  )
  .map(parts => parts.join(''));

describe('a text that was parsed', () => {
  it('is printed again byte for byte, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(iniLike, fc.string({ unit: 'binary' })), text => {
        expect(printIni(parse(text))).toBe(text);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['nothing', ''],
    ['a byte order mark alone', '\uFEFF'],
    ['a byte order mark before a section', '\uFEFF[a]\nk = v\n'],
    ['no line end at the end', '[a]\nk = v'],
    ['CR LF', '[a]\r\nk = v\r\n'],
    ['lone CR', '[a]\rk = v\r'],
    ['mixed line ends', '[a]\n\r\r\n\rk = v\n\n\r'],
    ['a NUL', '[a]\nk = \0\n'],
    ['lone surrogates', '[a]\nk = \uD800\n'],
    ['too many characters', 'x'.repeat(iniLimits.maxLength + 1)],
    ['too many lines', '\n'.repeat(iniLimits.maxLines + 1)],
  ])('is printed again with %s', (_name, text) => {
    expect(printIni(parse(text))).toBe(text);
  });

  it('reads the same with every kind of line end', () => {
    const text = '[a]\n# c\nk = 1\n  2\n\n[b]\nj: x\n';
    const seen = (each: string) => parse(each).assignments;
    expect(seen(text.replaceAll('\n', '\r\n'))).toEqual(seen(text));
    expect(seen(text.replaceAll('\n', '\r'))).toEqual(seen(text));
  });

  it('never has a span outside of its line', () => {
    fc.assert(
      fc.property(iniLike, text => {
        const { lines, assignments, sections, problems } = parse(text);
        const spans = [
          ...assignments.flatMap(each => [each.keyAt, each.valueAt]),
          ...[...sections, ...problems].map(each => each.at),
        ];
        for (const { line, column, endColumn } of spans) {
          expect(column).toBeGreaterThanOrEqual(1);
          expect(endColumn).toBeGreaterThanOrEqual(column);
          expect(endColumn - 1).toBeLessThanOrEqual(lines[line - 1]?.text.length ?? -1);
        }
        for (const { key, keyAt, pieces } of assignments) {
          expect(lines[keyAt.line - 1]?.text.slice(keyAt.column - 1, keyAt.endColumn - 1)).toBe(key);
          for (const piece of pieces) {
            expect(lines[piece.line - 1]?.text.startsWith(piece.text, piece.column - 1)).toBe(true);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the dialect of oslo.config', () => {
  it.each([
    ['key = value', 'value'],
    ['key=value', 'value'],
    ['key: value', 'value'],
    ['key : a=b', 'a=b'],
    ['key = a:b', 'a:b'],
    ['key = "  quoted  "', '  quoted  '],
    ["key = 'a", "'a"],
    ["key = 'a'b'", "a'b"],
    ['key = "', ''],
    ['key =', ''],
    ['key = 30 # seconds', '30 # seconds'],
    ['key = 100%', '100%'],
    ['key = one\n  two\n\tthree', 'one\ntwo\nthree'],
    ['key =\n  one', '\none'],
    ['key = one\n  # no comment', 'one\n# no comment'],
  ])('%j has the value %j', (line, value) => {
    const { assignments, problems } = parse(`[a]\n${line}\n`);
    expect(problems).toEqual([]);
    expect(assignments.map(each => each.value)).toEqual([value]);
  });

  it('ends a value at a blank line and at a comment', () => {
    for (const between of ['\n', '   \n', '# c\n', '; c\n']) {
      const { assignments, problems } = parse(`[a]\nk = 1\n${between}  2\n`);
      expect(assignments.map(each => each.value)).toEqual(['1']);
      expect(problems.map(each => [each.code, each.at.line])).toEqual([['unexpected-indent', 4]]);
    }
  });

  it('keeps repeated keys and repeated sections, in order', () => {
    const { assignments } = parse('[a]\nk = 1\nk = 2\n[b]\nk = 3\n[a]\nk = 4\n');
    expect(assignments.map(each => `${each.section} ${each.value}`)).toEqual(['a 1', 'a 2', 'b 3', 'a 4']);
  });

  it('tells where key and value stand', () => {
    const [first, second] = parse('[a]\ntimeout  =  "5"  \nname:\n').assignments;
    expect(first).toMatchObject({
      keyAt: { line: 2, column: 1, endColumn: 8 },
      valueAt: { line: 2, column: 14, endColumn: 15 },
    });
    expect(second).toMatchObject({ valueAt: { line: 3, column: 6, endColumn: 6 } });
    expect(parse('[a]\n\u00a0k = 1\n').assignments[0]).toMatchObject({ keyAt: { column: 2, endColumn: 3 } });
  });

  it('goes on after an error, so that all are told at once', () => {
    const { problems, assignments } = parse('k = 1\n[a\nx = 1\nno separator\n[]\ny = 2\n  = 3\n[b]\n: v\n');
    expect(problems.map(each => `${each.at.line} ${each.code}`)).toEqual([
      '1 no-section',
      '2 unclosed-section',
      '4 no-separator',
      '5 nameless-section',
      '9 no-key',
    ]);
    expect(assignments.map(each => `${each.section} ${each.key}`)).toEqual(['a x']);
  });

  it('never quotes a line in a problem, as it might hold a secret', () => {
    const { problems } = parse('hunter2\nhunter2 = 1\n[a\n[hunter2\n  hunter2\n= hunter2\n');
    expect(problems).toHaveLength(6);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });
});

describe('the limits', () => {
  it('a text of the greatest length is read, one character more is not', () => {
    const head = '[a]\nk = ';
    const most = head + 'v'.repeat(iniLimits.maxLength - head.length);
    expect(parse(most).assignments).toHaveLength(1);
    expect(parse(`${most}v`).problems.map(each => each.code)).toEqual(['too-large']);
  });

  it('as many lines as allowed are read, one more is not', () => {
    const most = '\n'.repeat(iniLimits.maxLines - 1);
    expect(parse(`${most}[a]\n`).problems).toEqual([]);
    expect(parse(`${most}[a]\nk = 1`)).toMatchObject({
      unread: 'k = 1',
      problems: [{ code: 'too-many-lines' }],
    });
    expect(parse(`${most}[a]\nk = 1\n`)).toMatchObject({
      unread: 'k = 1\n',
      problems: [{ code: 'too-many-lines' }],
    });
  });
});
