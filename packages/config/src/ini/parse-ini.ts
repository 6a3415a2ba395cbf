/**
 * Reads the dialect of oslo.config (its `iniparser.py` and `cfg.py`), one line at a time:
 *
 *   blank line                ends a value
 *   `#` or `;` in column 1    comment, ends a value
 *   indented line             continues the value above; without one it is an error
 *   `[name]`                  opens a section; the name is everything between the brackets
 *   `key = value`, `key: value`   split at whichever separator comes first; one pair of quotes is taken off
 *
 * There are no comments behind a value: `interval = 30 # seconds` has the value `30 # seconds`. Lines end with LF,
 * CR LF or CR. Where oslo.config stops at the first error this parser goes on, so that every error is told at once.
 */
import {
  type IniAssignment,
  type IniDocument,
  type IniLine,
  type IniProblem,
  type IniProblemCode,
  type IniSection,
  iniLimits,
  type Span,
  type ValuePiece,
} from './document.ts';

type OpenAssignment = {
  section: string | undefined;
  key: string;
  keyAt: Span;
  valueAt: Span;
  pieces: ValuePiece[];
  endLine: number;
};

/** Parses any string, never throws. `file` is the name that problems will carry. */
export function parseIni(text: string, options: { file: string }): IniDocument {
  const bom = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const reader = new LineReader();
  if (text.length > iniLimits.maxLength) {
    const message = `expected at most ${iniLimits.maxLength} characters, found ${text.length}`;
    reader.problem('too-large', { line: 1, column: 1, endColumn: 1 }, message);
    return reader.document(options.file, bom, text.slice(bom.length));
  }

  let at: number = bom.length;
  for (const end of text.matchAll(/\r\n|\n|\r/g)) {
    if (reader.lines.length === iniLimits.maxLines) break;
    reader.read(text.slice(at, end.index), end[0] as IniLine['eol']);
    at = end.index + end[0].length;
  }
  if (at < text.length && reader.lines.length < iniLimits.maxLines) {
    reader.read(text.slice(at), '');
    at = text.length;
  }
  if (at < text.length) {
    const line = reader.lines.length + 1;
    const message = `expected at most ${iniLimits.maxLines} lines; from here on nothing was read`;
    reader.problem('too-many-lines', { line, column: 1, endColumn: 1 }, message);
  }
  return reader.document(options.file, bom, text.slice(at));
}

class LineReader {
  readonly lines: IniLine[] = [];
  readonly #sections: IniSection[] = [];
  readonly #assignments: IniAssignment[] = [];
  readonly #problems: IniProblem[] = [];
  #section: string | undefined;
  #open: OpenAssignment | undefined;
  /** One report of a missing section is enough for a whole block of keys. */
  #saidNoSection = false;

  read(text: string, eol: IniLine['eol']): void {
    const line = this.lines.length + 1;
    this.lines.push({ kind: this.#classify(text.trimEnd(), line), text, eol });
  }

  problem(code: IniProblemCode, at: Span, message: string): 'invalid' {
    this.#problems.push({ code, at, message });
    return 'invalid';
  }

  document(file: string, bom: IniDocument['bom'], unread: string): IniDocument {
    this.#close();
    return {
      file,
      bom,
      lines: this.lines,
      unread,
      sections: this.#sections,
      assignments: this.#assignments,
      problems: this.#problems,
    };
  }

  #classify(text: string, line: number): IniLine['kind'] {
    if (text === '') {
      this.#close();
      return 'blank';
    }
    if (text.startsWith(' ') || text.startsWith('\t')) return this.#continuation(text, line);
    this.#close();
    if (text.startsWith('#') || text.startsWith(';')) return 'comment';
    return text.startsWith('[') ? this.#header(text, line) : this.#assignment(text, line);
  }

  #continuation(text: string, line: number): IniLine['kind'] {
    const content = text.trimStart();
    const column = text.length - content.length + 1;
    if (this.#open === undefined) {
      const message =
        'expected a line that starts in its first column, found an indented line with no value above';
      return this.problem('unexpected-indent', { line, column, endColumn: text.length + 1 }, message);
    }
    this.#open.pieces.push({ text: content, line, column });
    this.#open.endLine = line;
    return 'continuation';
  }

  #header(text: string, line: number): IniLine['kind'] {
    const at: Span = { line, column: 1, endColumn: text.length + 1 };
    const closing = text.indexOf(']');
    if (!text.endsWith(']')) {
      // Going on inside the section that was probably meant shows the errors below it as well.
      this.#section = closing > 0 ? text.slice(1, closing) : text.slice(1);
      const hint = closing > 0 ? '; a comment needs a line of its own' : '';
      return this.problem('unclosed-section', at, `expected "]" at the end of the section name${hint}`);
    }
    if (text.length === 2) {
      this.#section = undefined;
      this.#saidNoSection = true;
      return this.problem('nameless-section', at, 'expected a section name between the brackets, found none');
    }
    this.#section = text.slice(1, -1);
    this.#sections.push({ name: this.#section, at });
    return 'section';
  }

  #assignment(text: string, line: number): IniLine['kind'] {
    const whole: Span = { line, column: 1, endColumn: text.length + 1 };
    const separator = text.search(/[=:]/);
    if (separator < 0) {
      return this.problem('no-separator', whole, 'expected "key = value", found a line without "=" or ":"');
    }
    const key = text.slice(0, separator).trim();
    if (key === '') return this.problem('no-key', whole, 'expected a key before the separator, found none');

    // A line may start with a blank that does not count as an indent, a no-break space for one.
    const keyColumn = text.length - text.trimStart().length + 1;
    const rest = text.slice(separator + 1);
    const bare = rest.trim();
    const quoted = /^["']/.test(bare) && bare.at(0) === bare.at(-1);
    const value = quoted ? bare.slice(1, -1) : bare;
    const blanks = bare === '' ? 0 : rest.length - rest.trimStart().length;
    const column = separator + 2 + blanks + (quoted ? 1 : 0);
    this.#open = {
      section: this.#section,
      key,
      keyAt: { line, column: keyColumn, endColumn: keyColumn + key.length },
      valueAt: { line, column, endColumn: column + value.length },
      pieces: [{ text: value, line, column }],
      endLine: line,
    };
    if (this.#section !== undefined) return 'assignment';
    if (this.#saidNoSection) return 'invalid';
    this.#saidNoSection = true;
    const message =
      'expected a section before the first key: write [DEFAULT], or the section it belongs to, above';
    return this.problem('no-section', this.#open.keyAt, message);
  }

  #close(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open?.section === undefined) return;
    const value = open.pieces.map(piece => piece.text).join('\n');
    this.#assignments.push({ ...open, section: open.section, value });
  }
}
