import type { Vmove } from '@instance-ha/contracts';
import { vmoveStatuses, vmoveTypes } from '@instance-ha/notification';
import { type Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { facts } from '../output/facts.ts';
import { table } from '../output/table.ts';
import { duration } from '../output/time.ts';
import { told } from './inventory.ts';
import { allOption, limitOption, type PageOptions, readPages } from './read-pages.ts';

type Filter = {
  notification?: string;
  instance?: string;
  type?: (typeof vmoveTypes)[number];
  status?: (typeof vmoveStatuses)[number];
};

export function addVmoves(program: Command, context: () => CliContext): void {
  const vmoves = program
    .command('vmoves')
    .description('instances that recoveries of hosts moved, or want to move');

  vmoves
    .command('list')
    .description('list moves of all notifications or of one, newest first')
    .option('--notification <uuid>', 'only of this one')
    .option('--instance <uuid>', 'only of this instance')
    .addOption(new Option('--type <type>', 'only of this type').choices(vmoveTypes))
    .addOption(new Option('--status <status>', 'only in this status').choices(vmoveStatuses))
    .addOption(limitOption())
    .addOption(allOption())
    .addHelpText('after', '\nExample: instance-ha vmoves list --status failed')
    .action((options: Filter & PageOptions) => list(context(), options));

  vmoves
    .command('show <uuid>')
    .description('show one move')
    .action((uuid: string) => show(context(), uuid));
}

async function list(context: CliContext, options: Filter & PageOptions): Promise<void> {
  const rows = await readVmoves(context, options);
  context.show(rows, () => (rows.length === 0 ? 'no moves\n' : vmoveTable(rows, { notification: true })));
}

/** The moves that fit, newest first. */
export async function readVmoves(
  context: CliContext,
  { notification, instance, type, status, ...pages }: Filter & PageOptions,
): Promise<Vmove[]> {
  const api = await context.api();
  const filter = told({ notificationUuid: notification, instanceUuid: instance, type, status });
  return readPages(pages, async page => {
    const { body } = await api.v2.vmoves.list({
      query: { ...filter, ...page },
      signal: context.world.signal,
    });
    return { rows: body.vmoves, nextCursor: body.nextCursor };
  });
}

export function vmoveTable(rows: readonly Vmove[], shown: { notification: boolean }): string {
  const which = (text: string): string[] => (shown.notification ? [text] : []);
  return table(
    [
      ...which('UUID'),
      'INSTANCE',
      'FROM',
      'TO',
      'STATUS',
      'STARTED',
      'TOOK',
      ...which('NOTIFICATION'),
      'MESSAGE',
    ],
    rows.map(row => [
      ...which(row.uuid),
      row.instanceName ?? row.instanceUuid,
      row.sourceHost,
      row.destHost ?? 'not known yet',
      row.status,
      row.startTime ?? '-',
      took(row),
      ...which(row.notificationUuid),
      row.message ?? '',
    ]),
  );
}

const took = ({ startTime, endTime }: Vmove): string =>
  startTime === null || endTime === null ? '-' : duration(Date.parse(endTime) - Date.parse(startTime));

async function show(context: CliContext, uuid: string): Promise<void> {
  const api = await context.api();
  const { vmove } = (await api.v2.vmoves.get({ params: { uuid }, signal: context.world.signal })).body;
  context.show(vmove, () =>
    facts([
      ['move', vmove.uuid],
      ['status', vmove.status],
      ['instance', `${vmove.instanceName ?? '-'} (${vmove.instanceUuid})`],
      ['type', vmove.type],
      ['from', vmove.sourceHost],
      ['to', vmove.destHost ?? 'not known yet'],
      ['started', vmove.startTime ?? '-'],
      ['ended', vmove.endTime ?? '-'],
      ['message', vmove.message ?? '-'],
      ['notification', vmove.notificationUuid],
    ]),
  );
}
