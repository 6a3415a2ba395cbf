import { printable } from './table.ts';
import { duration } from './time.ts';

export type TimelinePhase = { phase: string; at: string; offsetMs: number; detail: string | null };

/** Each phase with its offset from the fault, and a bar that shows where the time went. */
export function timeline(phases: readonly TimelinePhase[], options: { widthColumns: number }): string {
  const lastMs = Math.max(1, ...phases.map(phase => phase.offsetMs));
  const nameColumns = Math.max(...phases.map(phase => phase.phase.length), 0);
  return phases
    .map(({ phase, offsetMs, detail }) => {
      const column = Math.round((Math.max(0, offsetMs) / lastMs) * (options.widthColumns - 1));
      const bar = `${'─'.repeat(column)}●${' '.repeat(Math.max(0, options.widthColumns - 1 - column))}`;
      return `${`+${duration(offsetMs)}`.padStart(10)}  ${phase.padEnd(nameColumns)}  ${bar}  ${printable(detail ?? '')}`.trimEnd();
    })
    .join('\n')
    .concat('\n');
}
