import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, exitCode } from '../exit-code.ts';

const services = ['api', 'worker', 'monitor'] as const;
type Service = (typeof services)[number];

/** How long a service may take to stop by itself. */
const stopWithinMs = 20_000;

export function addUp(program: Command, context: () => CliContext): void {
  program
    .command('up')
    .description(
      'run API, worker and monitor on this machine until Ctrl-C (each is also a service of its own)',
    )
    .addOption(new Option('--only <service...>', 'only these').choices(services))
    .action((options: { only?: Service[] }) => up(context(), options.only ?? services));
}

/** Runs the services as child processes, their lines marked by name; when one ends by itself all are stopped. */
async function up(context: CliContext, names: readonly Service[]): Promise<void> {
  await context.config(); // What is wrong with it is said once, here.
  const { world } = context;
  const args = [
    ...(context.options.configFile ?? []).flatMap(file => ['--config-file', file]),
    ...(context.options.configDir ?? []).flatMap(dir => ['--config-dir', dir]),
  ];
  const children = names.map(name => ({ name, child: start(name, args, context) }));
  const stopAll = (): void => {
    for (const { child } of children) child.kill('SIGTERM');
    setTimeout(() => {
      for (const { child } of children) child.kill('SIGKILL');
    }, stopWithinMs).unref();
  };
  world.signal.addEventListener('abort', stopAll, { once: true });
  let failed: string | undefined;
  await Promise.all(
    children.map(async ({ name, child }) => {
      const code = await new Promise<number>(resolve => {
        child.on('error', () => resolve(127));
        child.on('exit', exit => resolve(exit ?? 1));
      });
      if (world.signal.aborted || failed) return;
      failed = `${name} ended by itself with exit code ${code}: the others are stopped too; what it said stands above`;
      stopAll();
    }),
  );
  if (failed) throw new CliError(failed, exitCode.failed);
}

function start(name: Service, args: string[], { world }: CliContext): ChildProcess {
  const child = spawn(process.execPath, [binary(name), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: world.env as NodeJS.ProcessEnv,
    detached: true, // Ctrl-C is for us: we stop them in our own order.
  });
  for (const [stream, write] of [
    [child.stdout, world.out],
    [child.stderr, world.err],
  ] as const) {
    if (stream) createInterface({ input: stream }).on('line', line => write(`${name.padEnd(7)} ${line}\n`));
  }
  return child;
}

function binary(name: Service): string {
  const manifest = createRequire(import.meta.url).resolve(`@instance-ha/${name}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: Record<string, string> };
  return join(dirname(manifest), Object.values(bin)[0] ?? '');
}
