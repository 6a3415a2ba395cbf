/** An oslo.config file as data: sections in order, and in each its options in order. */
export type Ini = Record<string, Record<string, string | number | boolean>>;

/**
 * The text of an oslo.config file. Refuses what that format would understand as something else: line ends and `$`, which
 * oslo.config replaces by the value of another option.
 */
export function renderIni(ini: Ini): string {
  const sections = Object.entries(ini).map(([section, options]) => {
    const lines = Object.entries(options).map(([key, value]) => `${key} = ${plain(section, key, value)}\n`);
    return `[${section}]\n${lines.join('')}`;
  });
  return sections.join('\n');
}

function plain(section: string, key: string, value: string | number | boolean): string {
  const text = String(value);
  if (!/[\r\n$]/.test(text)) return text;
  throw new RangeError(`[${section}] ${key}: a value can have no line end and no "$" in it`);
}
