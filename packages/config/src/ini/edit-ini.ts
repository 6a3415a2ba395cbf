import { type IniAssignment, type IniDocument, type IniLine, printIni, sectionKey } from './document.ts';
import { parseIni } from './parse-ini.ts';

/** The new document, or in plain words why the edit was refused. */
export type EditResult =
  | { readonly ok: true; readonly document: IniDocument }
  | { readonly ok: false; readonly reason: string };

/** The value that counts: the last one given for `key` in any part of the section. */
export function getKey(document: IniDocument, section: string, key: string): string | undefined {
  return find(document, section, key).at(-1)?.value;
}

/**
 * Gives `key` a value and keeps every other byte. An existing key keeps its spelling, separator and place (of a
 * repeated key the last one is changed, the one that counts). A new key goes below its commented-out sample
 * (`#key = …`) when the section has one, else behind the section's last key, else below its header; a new section
 * goes to the end. Line feeds in `value` become continuation lines; a value that needs quotes gets them.
 *
 * Refuses a text with syntax errors, and what this dialect cannot express: control characters, an empty line or a
 * line with surrounding blanks behind the first one.
 */
export function setKey(document: IniDocument, section: string, key: string, value: string): EditResult {
  const refused = refuseDocument(document) ?? refuseName(section, key) ?? refuseValue(value);
  if (refused !== undefined) return { ok: false, reason: refused };

  const present = find(document, section, key).at(-1);
  if (present !== undefined && present.value === value) return { ok: true, document };
  return accept(
    document,
    present === undefined ? insert(document, section, key, value) : replace(document, present, value),
  );
}

/** Removes every occurrence of `key` from the section, with its continuation lines; all else stays byte for byte. */
export function unsetKey(document: IniDocument, section: string, key: string): EditResult {
  const refused = refuseDocument(document);
  if (refused !== undefined) return { ok: false, reason: refused };

  const gone = new Set<number>();
  for (const { keyAt, endLine } of find(document, section, key)) {
    for (let line = keyAt.line; line <= endLine; line += 1) gone.add(line);
  }
  const kept = document.lines.filter((_, index) => !gone.has(index + 1));
  return accept(document, document.bom + print(kept));
}

const print = (lines: readonly IniLine[]): string => lines.map(line => line.text + line.eol).join('');

function find(document: IniDocument, section: string, key: string): IniAssignment[] {
  const wanted = sectionKey(section);
  return document.assignments.filter(each => each.key === key && sectionKey(each.section) === wanted);
}

function accept(before: IniDocument, text: string): EditResult {
  const document = parseIni(text, { file: before.file });
  const problem = document.problems[0];
  return problem === undefined ? { ok: true, document } : { ok: false, reason: problem.message };
}

function replace(document: IniDocument, present: IniAssignment, value: string): string {
  const index = present.keyAt.line - 1;
  const line = document.lines[index];
  if (line === undefined) return printIni(document);
  const separator = line.text.search(/[=:]/);
  const head = line.text.slice(0, separator + 1);
  const rest = line.text.slice(separator + 1);
  const bare = rest.trim();
  const leading = bare === '' ? '' : rest.slice(0, rest.length - rest.trimStart().length);
  const trailing = bare === '' ? rest : rest.slice(leading.length + bare.length);
  const written = writeValue(value, eolAt(document, index));
  const spaced = bare === '' && trailing === '' && /\s[=:]$/.test(head) && /^[^\r\n]/.test(written);
  const last = document.lines[present.endLine - 1];
  const text =
    bare === '' && trailing !== '' && written !== ''
      ? head + trailing + written
      : head + (spaced ? ' ' : leading) + written + trailing;
  return (
    document.bom +
    print(document.lines.slice(0, index)) +
    text +
    (last?.eol ?? '') +
    print(document.lines.slice(present.endLine))
  );
}

function insert(document: IniDocument, section: string, key: string, value: string): string {
  const after = placeFor(document, section, key);
  const eol = eolAt(document, (after ?? document.lines.length) - 1);
  const written = writeValue(value, eol);
  const line = `${key} =${written === '' || written.startsWith(eol) ? '' : ' '}${written}${eol}`;
  if (after !== undefined) {
    const before = document.lines.slice(0, after);
    const ended = before.at(-1)?.eol === '' ? eol : '';
    return document.bom + print(before) + ended + line + print(document.lines.slice(after));
  }
  const last = document.lines.at(-1);
  const ended = last !== undefined && last.eol === '' ? eol : '';
  const apart = last !== undefined && last.kind !== 'blank' ? eol : '';
  return `${document.bom}${print(document.lines)}${ended}${apart}[${section}]${eol}${line}`;
}

/** How many lines stay above the new key; undefined when the section does not exist. */
function placeFor(document: IniDocument, section: string, key: string): number | undefined {
  const wanted = sectionKey(section);
  const headers = document.sections.filter(each => sectionKey(each.name) === wanted);
  const header = headers.at(-1);
  if (header === undefined) return undefined;

  for (const { at } of headers) {
    const next = document.sections.find(each => each.at.line > at.line)?.at.line ?? document.lines.length + 1;
    for (let line = at.line + 1; line < next; line += 1) {
      if (isSampleOf(document.lines[line - 1], key)) return line;
    }
  }
  const keys = document.assignments.filter(each => sectionKey(each.section) === wanted);
  return Math.max(header.at.line, keys.at(-1)?.endLine ?? 0);
}

function isSampleOf(line: IniLine | undefined, key: string): boolean {
  if (line?.kind !== 'comment') return false;
  const text = line.text.slice(1).trimStart();
  return text.startsWith(key) && /^\s{0,8}[=:]/.test(text.slice(key.length));
}

/** The line end in use at a line, or of the text's first ended line. */
function eolAt(document: IniDocument, index: number): string {
  return document.lines[index]?.eol || document.lines.find(line => line.eol !== '')?.eol || '\n';
}

function writeValue(value: string, eol: string): string {
  const [first = '', ...more] = value.split('\n');
  const bare = first.trim() === first && !(/^["']/.test(first) && first.at(0) === first.at(-1));
  return [bare ? first : `"${first}"`, ...more.map(piece => `    ${piece}`)].join(eol);
}

function refuseDocument(document: IniDocument): string | undefined {
  const problem = document.problems[0];
  if (problem === undefined) return undefined;
  return `line ${problem.at.line} must be corrected first: ${problem.message}`;
}

function refuseName(section: string, key: string): string | undefined {
  if (section === '' || hasControl(section) || section.trimEnd() !== section) {
    return 'expected a section name of one line without blanks behind it';
  }
  if (key.trim() !== key || !/^[^=:#;[]/.test(key) || /[=:]/.test(key) || hasControl(key)) {
    return 'expected a key without "=", ":" and surrounding blanks, not starting with "#", ";" or "["';
  }
  return undefined;
}

function refuseValue(value: string): string | undefined {
  const [, ...more] = value.split('\n');
  if (hasControl(value.replaceAll('\n', '')) || !value.isWellFormed()) {
    return 'expected a value without control characters';
  }
  if (more.some(piece => piece === '' || piece.trim() !== piece)) {
    return 'expected the further lines of the value neither empty nor with surrounding blanks';
  }
  return undefined;
}

/** Any control character but the tab. */
const hasControl = (text: string): boolean => /[^\P{Cc}\t]/u.test(text);
