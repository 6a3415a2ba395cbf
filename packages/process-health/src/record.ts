import { z } from 'zod';
import type { ProcessState } from './decide-process.ts';

/**
 * What outlives a restart of the monitor: which life of each process was seen, and whether its death was reported. A miss
 * does not: it is counted anew.
 */
const Record = z.object({
  /** Of the kernel's present run: after a reboot of the host nothing was seen running yet. */
  bootId: z.string(),
  processes: z.record(
    z.string(),
    z.object({ phase: z.enum(['running', 'failed', 'stopped']), life: z.string() }),
  ),
});

export function toProcessRecord(bootId: string, states: ReadonlyMap<string, ProcessState>): unknown {
  const processes: z.infer<typeof Record>['processes'] = {};
  for (const [name, state] of states) {
    if (state.phase === 'unseen') continue;
    processes[name] = { phase: state.phase === 'missing' ? 'running' : state.phase, life: state.life };
  }
  return { bootId, processes } satisfies z.infer<typeof Record>;
}

/** What is remembered. Nothing of a record that cannot be read or is of another boot: every process is unseen then. */
export function fromProcessRecord(bootId: string, record: unknown): Map<string, ProcessState> {
  const read = Record.safeParse(record);
  if (!read.success || read.data.bootId !== bootId) return new Map();
  return new Map(Object.entries(read.data.processes));
}
