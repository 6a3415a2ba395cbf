import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ProcessProbe } from '@instance-ha/ports';
import type { ProcessSighting } from '@instance-ha/process-health';
import { askSystemd } from './ask-systemd.ts';
import { type FoundProcess, findAgain, findOldest } from './find-process.ts';

export type ProcessProbeOptions = {
  /** The systemd unit of each process, where it has one; asked when the process is absent. Read anew at each look. */
  units: () => Readonly<Record<string, string>>;
  /**
   * A file that says that processes are absent by wish: of those whose names stand in it, one a line, or of all when it is
   * empty.
   */
  maintenanceFile: string;
  /** The program that asks systemd; `systemctl` by default. */
  systemctl?: string;
};

/**
 * Looks for processes in /proc.
 *
 * | seen                                                              | sighting              |
 * | ----------------------------------------------------------------- | --------------------- |
 * | a process of that name                                            | `running`             |
 * | none, and the maintenance file names it                           | `absent`, `stopped`   |
 * | none, and its unit is inactive                                    | `absent`, `stopped`   |
 * | none, and its unit is starting or stopping                        | `absent`, `restarting` |
 * | none, and its unit failed, or nobody can be asked                 | `absent`, `none`      |
 * | /proc cannot be read, or systemd does not answer in time          | `could-not-look`      |
 */
export function createProcessProbe(options: ProcessProbeOptions): ProcessProbe {
  const { units, maintenanceFile, systemctl = 'systemctl' } = options;
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const known = new Map<string, FoundProcess>();

  const find = async (name: string, signal: AbortSignal): Promise<FoundProcess | undefined> => {
    const before = known.get(name);
    // Nearly always it is the one that was there before: then nothing else is read.
    const found = (before && (await findAgain(before, name))) ?? (await findOldest(name, signal));
    if (found) known.set(name, found);
    else known.delete(name);
    return found;
  };

  const absent = async (
    name: string,
    limits: { timeoutMs: number; signal: AbortSignal },
  ): Promise<ProcessSighting> => {
    if (await isUnderMaintenance(maintenanceFile, name))
      return {
        seen: 'absent',
        wish: 'stopped',
        detail: `${maintenanceFile} says that it is under maintenance`,
      };
    const unit = units()[name];
    if (unit === undefined) return { seen: 'absent', wish: 'none', detail: 'no such process' };
    const { wish, detail } = await askSystemd(unit, { ...limits, systemctl });
    if (wish === 'no-answer') return { seen: 'could-not-look', detail };
    return {
      seen: 'absent',
      wish: wish === 'cannot-tell' ? 'none' : wish,
      detail: `no such process; ${detail}`,
    };
  };

  return {
    bootId,
    async look(name, { timeoutMs, signal }) {
      signal.throwIfAborted();
      try {
        const found = await find(name, signal);
        if (!found) return await absent(name, { timeoutMs, signal });
        const { pid, started } = found;
        return { seen: 'running', life: `${bootId}/${pid}/${started}`, detail: `runs as process ${pid}` };
      } catch (error) {
        signal.throwIfAborted();
        return { seen: 'could-not-look', detail: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

async function isUnderMaintenance(file: string, name: string): Promise<boolean> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  const names = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
  return names.length === 0 || names.includes(name);
}
