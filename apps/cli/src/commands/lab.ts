import { join } from 'node:path';
import { attachLab, createLab, faults, isFault, labDown } from '@instance-ha/lab';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, exitCode } from '../exit-code.ts';
import { table } from '../output/table.ts';

const hostName = 'lab-1';
const guestNames = ['web', 'db'] as const;

/** Where a lab lives unless told otherwise: short, for unix sockets, and the same for every command. */
const defaultFolder = '/var/tmp/instance-ha-lab';

export function addLab(program: Command, context: () => CliContext): void {
  const lab = program
    .command('lab')
    .description('a private libvirtd with tiny real guests, to try things on (root on a Debian system)');
  const dir = ['--dir <folder>', 'where the lab lives', defaultFolder] as const;

  lab
    .command('up')
    .description(`bring up one host with the guests ${guestNames.join(' and ')}; says what it installs`)
    .option(...dir)
    .action((options: { dir: string }) => up(context(), options.dir));
  lab
    .command('status')
    .description('show the hosts of the lab and their guests')
    .option(...dir)
    .action((options: { dir: string }) => status(context(), options.dir));
  lab
    .command('crash <guest> [fault]')
    .description('inject a fault into a guest (default: panic)')
    .option(...dir)
    .addHelpText('after', `\nFaults: ${faults.join(', ')}`)
    .action((guest: string, fault: string | undefined, options: { dir: string }) =>
      crash(context(), { ...options, guest, fault: fault ?? 'panic' }),
    );
  lab
    .command('down')
    .description('end everything the lab started; the guest image stays for the next time')
    .option(...dir)
    .option('--remove', 'remove the guest image, too')
    .action((options: { dir: string; remove?: boolean }) => down(context(), options));
}

async function up(context: CliContext, dir: string): Promise<void> {
  const { world } = context;
  const lab = await createLab({
    dir,
    signal: world.signal,
    onProgress: ({ text }) => world.err(`${text}\n`),
  });
  const host = await lab.host(hostName);
  const known = new Set(host.guests().map(guest => guest.name));
  for (const name of guestNames) {
    if (known.has(name)) continue;
    world.err(`starting guest ${name}\n`);
    const guest = await host.guest(name, { watchdog: 'reset', signal: world.signal });
    const bootMs = await guest.waitForPing({ signal: world.signal });
    world.err(`guest ${name} answers after ${(bootMs / 1000).toFixed(1)} s\n`);
  }
  context.show({ dir, host: host.name, uri: host.uri }, () => `host ${host.name} is up: ${host.uri}\n`);
}

async function status(context: CliContext, dir: string): Promise<void> {
  const lab = await attachLab({ dir, signal: context.world.signal });
  const rows = await Promise.all(
    lab.hosts().flatMap(host =>
      host.guests().map(async guest => {
        if (!host.isRunning())
          return { host: host.name, guest: guest.name, uuid: guest.uuid, state: 'host is down' };
        const { state, reason } = await guest.state();
        return {
          host: host.name,
          guest: guest.name,
          uuid: guest.uuid,
          state: reason ? `${state} (${reason})` : state,
        };
      }),
    ),
  );
  context.show(rows, () =>
    table(
      ['HOST', 'GUEST', 'UUID', 'STATE'],
      rows.map(row => [row.host, row.guest, row.uuid, row.state]),
    ),
  );
}

async function crash(
  context: CliContext,
  options: { dir: string; guest: string; fault: string },
): Promise<void> {
  const { dir, guest: name, fault } = options;
  if (!isFault(fault))
    throw new CliError(`no fault "${fault}"; there are: ${faults.join(', ')}`, exitCode.usage);
  const lab = await attachLab({ dir, signal: context.world.signal });
  const guest = lab
    .hosts()
    .flatMap(host => host.guests())
    .find(one => one.name === name || one.uuid === name);
  if (!guest)
    throw new CliError(
      `there is no guest "${name}" in the lab: see instance-ha lab status`,
      exitCode.notFound,
    );
  const { atEpochMs } = await guest.fault(fault);
  context.show(
    { guest: guest.name, fault, at: new Date(atEpochMs).toISOString() },
    () => `${fault} at ${new Date(atEpochMs).toISOString()}\n`,
  );
}

async function down(context: CliContext, options: { dir: string; remove?: boolean }): Promise<void> {
  const report = await labDown({ dir: options.dir, remove: options.remove ?? false });
  context.show(report, () =>
    report.found
      ? `lab down, ${report.processesEnded} processes ended\n`
      : `there is no lab in ${join(options.dir)}\n`,
  );
}
