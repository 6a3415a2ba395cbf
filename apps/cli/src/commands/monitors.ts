import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { table } from '../output/table.ts';

export function addMonitors(program: Command, context: () => CliContext): void {
  program
    .command('monitors')
    .description('the monitors, one on each compute host')
    .command('list')
    .description('list monitors: what they watch, when they were last heard, what keeps them')
    .action(() => list(context()));
}

async function list(context: CliContext): Promise<void> {
  const api = await context.api();
  const { body } = await api.v2.monitors.list({ signal: context.world.signal });
  context.show(body.monitors, () =>
    body.monitors.length === 0
      ? 'no monitor has reported yet\n'
      : table(
          ['HOST', 'STATE', 'LAST SEEN', 'VERSION', 'GUESTS', 'HOST GATE', 'SPOOL', 'CAUSE'],
          body.monitors.map(monitor => [
            monitor.host,
            monitor.silent ? 'silent' : monitor.state,
            monitor.lastSeenAt,
            monitor.version,
            Object.entries(monitor.guestsByPhase)
              .map(([phase, count]) => `${count} ${phase}`)
              .join(', ') || 'none',
            monitor.gate.suspect ? `suspect: ${monitor.gate.silent} of ${monitor.gate.heard} silent` : 'open',
            String(monitor.spoolDepth),
            monitor.cause ?? '',
          ]),
        ),
  );
}
