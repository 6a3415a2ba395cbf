import { createHash } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { processesWithMarker, sendSignal } from './processes.ts';
import { waitUntil } from './waiting.ts';

/**
 * How the lab in `dir` names itself in mount tables; each host adds `:NAME`. Device and inode tell apart equal paths in different
 * containers.
 */
export function labMark(dir: string): string {
  const real = realpathSync(dir);
  const { dev, ino } = statSync(real);
  return `instance-ha-lab-${createHash('sha256').update(`${dev}:${ino}:${real}`).digest('hex').slice(0, 16)}`;
}

/** Ends every process that carries `marker`, however it was started, and resolves to their number. */
export async function endMarked(marker: string): Promise<number> {
  const seen = new Set<number>();
  await waitUntil(
    'the end of all processes of the lab',
    () => {
      const pids = processesWithMarker(marker);
      for (const pid of pids) {
        seen.add(pid);
        sendSignal(pid, 'SIGKILL');
      }
      return pids.length === 0 ? true : undefined;
    },
    { timeoutMs: 15_000, everyMs: 20 },
  );
  return seen.size;
}
