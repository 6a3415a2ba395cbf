import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { table } from '../output/table.ts';

export function addServices(program: Command, context: () => CliContext): void {
  program
    .command('services')
    .description('monitors and workers with the configuration they run')
    .command('list')
    .description('list them: which revision each runs and which it is to run, and why it does not')
    .action(() => list(context()));
}

async function list(context: CliContext): Promise<void> {
  const { v2 } = await context.api();
  const { services } = (await v2.services.list({ signal: context.world.signal })).body;
  context.show(services, () =>
    services.length === 0
      ? 'no monitor or worker is known\n'
      : table(
          ['HOST', 'SERVICE', 'VERSION', 'LAST SEEN', 'RUNS', 'WANTED', 'STATE', 'WHY'],
          services.map(each => [
            each.host,
            each.service,
            each.version,
            each.silent ? `${each.lastSeenAt} (silent)` : each.lastSeenAt,
            each.revision === null ? '-' : String(each.revision),
            each.wanted === null ? '-' : String(each.wanted),
            each.state,
            each.error ?? '',
          ]),
        ),
  );
}
