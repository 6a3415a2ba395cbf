import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const fromSource = ['--conditions=@instance-ha/source', '--disable-warning=ExperimentalWarning'];

/** One of our services as a process of its own: from source, or as it was built and is published. */
export class Service {
  readonly name: 'api' | 'worker' | 'monitor';
  readonly logFile: string;
  /** The name it goes by among its like, such as `worker-2`. */
  readonly label: string;
  readonly #env: Record<string, string>;
  readonly #built: boolean;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(
    name: 'api' | 'worker' | 'monitor',
    options: { env: Record<string, string>; logFile: string; built?: boolean },
  ) {
    this.name = name;
    this.#env = options.env;
    this.#built = options.built ?? false;
    this.logFile = options.logFile;
    this.label = basename(options.logFile, '.log');
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error(`${this.name} does not run`);
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** `env` replaces what the service was made with, from this start on. */
  start(env: Record<string, string> = {}): void {
    Object.assign(this.#env, env);
    if (this.#child) throw new Error(`${this.name} runs already`);
    const log = openSync(this.logFile, 'a');
    const folder = join(root, 'apps', this.name);
    const options = {
      env: { ...process.env, NODE_OPTIONS: '', ...this.#env },
      stdio: ['ignore', log, log] satisfies StdioOptions,
    };
    const child = this.#built
      ? spawn(join(folder, 'bin.cjs'), [], options)
      : spawn(process.execPath, [...fromSource, join(folder, 'src', 'main.ts')], options);
    this.#child = child;
    this.#ended = new Promise<void>(resolve => {
      child.on('exit', () => {
        if (this.#child === child) this.#child = undefined;
        resolve();
      });
    });
  }

  /** Stops its process where it stands, until `thaw`. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await this.#ended;
    clearTimeout(timer);
  }

  logTail(lines = 40): string {
    return readFileSync(this.logFile, 'utf8').split('\n').slice(-lines).join('\n');
  }
}
