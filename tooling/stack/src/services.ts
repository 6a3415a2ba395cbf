import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';

/** API, worker and monitor as turbo runs them; their output goes to one file. */
export type Services = {
  logFile: string;
  /** Resolves when turbo has ended, with its exit code. */
  ended: Promise<number>;
  stop(): Promise<void>;
};

/** How long the services have to stop by themselves. */
const stopWithinMs = 30_000;

export function startServices(options: {
  root: string;
  folder: string;
  names: readonly string[];
  env: Record<string, string>;
}): Services {
  const logFile = join(options.folder, 'services.log');
  const log = createWriteStream(logFile, { mode: 0o600 });
  const filters = options.names.map(name => `--filter=@instance-ha/${name}`);
  const child = spawn(
    'turbo',
    ['run', 'serve', ...filters, '--ui=stream', '--log-order=stream', '--output-logs=full'],
    {
      cwd: options.root,
      env: { ...process.env, ...options.env, FORCE_COLOR: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // Ctrl-C is for us: we stop them in order.
    },
  );
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const ended = new Promise<number>(resolve => {
    child.on('error', error => {
      log.write(`${error.message}\n`);
      resolve(127);
    });
    child.on('exit', code => resolve(code ?? 1));
  });
  return { logFile, ended, stop: () => stop(child, ended) };
}

async function stop(child: ChildProcess, ended: Promise<number>): Promise<void> {
  signalGroup(child, 'SIGINT');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), stopWithinMs);
  await ended;
  clearTimeout(timer);
  // What turbo left of its group, if anything.
  signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // The group is gone.
  }
}
