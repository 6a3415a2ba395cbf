import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessHands } from '@instance-ha/ports';
import type { ActOutcome } from '@instance-ha/recovery';
import { safePath } from './ask-systemd.ts';

export type ProcessHandsOptions = {
  /** The command that restarts each process: a program by its absolute path, and its arguments. Read anew at each use. */
  commands: () => Readonly<Record<string, readonly string[]>>;
  /** Where what a command says is kept, in `restart-NAME.log`, until the next one. */
  folder: string;
};

/**
 * Restarts processes by the commands that the configuration names. No shell sees them, and nothing that comes from
 * elsewhere becomes a part of them.
 */
export function createProcessHands({ commands, folder }: ProcessHandsOptions): ProcessHands {
  return {
    async restart(name, { timeoutMs, signal }) {
      signal.throwIfAborted();
      const all = commands();
      const [program, ...words] = Object.hasOwn(all, name) ? (all[name] ?? []) : [];
      if (program === undefined)
        return { outcome: 'refused', detail: `[process] restart_commands names no command for ${name}` };
      const logFile = join(folder, `restart-${name}.log`);
      // A file and not a pipe: what the command leaves running may go on writing, and must not die of it.
      const log = openSync(logFile, 'w', 0o600);
      try {
        return await run({ program, words, timeoutMs, signal, log, logFile });
      } finally {
        closeSync(log);
      }
    },
  };
}

async function run(options: {
  program: string;
  words: string[];
  timeoutMs: number;
  signal: AbortSignal;
  log: number;
  logFile: string;
}): Promise<ActOutcome> {
  const { program, words, timeoutMs, signal, log, logFile } = options;
  const { promise, resolve, reject } = Promise.withResolvers<ActOutcome>();
  const child = spawn(program, words, {
    stdio: ['ignore', log, log],
    env: { PATH: safePath, LC_ALL: 'C' },
    cwd: '/',
    detached: true, // What it leaves running is not ended with us by the terminal.
  });
  const failed = (detail: string): void => resolve({ outcome: 'failed', detail });
  const tooLong = setTimeout(() => {
    child.kill('SIGKILL');
    failed(`${program} had not ended after ${timeoutMs} ms`);
  }, timeoutMs);
  const onAbort = (): void => {
    child.kill('SIGKILL');
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  child.once('error', error => failed(`${program} could not be run: ${error.message}`));
  child.once('exit', (code, killedBy) => {
    if (code === 0) resolve({ outcome: 'done', detail: `${program} ended well` });
    else failed(`${program} ended with ${killedBy ?? `exit code ${code}`}${lastWords(logFile)}`);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(tooLong);
    signal.removeEventListener('abort', onAbort);
  }
}

/** The last line that it said, as far as it can be shown. */
function lastWords(logFile: string): string {
  try {
    const lines = readFileSync(logFile, 'utf8')
      .split('\n')
      .map(line => line.trim());
    const last = lines.filter(line => line !== '').at(-1);
    return last === undefined ? '' : `: ${last.replaceAll(/\p{Cc}/gu, ' ').slice(0, 300)}`;
  } catch {
    return '';
  }
}
