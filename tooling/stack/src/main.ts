/** npm start. Only this file touches the process. Exit codes: 0 stopped on request, 1 failed, 64 wrong usage. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { help, parseOptions } from './options.ts';
import { runStack } from './stack.ts';

const options = parseOptions(process.argv.slice(2));
if (options === 'help') process.stdout.write(help);
else if (options instanceof Error) {
  process.stderr.write(`npm start: ${options.message}\nTry npm start -- --help.\n`);
  process.exitCode = 64;
} else {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => stop.abort(new Error(`stopped by ${name}`)));
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
  process.exitCode = await runStack(options, {
    root,
    say: line => process.stdout.write(`${line}\n`),
    signal: stop.signal,
  });
}
