import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, exitCode } from '../exit-code.ts';
import { printable } from '../output/table.ts';
import { parseDuration } from '../output/time.ts';

export function addPause(program: Command, context: () => CliContext): void {
  program
    .command('pause')
    .description(
      'act on nothing for a while: faults are seen and recorded, recovery waits; without options, tell whether it does',
    )
    .option('--reason <text>', 'why; shown to everybody who asks')
    .option('--for <duration>', 'how long, e.g. 30m, 2h, 1d; it ends by itself')
    .action((options: { reason?: string; for?: string }) => pause(context(), options));

  program
    .command('resume')
    .description('end the pause now')
    .action(() => resume(context()));
}

async function pause(context: CliContext, options: { reason?: string; for?: string }): Promise<void> {
  const { reason, for: duration } = options;
  if (reason === undefined && duration === undefined) return tell(context);
  if (reason === undefined || duration === undefined)
    throw new CliError(
      `a pause needs --reason and --for: ${reason === undefined ? '--reason' : '--for'} is missing`,
      exitCode.usage,
    );
  const forMs = parseDuration(duration);
  if (!forMs)
    throw new CliError(
      `--for: expected a duration such as 30m, 2h or 1d, found "${duration}"`,
      exitCode.usage,
    );
  const api = await context.api();
  const { body } = await api.v2.pause.set({
    body: { reason, forMs },
    signal: context.world.signal,
  });
  context.show(body.pause, () => `recovery is paused until ${body.pause?.until ?? '?'}: ${reason}\n`);
}

async function tell(context: CliContext): Promise<void> {
  const api = await context.api();
  const { pause } = (await api.v2.pause.get({ signal: context.world.signal })).body;
  context.show(pause, () =>
    pause
      ? printable(`recovery is paused by ${pause.by} until ${pause.until}: ${pause.reason}`).concat('\n')
      : 'recovery is not paused\n',
  );
}

async function resume(context: CliContext): Promise<void> {
  const api = await context.api();
  const { body } = await api.v2.pause.clear({ signal: context.world.signal });
  context.show(body, () => (body.wasPaused ? 'recovery goes on\n' : 'recovery was not paused\n'));
}
