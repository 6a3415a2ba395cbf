import { Command, CommanderError } from 'commander';
import { addAudit } from './commands/audit.ts';
import { addConfig } from './commands/config.ts';
import { addDoctor } from './commands/doctor.ts';
import { addGuests } from './commands/guests.ts';
import { addHosts } from './commands/hosts.ts';
import { addImport } from './commands/import.ts';
import { addLab } from './commands/lab.ts';
import { addMonitors } from './commands/monitors.ts';
import { addNotifications } from './commands/notifications.ts';
import { addOperations } from './commands/operations.ts';
import { addPause } from './commands/pause.ts';
import { addRulings } from './commands/rulings.ts';
import { addSegments } from './commands/segments.ts';
import { addServices } from './commands/services.ts';
import { addUp } from './commands/up.ts';
import { addVmoves } from './commands/vmoves.ts';
import { addWorkers } from './commands/workers.ts';
import { CliContext, type CliWorld, explain, type GlobalOptions } from './context.ts';
import { CliExit, exitCode } from './exit-code.ts';
import { version } from './version.ts';

/** The whole command line, without a process: what to do, what it may touch; the exit code comes back. */
export async function runCli(argv: readonly string[], world: CliWorld): Promise<number> {
  const program = buildProgram(world);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode.ok;
  } catch (error) {
    if (error instanceof CliExit) return error.code;
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    if (world.signal.aborted) return exitCode.interrupted;
    const { message, code } = explain(error);
    world.err(`instance-ha: ${message}\n`);
    return code;
  }
}

export function buildProgram(world: CliWorld): Command {
  const program = new Command('instance-ha');
  const collect = (value: string, all: string[] | undefined): string[] => [...(all ?? []), value];
  program
    .description(
      'high availability for virtual machines: see what failed and what was done, steer it, try it',
    )
    .version(version)
    .option('--api-url <url>', 'the API (default: INSTANCE_HA_API_URL, else as configured)')
    .option(
      '--token-file <file>',
      'file with the token (default: INSTANCE_HA_TOKEN_FILE, else the admin token made at first start)',
    )
    .option('--config-file <file>', 'read this configuration file; may be given again', collect)
    .option('--config-dir <dir>', 'then every *.conf of this folder', collect)
    .option('--json', 'print JSON')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: world.out, writeErr: world.err, getOutHelpWidth: () => world.widthColumns })
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 failed, 3 not found, 64 wrong usage, 69 the API cannot be reached, 77 not allowed, 78 configuration refused.`,
    );
  const context = (): CliContext => new CliContext(world, program.opts<GlobalOptions>());
  for (const add of [
    addNotifications,
    addRulings,
    addVmoves,
    addSegments,
    addHosts,
    addGuests,
    addMonitors,
    addWorkers,
    addPause,
    addAudit,
    addDoctor,
    addImport,
    addConfig,
    addOperations,
    addServices,
    addUp,
    addLab,
  ])
    add(program, context);
  for (const command of program.commands) inherit(command, program);
  return program;
}

/** Errors of subcommands end the same way as the program's own. */
function inherit(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
}
