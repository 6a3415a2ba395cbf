import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, exitCode } from '../exit-code.ts';
import { parseDuration } from '../output/time.ts';

export function addPause(program: Command, context: () => CliContext): void {
  program
    .command('pause')
    .description('act on nothing for a while: faults are seen and recorded, recovery waits')
    .requiredOption('--reason <text>', 'why; shown to everybody who asks')
    .requiredOption('--for <duration>', 'how long, e.g. 30m, 2h, 1d; it ends by itself')
    .action((options: { reason: string; for: string }) => pause(context(), options));

  program
    .command('resume')
    .description('end the pause now')
    .action(() => resume(context()));
}

async function pause(context: CliContext, options: { reason: string; for: string }): Promise<void> {
  const forMs = parseDuration(options.for);
  if (!forMs)
    throw new CliError(
      `--for: expected a duration such as 30m, 2h or 1d, found "${options.for}"`,
      exitCode.usage,
    );
  const api = await context.api();
  const { body } = await api.v2.pause.set({
    body: { reason: options.reason, forMs },
    signal: context.world.signal,
  });
  context.show(body.pause, () => `recovery is paused until ${body.pause?.until ?? '?'}: ${options.reason}\n`);
}

async function resume(context: CliContext): Promise<void> {
  const api = await context.api();
  const { body } = await api.v2.pause.clear({ signal: context.world.signal });
  context.show(body, () => (body.wasPaused ? 'recovery goes on\n' : 'recovery was not paused\n'));
}
