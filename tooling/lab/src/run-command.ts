import { spawn } from 'node:child_process';
import { LabError } from './lab-error.ts';

/** What a program printed (each stream cut at 4 MiB) and how it ended. */
export type CommandResult = { stdout: string; stderr: string; exitCode: number };

export type CommandOptions = {
  /** After this many milliseconds the program is killed and `timeout` is thrown. */
  timeoutMs: number;
  signal?: AbortSignal;
  cwd?: string;
  /** The whole environment of the program, or `inherit`; default a fixed small one in the C locale. */
  env?: Record<string, string> | 'inherit';
  input?: string;
  /** Own session: a Ctrl-C in the terminal does not reach the program. */
  detached?: boolean;
};

export const plainEnvironment: Record<string, string> = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  HOME: '/nonexistent',
};

const outputLimitBytes = 4 * 1024 * 1024;

/** Runs a program to its end, whatever its exit code. Throws `timeout`, `command-failed` (not startable), or the abort reason. */
export async function tryCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const child = spawn(file, args, {
    cwd: options.cwd ?? '/',
    env: options.env === 'inherit' ? undefined : (options.env ?? plainEnvironment),
    detached: options.detached ?? false,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const told = [collect(child.stdout), collect(child.stderr)] as const;
  child.stdin?.on('error', () => {}); // a program that ends without reading its input is judged by its exit code
  child.stdin?.end(options.input);
  return new Promise((resolve, reject) => {
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, options.timeoutMs);
    const onAbort = () => child.kill('SIGKILL');
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const settle = (act: () => void) => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
      act();
    };
    child.once('error', cause =>
      settle(() =>
        reject(new LabError('command-failed', `${file} could not be started: ${cause.message}`, { cause })),
      ),
    );
    child.once('close', (code, signalName) =>
      settle(() => {
        const line = commandLine(file, args);
        if (timedOut) reject(new LabError('timeout', `${line} did not end within ${options.timeoutMs} ms`));
        else if (options.signal?.aborted) reject(options.signal.reason as Error);
        else if (code === null) reject(new LabError('command-failed', `${line} was ended by ${signalName}`));
        else resolve({ stdout: told[0](), stderr: told[1](), exitCode: code });
      }),
    );
  });
}

/** Runs a program that must succeed; `command-failed` carries what it said. */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const result = await tryCommand(file, args, options);
  if (result.exitCode === 0) return result;
  const said = result.stderr.trim() || result.stdout.trim().slice(-500) || 'nothing on its error stream';
  throw new LabError(
    'command-failed',
    `${commandLine(file, args)} ended with code ${result.exitCode}: ${said}`,
  );
}

const commandLine = (file: string, args: readonly string[]) => [file, ...args].join(' ').slice(0, 300);

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    if (size < outputLimitBytes) chunks.push(chunk.subarray(0, outputLimitBytes - size));
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
