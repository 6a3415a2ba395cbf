import { printable } from './table.ts';

/** One thing's facts, a line each: `name   value`. */
export function facts(rows: readonly (readonly [name: string, value: string])[]): string {
  const columns = Math.max(...rows.map(([name]) => name.length), 0);
  return rows.map(([name, value]) => `${name.padEnd(columns + 1)} ${printable(value)}\n`).join('');
}
