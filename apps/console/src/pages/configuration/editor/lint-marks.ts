import type { ConfigurationProblem } from '@instance-ha/contracts';

/** A mark in the text: offsets from its start, as the editor counts. */
export type Mark = { from: number; to: number; severity: 'error' | 'warning'; message: string };

/** Where the lines of a text begin: the editor can tell, and so can a test. */
export type Lines = { count: number; line(number: number): { from: number; to: number } };

/**
 * What is wrong with a text, as marks on the lines that are to blame. A problem without a place stands on the first line; one whose
 * place is beyond the text (somebody typed on meanwhile) on the last.
 */
export function marksOf(problems: readonly ConfigurationProblem[], lines: Lines): Mark[] {
  return problems
    .map(({ line, column, endColumn, severity, message, suggestion, key }) => {
      const at = lines.line(Math.min(Math.max(1, line ?? 1), lines.count));
      const from = Math.min(at.from + Math.max(0, (column ?? 1) - 1), at.to);
      const to = endColumn === null ? at.to : Math.min(at.from + endColumn - 1, at.to);
      const hint = suggestion === null ? '' : ` Did you mean ${suggestion}?`;
      return {
        from,
        to: Math.max(from, to),
        severity,
        message: `${key === null ? '' : `${key}: `}${message}${hint}`,
      };
    })
    .sort((a, b) => a.from - b.from);
}
