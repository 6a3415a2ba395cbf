import { printable } from '../output/table.ts';
import { type Finding, levels } from './finding.ts';

/** A line for each finding: how bad, which check, what was found; and for what is not well what was expected and what to do. */
export function report(findings: readonly Finding[]): string {
  const columns = Math.max(...findings.map(({ check }) => check.length), 0);
  const lines = findings.map(({ check, level, expected, found, advice }) => {
    const head = `${level.padEnd(7)}  ${check.padEnd(columns)}  `;
    return printable(
      advice === null ? `${head}${found}` : `${head}expected ${expected}; found ${found}. To do: ${advice}`,
    );
  });
  const counts = levels.map(level => `${findings.filter(one => one.level === level).length} ${level}`);
  return `${lines.join('\n')}\n${counts.join(', ')}\n`;
}
