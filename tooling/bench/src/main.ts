/**
 * npm run bench -- NAME [NAME…]: prints one JSON object a measurement on standard output, progress on standard error.
 *
 * Exit codes: 0 measured · 1 failed · 64 wrong usage. A missed target is reported, not failed: this is a yardstick.
 */
import { execFile } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { benches } from './benches.ts';

const names = Object.keys(benches);
const help = `npm run bench -- NAME [NAME…] [--effort X]

${Object.entries(benches)
  .map(([name, bench]) => `  ${name.padEnd(14)}${bench.about}`)
  .join('\n')}

  --effort X   take X times as many samples (default 1)
  --list       print the names
`;

const chosen = choose();
if (chosen) process.exitCode = await run(chosen.names, chosen.effort);

function choose(): { names: string[]; effort: number } | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        effort: { type: 'string', default: '1' },
        list: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.list) process.stdout.write(`${names.join('\n')}\n`);
    else if (values.help || positionals.length === 0) process.stdout.write(help);
    else {
      const unknown = positionals.filter(name => !names.includes(name));
      if (unknown.length > 0)
        throw new Error(`expected names among ${names.join(', ')}, found ${unknown.join(', ')}`);
      const effort = Number(values.effort);
      if (!(effort > 0)) throw new Error(`--effort: expected a number above 0, found "${values.effort}"`);
      return { names: positionals, effort };
    }
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\n${help}`);
    process.exitCode = 64;
  }
  return undefined;
}

async function run(chosen: readonly string[], effort: number): Promise<number> {
  process.stderr.write('building the services: what is measured is what is published\n');
  await build();
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const context = {
    say: (line: string) => void process.stderr.write(`${line}\n`),
    signal: stop.signal,
    effort,
  };
  for (const name of chosen) {
    const load1Before = load1();
    for await (const { conditions, ...measurement } of benches[name]?.run(context) ?? []) {
      const machine = { cores: availableParallelism(), load1Before, load1After: load1() };
      process.stdout.write(
        `${JSON.stringify({ ...measurement, conditions: { ...conditions, ...machine } })}\n`,
      );
    }
  }
  return stop.signal.aborted ? 130 : 0;
}

/** Load average of the last minute; what it was before a bench is the company the bench had. */
function load1(): number {
  return Number(loadavg()[0]?.toFixed(1));
}

async function build(): Promise<void> {
  const apps = ['api', 'worker', 'monitor'].map(app => `--filter=@instance-ha/${app}`);
  const cwd = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
  await promisify(execFile)('turbo', ['run', 'build', ...apps, '--output-logs=errors-only'], {
    cwd,
    timeout: 600_000,
    maxBuffer: 16 * 1024 * 1024,
  });
}
