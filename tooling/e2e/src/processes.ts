/** What runs because of a process, read from /proc. */
import { readdirSync, readFileSync } from 'node:fs';
import { identityOf, isIdentityAlive } from '@instance-ha/runtime';

/** Notes processes while they run, and tells later which of them are left. */
export class Noted {
  readonly #commands = new Map<string, string>();

  /** Notes what descends from `ancestor`, and what carries one of the marks in its command line or environment. */
  note(ancestor: number, marks: readonly string[]): number {
    const own = descendants(ancestor);
    for (const pid of pids()) {
      const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
      const said = command + read(`/proc/${pid}/environ`);
      const isOurs = own.has(pid) || marks.some(mark => said.includes(mark));
      if (isOurs && pid !== process.pid) this.#commands.set(identityOf(pid), `${pid} ${command}`);
    }
    return this.#commands.size;
  }

  /** Command lines of those noted that still run. */
  left(): string[] {
    return [...this.#commands]
      .filter(([identity]) => isIdentityAlive(identity))
      .map(([, command]) => command);
  }
}

const pids = (): number[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number);

function descendants(ancestor: number): ReadonlySet<number> {
  const parents = new Map(
    pids().map(pid => {
      const stat = read(`/proc/${pid}/stat`);
      return [pid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])];
    }),
  );
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at))
      if (at === ancestor) return true;
    return false;
  };
  return new Set([...parents.keys()].filter(isBelow));
}

/** Empty when the process has gone, or is not ours to read. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
