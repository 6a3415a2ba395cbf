import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type IniDocument, printIni } from './document.ts';
import { getKey, setKey, unsetKey } from './edit-ini.ts';
import { parseIni } from './parse-ini.ts';

const parse = (text: string) => parseIni(text, { file: 'test.conf' });

function set(text: string, section: string, key: string, value: string): string {
  const edited = setKey(parse(text), section, key, value);
  return edited.ok ? printIni(edited.document) : `refused: ${edited.reason}`;
}

function unset(text: string, section: string, key: string): string {
  const edited = unsetKey(parse(text), section, key);
  return edited.ok ? printIni(edited.document) : `refused: ${edited.reason}`;
}

describe('setting a key that is there', () => {
  it.each([
    ['keeps spacing and separator', '[a]\nk  :  1  \n', '[a]\nk  :  2  \n'],
    ['keeps a tight style', '[a]\nk=1\n', '[a]\nk=2\n'],
    ['takes the place of quotes', "[a]\nk = '1'\n", '[a]\nk = 2\n'],
    ['fills an empty value', '[a]\nk =\n', '[a]\nk = 2\n'],
    ['fills an empty value in a tight style', '[a]\nk=\n', '[a]\nk=2\n'],
    ['takes the place of continuation lines', '[a]\nk = 1\n   1\n# c\n', '[a]\nk = 2\n# c\n'],
    ['changes the last of several, the one that counts', '[a]\nk = 0\nk = 1\n', '[a]\nk = 0\nk = 2\n'],
    ['looks in all parts of a section', '[a]\n[b]\nk = 0\n[A]\nk = 1\n', '[a]\n[b]\nk = 0\n[A]\nk = 2\n'],
    ['keeps a missing line end', '[a]\nk = 1', '[a]\nk = 2'],
    ['keeps CR LF and a byte order mark', '\uFEFF[a]\r\nk = 1\r\n', '\uFEFF[a]\r\nk = 2\r\n'],
  ])('%s', (_name, before, after) => {
    expect(set(before, 'a', 'k', '2')).toBe(after);
  });

  it('changes nothing when the value is the same', () => {
    expect(set("[a]\nk  = '2'\n", 'a', 'k', '2')).toBe("[a]\nk  = '2'\n");
  });
});

describe('setting a new key', () => {
  it.each([
    ['goes below the last key of its section', '[a]\nx = 1\n  2\n\n[b]\n', '[a]\nx = 1\n  2\nk = 2\n\n[b]\n'],
    ['goes below the header of an empty section', '[a]\n\n[b]\n', '[a]\nk = 2\n\n[b]\n'],
    [
      'goes below its commented-out sample',
      '[a]\n# About k.\n#k = 1\n\nx = 1\n',
      '[a]\n# About k.\n#k = 1\nk = 2\n\nx = 1\n',
    ],
    ['is not misled by another sample', '[a]\n#kk = 1\nx = 1\n', '[a]\n#kk = 1\nx = 1\nk = 2\n'],
    ['ends an unended last line', '[a]\nx = 1', '[a]\nx = 1\nk = 2\n'],
    ['makes a section at the end', '[b]\nx = 1\n', '[b]\nx = 1\n\n[a]\nk = 2\n'],
    ['makes a section in an empty text', '', '[a]\nk = 2\n'],
    ['uses the line ends of its neighbours', '[b]\r\n', '[b]\r\n\r\n[a]\r\nk = 2\r\n'],
    ['does not take a section in another case than oslo.config does', '[A]\n', '[A]\nk = 2\n'],
  ])('%s', (_name, before, after) => {
    expect(set(before, 'a', 'k', '2')).toBe(after);
  });

  it('takes [default] and [DEFAULT] for two sections, as oslo.config does', () => {
    expect(set('[default]\nx = 1\n', 'DEFAULT', 'k', '2')).toBe('[default]\nx = 1\n\n[DEFAULT]\nk = 2\n');
  });
});

describe('a value', () => {
  it.each([
    '',
    ' ',
    ' a ',
    '"a"',
    "'",
    '"',
    '=',
    '# a',
    'a\nb',
    '\na',
    '"x"\ny',
    ' x\ny',
    '$$',
    '%s',
    '\uFEFFa',
  ])('%j reads back as it was set', value => {
    for (const text of ['', '[a]\nk = 1\n', '[a]\nk:\n', '[a]\nk=1\n  2\n', '[a]\r\nx=1\r\n']) {
      expect(getKey(parse(set(text, 'a', 'k', value)), 'a', 'k')).toBe(value);
    }
  });

  it.each(['a\n', 'a\n\nb', 'a\n b', 'a\nb ', 'a\rb', '\0', '\uD800', '\x85'])('%j is refused', value => {
    expect(set('[a]\nk = 1\n', 'a', 'k', value)).toMatch(/^refused: expected /);
  });
});

