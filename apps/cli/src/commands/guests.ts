import type { GuestRecord } from '@instance-ha/contracts';
import { guestPhases } from '@instance-ha/guest-health';
import { type Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { table } from '../output/table.ts';

export function addGuests(program: Command, context: () => CliContext): void {
  program
    .command('guests')
    .description('the guests that are watched')
    .command('list')
    .description('list guests with their health, and why')
    .option('--host <name>', 'only on this host')
    .addOption(new Option('--phase <phase>', 'only in this phase').choices(guestPhases))
    .action((options: { host?: string; phase?: (typeof guestPhases)[number] }) => list(context(), options));
}

async function list(
  context: CliContext,
  filter: { host?: string; phase?: (typeof guestPhases)[number] },
): Promise<void> {
  const api = await context.api();
  const guests: GuestRecord[] = [];
  let cursor: string | undefined;
  do {
    const { body } = await api.v2.guests.list({
      query: { ...filter, limit: 1000, ...(cursor && { cursor }) },
      signal: context.world.signal,
    });
    guests.push(...body.guests);
    cursor = body.nextCursor ?? undefined;
  } while (cursor);
  context.show(guests, () =>
    guests.length === 0
      ? 'no guests: is a monitor running? (instance-ha monitors list)\n'
      : table(
          ['NAME', 'UUID', 'HOST', 'HEALTH', 'LAST BEAT', 'WHY'],
          guests.map(guest => [
            guest.instanceName,
            guest.instanceUuid,
            guest.host,
            guest.phase,
            guest.lastBeatAt ?? 'never',
            guest.why,
          ]),
        ),
  );
}
