/** Where in an INI text somebody stands: what may be written there. */
export type IniPlace =
  | { at: 'section'; from: number; typed: string }
  | { at: 'name'; section: string; from: number; typed: string }
  | { at: 'value'; section: string; name: string; from: number; typed: string }
  | { at: 'nothing' };

/** `before` is the text up to the cursor. Offsets count from its start. */
export function placeAt(before: string): IniPlace {
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = before.slice(lineStart);
  if (/^\s*[#;]/.test(line)) return { at: 'nothing' };
  const header = /^\s*\[([^\]]*)$/.exec(line);
  if (header)
    return { at: 'section', from: before.length - (header[1] ?? '').length, typed: header[1] ?? '' };
  const section = sectionAbove(before.slice(0, lineStart));
  const [name, ...rest] = line.split(/[=:]/);
  if (rest.length > 0) {
    const typed = line.slice((name ?? '').length + 1).trimStart();
    return { at: 'value', section, name: (name ?? '').trim(), from: before.length - typed.length, typed };
  }
  const typed = line.trimStart();
  return /\s/.test(typed)
    ? { at: 'nothing' }
    : { at: 'name', section, from: before.length - typed.length, typed };
}

/** The section that a line belongs to, by the text above it; `DEFAULT` before the first. */
export function sectionAbove(above: string): string {
  const headers = [...above.matchAll(/^\s*\[([^\]\n]+)\]/gm)];
  return headers.at(-1)?.[1]?.trim() ?? 'DEFAULT';
}

/** The name that a line assigns, with its place in the line; null for a line that assigns none. */
export function nameOf(line: string): { name: string; from: number; to: number } | null {
  const found = /^(\s*)([A-Za-z0-9_.-]+)\s*[=:]/.exec(line);
  if (!found) return null;
  const from = (found[1] ?? '').length;
  const name = found[2] ?? '';
  return { name, from, to: from + name.length };
}
