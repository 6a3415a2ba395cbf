import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { table } from '../output/table.ts';

export function addWorkers(program: Command, context: () => CliContext): void {
  program
    .command('workers')
    .description('the workers, which carry out recoveries')
    .command('list')
    .description(
      'list workers: when they were last heard, what they hold; one that died is told of for a day',
    )
    .action(() => list(context()));
}

async function list(context: CliContext): Promise<void> {
  const api = await context.api();
  const { workers } = (await api.v2.workers.list({ signal: context.world.signal })).body;
  context.show(workers, () =>
    workers.length === 0
      ? 'no worker runs: nothing is recovered\n'
      : table(
          ['NAME', 'STATE', 'LAST SEEN', 'VERSION', 'DRIVER', 'MODE', 'HOLDS'],
          workers.map(worker => [
            worker.name,
            worker.silent ? 'silent' : 'running',
            worker.lastSeenAt,
            worker.version,
            worker.driver,
            worker.mode,
            String(worker.held),
          ]),
        ),
  );
}
