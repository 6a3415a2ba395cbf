/** Bounds of one text. A text beyond them is kept whole for printing, and is reported instead of read. */
export const iniLimits = {
  /** UTF-16 code units of one text. */
  maxLength: 1_048_576,
  maxLines: 20_000,
} as const;

/**
 * A stretch of one line. `line` and `column` count from 1, columns in UTF-16 code units as editors count them;
 * `endColumn` is the first column after it. A byte order mark takes no column.
 */
export type Span = { readonly line: number; readonly column: number; readonly endColumn: number };

export type IniLineKind = 'blank' | 'comment' | 'section' | 'assignment' | 'continuation' | 'invalid';

/** One line as it stands in the text; `text` is without its end. */
export type IniLine = {
  readonly kind: IniLineKind;
  readonly text: string;
  readonly eol: '' | '\n' | '\r\n' | '\r';
};

/** A section header. A section may be opened again later in the text: both belong together. */
export type IniSection = { readonly name: string; readonly at: Span };

/** A piece of a value with the place of its first character; a value has one piece for each of its lines. */
export type ValuePiece = { readonly text: string; readonly line: number; readonly column: number };

/** One `key = value` with the continuation lines that belong to it. */
export type IniAssignment = {
  readonly section: string;
  readonly key: string;
  /** Without surrounding blanks and quotes; continuation lines are joined by line feeds. */
  readonly value: string;
  readonly keyAt: Span;
  /** The first line of the value, without quotes. Empty, just behind the separator, where nothing was written. */
  readonly valueAt: Span;
  readonly pieces: readonly ValuePiece[];
  /** The last line that belongs to it: its own, or that of its last continuation. */
  readonly endLine: number;
};

export type IniProblemCode =
  | 'unclosed-section'
  | 'nameless-section'
  | 'unexpected-indent'
  | 'no-separator'
  | 'no-key'
  | 'no-section'
  | 'too-large'
  | 'too-many-lines';

/** What keeps a text from being read, as a value. Never quotes the line: it might hold a secret. */
export type IniProblem = { readonly code: IniProblemCode; readonly at: Span; readonly message: string };

/** A parsed text that forgets nothing: `printIni(parseIni(text)) === text` for every string. */
export type IniDocument = {
  /** Name for messages; nothing is opened. */
  readonly file: string;
  readonly bom: '' | '\uFEFF';
  readonly lines: readonly IniLine[];
  /** What lies beyond the limits, kept for printing and not read. */
  readonly unread: string;
  readonly sections: readonly IniSection[];
  readonly assignments: readonly IniAssignment[];
  readonly problems: readonly IniProblem[];
};

/**
 * The name by which a section is looked up. As in oslo.config only `DEFAULT` is spelt in capitals; all other
 * names are compared in lower case.
 */
export function sectionKey(name: string): string {
  return name === 'DEFAULT' ? name : name.toLowerCase();
}

/** The text exactly as it was parsed. */
export function printIni(document: IniDocument): string {
  const lines = document.lines.map(line => line.text + line.eol);
  return document.bom + lines.join('') + document.unread;
}
