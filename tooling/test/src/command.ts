import { spawn } from 'node:child_process';
import type { Count, StageContext } from './stage.ts';

/** Runs a command in the repository with its output shown; answers its exit code, or 124 when it took too long. */
export async function command(
  context: StageContext,
  argv: readonly string[],
  options: { timeoutMs: number; env?: Record<string, string>; quiet?: boolean },
): Promise<number> {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, {
    cwd: context.root,
    env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1', ...options.env },
    stdio: ['ignore', options.quiet ? 'pipe' : 'inherit', options.quiet ? 'pipe' : 'inherit'],
    detached: true, // A group of its own, so that ending it ends what it started.
  });
  let kept = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      kept = (kept + text).slice(-keptCharacters);
    });
  }
  const end = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It has ended by itself.
    }
  };
  const onAbort = (): void => end('SIGTERM');
  context.signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => {
    context.say(
      `${argv.slice(0, 3).join(' ')} … did not end within ${options.timeoutMs / 1000} s and is ended`,
    );
    end('SIGTERM');
    setTimeout(() => end('SIGKILL'), 10_000).unref();
  }, options.timeoutMs);
  try {
    const code = await new Promise<number>(resolve => {
      child.on('error', error => {
        kept += error.message;
        resolve(127);
      });
      child.on('close', (exit, signal) => resolve(exit ?? (signal ? 124 : 1)));
    });
    if (code !== 0 && options.quiet) context.say(kept);
    return code;
  } finally {
    clearTimeout(timer);
    context.signal.removeEventListener('abort', onAbort);
  }
}

const keptCharacters = 200_000;

/** Several commands, each counted as one test that passes when it exits with 0. */
export async function checks(
  context: StageContext,
  commands: Record<string, readonly string[]>,
  timeoutMs = 300_000,
): Promise<Count> {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, argv] of Object.entries(commands)) {
    const startMs = performance.now();
    const code = await command(context, argv, { timeoutMs, quiet: true });
    context.say(
      `  ${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - startMs) / 1000).toFixed(1)} s)`,
    );
    if (code === 0) count.passed += 1;
    else count.failed += 1;
  }
  return count;
}
