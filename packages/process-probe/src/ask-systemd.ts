import { execFile } from 'node:child_process';

/** What systemd says of a unit. `cannot-tell`: there is no systemd, or no such unit. */
export type UnitSays = {
  wish: 'none' | 'stopped' | 'restarting' | 'cannot-tell' | 'no-answer';
  detail: string;
};

/** Asks systemd about a unit; never waits longer than `timeoutMs`. Rejects only when `signal` aborts. */
export async function askSystemd(
  unit: string,
  { systemctl, timeoutMs, signal }: { systemctl: string; timeoutMs: number; signal: AbortSignal },
): Promise<UnitSays> {
  const { promise, resolve } = Promise.withResolvers<UnitSays>();
  const properties = ['LoadState', 'ActiveState', 'SubState', 'Result'];
  execFile(
    systemctl,
    ['show', `--property=${properties.join(',')}`, '--', unit],
    {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      signal,
      maxBuffer: 64 * 1024,
      env: { PATH: safePath, LC_ALL: 'C' },
    },
    (error, stdout) => {
      if (!error) resolve(meaningOf(unit, stdout));
      else if (error.killed) resolve({ wish: 'no-answer', detail: `systemd did not answer about ${unit}` });
      else resolve({ wish: 'cannot-tell', detail: 'there is no systemd to ask' });
    },
  );
  const says = await promise;
  signal.throwIfAborted();
  return says;
}

/** Nothing of our own environment is handed on. */
export const safePath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * | systemd says                     | wish                                                                                |
 * | -------------------------------- | ----------------------------------------------------------------------------------- |
 * | inactive                         | `stopped`: by `systemctl stop`, by SIGTERM, or it ended by itself with exit code 0   |
 * | activating, deactivating, reloading | `restarting`: something goes on                                                   |
 * | failed                           | `none`                                                                              |
 * | active                           | `none`: the process is not the one that the unit watches                             |
 */
export function meaningOf(unit: string, shown: string): UnitSays {
  const told = new Map(shown.split('\n').map(line => line.split('=', 2) as [string, string | undefined]));
  const active = told.get('ActiveState') ?? '';
  const detail = `${unit} is ${active || 'unknown'} (${told.get('SubState') ?? ''}, ${told.get('Result') ?? ''})`;
  if (told.get('LoadState') !== 'loaded')
    return { wish: 'cannot-tell', detail: `systemd knows no unit ${unit}` };
  switch (active) {
    case 'inactive':
      return { wish: 'stopped', detail };
    case 'activating':
    case 'deactivating':
    case 'reloading':
      return { wish: 'restarting', detail };
    default:
      return { wish: 'none', detail };
  }
}
