/** `npm start` as a process of its own, and everything that comes of it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { Noted } from './processes.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** How long it may take to stop everything: what its services may, and some. */
const stopWithinMs = 45_000;
const cliWithinMs = 20_000;

export type NpmStart = {
  output: () => string;
  /** Its folder of state, once it has said where. */
  folder: () => string;
  /** Resolves when it has said this; rejects when it ends before. */
  says: (words: RegExp) => Promise<void>;
  /** The command line with these arguments, in the environment that it tells to use. */
  cli: (...args: string[]) => { code: number | null; out: string; err: string };
  /** Ctrl-C at its terminal; resolves with its exit code. */
  interrupt: () => Promise<number | null>;
  /** Notes what runs now because of it; answers how many processes there are. */
  note: () => number;
  /** Command lines of those noted that still run. */
  left: () => string[];
  /** Ends it, when it has not ended; for a test that failed. */
  stop: () => Promise<void>;
};

/** Runs what the first step of `npm start` hands over to, with these arguments and a free port. */
export async function npmStart(args: readonly string[]): Promise<NpmStart> {
  const mark = `INSTANCE_HA_E2E=${randomUUID()}`;
  const [markName = '', markValue = ''] = mark.split('=');
  const port = await freePort();
  const main = join(root, 'tooling/stack/src/main.ts');
  const flags = ['--conditions=@instance-ha/source', '--disable-warning=ExperimentalWarning'];
  const child: ChildProcess = spawn(process.execPath, [...flags, main, ...args, '--port', String(port)], {
    cwd: root,
    env: {
      ...process.env,
      [markName]: markValue,
      NODE_OPTIONS: '',
      PATH: [join(root, 'node_modules/.bin'), dirname(process.execPath), process.env.PATH].join(delimiter),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  const hear = (chunk: Buffer): void => {
    output += chunk;
    for (const listener of listeners) listener();
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  const ended = new Promise<number | null>(resolve => child.on('close', resolve));
  const noted = new Noted();

  const folder = (): string => {
    const found = /^What the services say: (.+)\/services\.log$/m.exec(output)?.[1];
    if (found === undefined) throw new Error(`it did not say where its state is:\n${output}`);
    return found;
  };
  return {
    output: () => output,
    folder,
    says: words =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!words.test(output)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void ended.then(code =>
          reject(new Error(`npm start ended with ${code} and had not said ${words}:\n${output}`)),
        );
      }),
    cli: (...args) => {
      const told = /^ {2}export (.+)$/m.exec(output)?.[1]?.split(' ') ?? [];
      const env = Object.fromEntries(told.map(one => one.split('=')));
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [join(root, 'apps/cli/bin.cjs'), ...args],
        { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8', timeout: cliWithinMs },
      );
      return { code: status, out: stdout, err: stderr };
    },
    interrupt: () => {
      child.kill('SIGINT');
      return ended;
    },
    note: () => noted.note(child.pid ?? 0, [mark, folder()]),
    left: () => noted.left(),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGINT'); // Killed outright it could not stop what it started.
      const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
      await ended;
      clearTimeout(timer);
    },
  };
}