describe('what cannot be edited', () => {
  it.each(['', ' k', '#k', '[k', 'a=b', 'a:b', 'a\nb'])('a key %j is refused', key => {
    expect(set('', 'a', key, '1')).toMatch(/^refused: expected a key/);
  });

  it.each(['', 'a\nb', 'a '])('a section %j is refused', section => {
    expect(set('', section, 'k', '1')).toMatch(/^refused: expected a section/);
  });

  it('a text with syntax errors is left alone, and its first error told', () => {
    expect(set('[a]\nk = 1\nbroken\n', 'a', 'k', '2')).toMatch(/^refused: line 3 must be corrected first/);
    expect(unset('[a]\nk = 1\nbroken\n', 'a', 'k')).toMatch(/^refused: line 3 must be corrected first/);
  });
});

describe('unsetting a key', () => {
  it('removes every occurrence with its continuation lines, and nothing else', () => {
    const text = '# top\n[a]\nk = 1\n  2\n# c\nx = 1\n[b]\nk = 3\n[a]\nk = 4';
    expect(unset(text, 'a', 'k')).toBe('# top\n[a]\n# c\nx = 1\n[b]\nk = 3\n[a]\n');
  });

  it('of which there is none changes nothing', () => {
    expect(unset('[a]\nx = 1', 'a', 'k')).toBe('[a]\nx = 1');
  });
});

/** Files without syntax errors, of a few sections and keys, with comments, continuation lines and all line ends. */
const cleanText = fc
  .record({
    bom: fc.constantFrom('', '\uFEFF'),
    eol: fc.constantFrom('\n', '\r\n', '\r'),
    ended: fc.boolean(),
    lines: fc.array(
      fc.constantFrom(
        '[a]',
        '[b]',
        '[A]',
        '# c',
        '; c',
        '',
        '  ',
        'k = 1',
        'k=',
        'j: "x"',
        '#k = 1',
        'k = 1\n   2\n\t# 3',
      ),
      { maxLength: 15 },
    ),
  })
  .map(
    ({ bom, eol, ended, lines }) =>
      bom + ['[a]', ...lines].join('\n').replaceAll('\n', eol) + (ended ? eol : ''),
  );

const goodValue = fc
  .array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 3 })
  .map(([first = '', ...more]) =>
    [first, ...more.map(piece => piece.trim()).filter(piece => piece !== '')].join('\n'),
  )
  .filter(value => !/[^\P{Cc}\t\n]/u.test(value));

describe('an edit, whatever the file', () => {
  it('sets exactly one key and keeps every other line byte for byte', () => {
    fc.assert(
      fc.property(
        cleanText,
        fc.constantFrom('a', 'b', 'c'),
        fc.constantFrom('k', 'j', 'new'),
        goodValue,
        (text, section, key, value) => {
          const before = parse(text);
          const edited = setKey(before, section, key, value);
          if (!edited.ok) throw new Error(edited.reason);
          expect(getKey(edited.document, section, key)).toBe(value);
          expect(others(edited.document, section, key)).toEqual(others(before, section, key));
          const kept = linesWithout(before, section, key);
          expect(
            isSubsequence(
              kept,
              edited.document.lines.map(line => line.text),
            ),
          ).toBe(true);
          expect(edited.document.bom).toBe(before.bom);
          expect(edited.document.file).toBe(before.file);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('unsets exactly one key and keeps every other line byte for byte', () => {
    fc.assert(
      fc.property(
        cleanText,
        fc.constantFrom('a', 'b', 'c'),
        fc.constantFrom('k', 'j'),
        (text, section, key) => {
          const before = parse(text);
          const edited = unsetKey(before, section, key);
          if (!edited.ok) throw new Error(edited.reason);
          expect(getKey(edited.document, section, key)).toBeUndefined();
          expect(edited.document.lines.map(line => line.text)).toEqual(
            linesWithout(before, section, key, 'all'),
          );
          expect(others(edited.document, section, key)).toEqual(others(before, section, key));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('set and unset again leaves the text as it was, when the section was there', () => {
    fc.assert(
      fc.property(cleanText, goodValue, (text, value) => {
        const edited = setKey(parse(text), 'a', 'new', value);
        if (!edited.ok) throw new Error(edited.reason);
        const back = unsetKey(edited.document, 'a', 'new');
        expect(back.ok && printIni(back.document).replace(/[\r\n]+$/, '')).toBe(text.replace(/[\r\n]+$/, ''));
      }),
      { numRuns: 1000 },
    );
  });
});

const same = (left: string, right: string) => left.toLowerCase() === right.toLowerCase();

/** Every other assignment, without its place. */
function others(document: IniDocument, section: string, key: string): string[] {
  const all = document.assignments.filter(each => !(each.key === key && same(each.section, section)));
  return all.map(each => JSON.stringify([each.section, each.key, each.value]));
}

/** The lines that an edit must not touch: all but those of the last occurrence, or of all. */
function linesWithout(
  document: IniDocument,
  section: string,
  key: string,
  which: 'last' | 'all' = 'last',
): string[] {
  const found = document.assignments.filter(each => each.key === key && same(each.section, section));
  const gone = which === 'all' ? found : found.slice(-1);
  return document.lines
    .filter((_, index) => !gone.some(each => each.keyAt.line <= index + 1 && index + 1 <= each.endLine))
    .map(line => line.text);
}

function isSubsequence(wanted: readonly string[], lines: readonly string[]): boolean {
  let at = 0;
  for (const line of lines) if (at < wanted.length && line === wanted[at]) at += 1;
  return at === wanted.length;
}
