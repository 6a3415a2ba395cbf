import { sectionKey } from '../ini/document.ts';
import { parseIni } from '../ini/parse-ini.ts';
import { layout, OptionIndex } from '../layout.ts';

const index = new OptionIndex(layout);
/** A name that may stand for a secret though no option has it: a slip of the pen, or one that was commented out. */
const telling = /pass|secret|token|credential|connection|key/i;
const assignment = /^([\s#;]*)([\w.-]+)(\s*[=:]\s*)(.+)$/;
/** User and password of a URL. */
const userInfo = /(\/\/)[^\s/@]+@/g;

/**
 * The text for whoever may not see its secrets: `***` stands for the value of each option that is a secret, of each unknown
 * key and each commented-out one whose name sounds like one, for a line that cannot be read, and for user and password in a URL.
 * Lines keep their numbers. Not for saving again.
 */
export function maskSecrets(text: string): string {
  const document = parseIni(text, { file: '' });
  const hidden = new Set<number>();
  for (const { section, key, pieces } of document.assignments) {
    const found = index.find(sectionKey(section), key);
    if (found === undefined ? !telling.test(key) : !found.option.type.secret) continue;
    for (const piece of pieces) hidden.add(piece.line);
  }
  const lines = document.lines.map((line, at) => {
    const { kind, text, eol } = line;
    if (kind === 'invalid') return `***${eol}`;
    if (hidden.has(at + 1)) return `${kind === 'continuation' ? '  ***' : masked(text)}${eol}`;
    const commented = kind === 'comment' && telling.test(assignment.exec(text)?.[2] ?? '');
    return `${commented ? masked(text) : text.replaceAll(userInfo, '$1***@')}${eol}`;
  });
  return document.bom + lines.join('') + (document.unread === '' ? '' : '***');
}

const masked = (line: string): string => line.replace(assignment, '$1$2$3***');
