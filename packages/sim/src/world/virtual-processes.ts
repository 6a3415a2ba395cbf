import type { ProcessHands, ProcessProbe } from '@instance-ha/ports';
import type { ProcessSighting } from '@instance-ha/process-health';
import type { Program } from './program.ts';

/** How long a restart command takes. */
const commandMs = 1500;
const wayMs = 2;

type Process = { life: number; is: 'running' | 'dead' | 'stopped'; failing: number };

/** The processes of one host, as they really are. */
export class VirtualProcesses {
  readonly #host: string;
  readonly #processes: Map<string, Process>;
  readonly #tell: (words: string) => void;
  readonly #accuse: (what: string) => void;

  constructor(options: {
    host: string;
    names: readonly string[];
    tell: (words: string) => void;
    accuse: (what: string) => void;
  }) {
    this.#host = options.host;
    this.#tell = options.tell;
    this.#accuse = options.accuse;
    this.#processes = new Map(options.names.map(name => [name, { life: 1, is: 'running', failing: 0 }]));
  }

  get names(): string[] {
    return [...this.#processes.keys()];
  }

  /** Something befalls a process. `failing`: so many of its next restarts bring nothing. */
  befall(name: string, what: 'killed' | 'stopped' | 'started', failing?: number): void {
    const process = this.#find(name);
    if (failing !== undefined) process.failing = failing;
    if (what === 'started') this.#run(process);
    else process.is = what === 'killed' ? 'dead' : 'stopped';
  }

  probe(program: Program): ProcessProbe {
    return {
      bootId: `boot-of-${this.#host}`,
      look: name => program.call(async () => this.#sighting(name), { wayMs }),
    };
  }

  hands(program: Program): ProcessHands {
    return {
      // What was begun goes on when the program that began it dies.
      restart: name =>
        program.call(
          async () => {
            const process = this.#find(name);
            this.#tell(`restarts ${name}`);
            if (process.is !== 'dead') this.#accuse(`${name} was restarted, and it was ${process.is}`);
            process.failing -= 1;
            if (process.failing >= 0) return { outcome: 'failed', detail: 'ended with exit code 1' };
            this.#run(process);
            return { outcome: 'done', detail: 'ended well' };
          },
          { wayMs: commandMs / 2 },
        ),
    };
  }

  left(): string[] {
    return [...this.#processes].map(([name, { is, life }]) => `= ${this.#host}/${name} ${is}, life ${life}`);
  }

  #run(process: Process): void {
    process.is = 'running';
    process.life += 1;
  }

  #sighting(name: string): ProcessSighting {
    const { is, life } = this.#find(name);
    if (is === 'running')
      return { seen: 'running', life: `boot-of-${this.#host}/${life}`, detail: `runs as life ${life}` };
    return { seen: 'absent', wish: is === 'stopped' ? 'stopped' : 'none', detail: 'no such process' };
  }

  #find(name: string): Process {
    const found = this.#processes.get(name);
    if (!found) throw new RangeError(`there is no process ${name} on ${this.#host}`);
    return found;
  }
}
