import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** One of our services as a process of its own, from source. */
export class Service {
  readonly name: 'api' | 'worker' | 'monitor';
  readonly logFile: string;
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(name: 'api' | 'worker' | 'monitor', options: { env: Record<string, string>; logFile: string }) {
    this.name = name;
    this.#env = options.env;
    this.logFile = options.logFile;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error(`${this.name} does not run`);
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  start(): void {
    if (this.#child) throw new Error(`${this.name} runs already`);
    const log = openSync(this.logFile, 'a');
    const main = join(root, 'apps', this.name, 'src', 'main.ts');
    const child = spawn(
      process.execPath,
      ['--conditions=@instance-ha/source', '--disable-warning=ExperimentalWarning', main],
      {
        env: { ...process.env, NODE_OPTIONS: '', ...this.#env },
        stdio: ['ignore', log, log],
      },
    );
    this.#child = child;
    this.#ended = new Promise<void>(resolve => {
      child.on('exit', () => {
        if (this.#child === child) this.#child = undefined;
        resolve();
      });
    });
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
