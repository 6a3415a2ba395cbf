import type { NotificationDetail, NotificationSummary, Vmove } from '@instance-ha/contracts';
import { type Evidence, notificationStatuses, notificationTypes } from '@instance-ha/notification';
import { type Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { facts } from '../output/facts.ts';
import { printable, table } from '../output/table.ts';
import { timeline } from '../output/timeline.ts';
import { type PageOptions, readPages } from './read-pages.ts';
import { readVmoves, vmoveTable } from './vmoves.ts';

type ListOptions = {
  type?: (typeof notificationTypes)[number];
  status?: (typeof notificationStatuses)[number][];
  host?: string;
  instance?: string;
  since?: string;
  until?: string;
} & PageOptions;

export function addNotifications(program: Command, context: () => CliContext): void {
  const notifications = program
    .command('notifications')
    .description('what failed, and what was done about it');

  notifications
    .command('list')
    .description('list notifications, newest first')
    .addOption(new Option('--type <type>', 'only this type').choices(notificationTypes))
    .addOption(new Option('--status <status...>', 'only these statuses').choices(notificationStatuses))
    .option('--host <name>', 'only from this source host')
    .option('--instance <uuid or name>', 'only of this instance')
    .option('--since <time>', 'detected at or after, ISO 8601')
    .option('--until <time>', 'detected before, ISO 8601')
    .option('--limit <n>', 'so many at the most', '50')
    .option('--all', 'all of them, page by page')
    .action((options: ListOptions) => list(context(), options));

  notifications
    .command('show <uuid>')
    .description(
      'show one notification: its timeline, the moves of a host, the evidence of the verdict, the journal of its recovery',
    )
    .option('--timeline', 'only the timeline')
    .action((uuid: string, options: ShowOptions) => show(context(), uuid, options));

  notifications
    .command('watch')
    .description('follow notifications live until Ctrl-C')
    .action(() => watch(context()));
}

async function list(context: CliContext, options: ListOptions): Promise<void> {
  const api = await context.api();
  const { limit, all, ...filter } = options;
  const pages = { limit, ...(all === undefined ? {} : { all }) };
  const rows: NotificationSummary[] = await readPages(pages, async page => {
    const { body } = await api.v2.notifications.list({
      query: { ...filter, ...page },
      signal: context.world.signal,
    });
    return { rows: body.notifications, nextCursor: body.nextCursor };
  });
  context.show(rows, () =>
    rows.length === 0
      ? 'no notifications\n'
      : table(
          ['UUID', 'DETECTED', 'TYPE', 'INSTANCE', 'HOST', 'FAULT', 'STATUS', 'MESSAGE'],
          rows.map(row => [
            row.uuid,
            row.detectedAt,
            row.type,
            row.instanceName ?? '-',
            row.host,
            faultOf(row),
            row.status,
            row.message ?? '',
          ]),
        ),
  );
}

type ShowOptions = { timeline?: boolean };
/** A notification, and of one of a host the moves of its instances. */
type Told = NotificationDetail & { vmoves?: Vmove[] };

async function show(context: CliContext, uuid: string, { timeline: only }: ShowOptions): Promise<void> {
  const api = await context.api();
  const { body } = await api.v2.notifications.get({ params: { uuid }, signal: context.world.signal });
  const ofHost = body.notification.type === 'COMPUTE_HOST';
  const told: Told = ofHost
    ? { ...body, vmoves: await readVmoves(context, { notification: uuid, limit: '1000', all: true }) }
    : body;
  const phases = timeline(body.timeline, { widthColumns: barColumns(context) });
  if (only) context.show(body.timeline, () => phases);
  else context.show(told, () => details(told, phases));
}

const barColumns = ({ world }: CliContext): number => Math.max(10, Math.min(40, world.widthColumns - 60));

function details(told: Told, phases: string): string {
  const { notification, vmoves } = told;
  return [
    head(notification),
    `\nTimeline\n${phases}`,
    ...(vmoves ? [progress(vmoves)] : []),
    ...(notification.evidence ? [evidence(notification.evidence)] : []),
    ...(told.journal.length > 0 ? [journal(told.journal)] : []),
  ].join('');
}

function head(notification: NotificationDetail['notification']): string {
  const { instanceName, instanceUuid, duplicates } = notification;
  return facts([
    ['notification', notification.uuid],
    ['status', `${notification.status}${notification.message ? `: ${notification.message}` : ''}`],
    ['type', notification.type],
    ['instance', `${instanceName ?? '-'} (${instanceUuid ?? '-'})`],
    ['source host', notification.host],
    ['fault', faultOf(notification)],
    ['incident', notification.incidentKey],
    ['filed', `by ${notification.filedBy}${duplicates > 0 ? `, and ${duplicates} times again` : ''}`],
  ]);
}

/** How far the recovery of a host has come. */
export function progress(vmoves: readonly Vmove[]): string {
  if (vmoves.length === 0) return '\nInstances\nnone was found to be moved yet\n';
  const count = (status: Vmove['status']): number => vmoves.filter(one => one.status === status).length;
  const [moved, failed, left] = [count('succeeded'), count('failed'), count('ignored')];
  const open = vmoves.length - moved - failed - left;
  return `\nInstances: ${vmoves.length} in total, ${moved} moved, ${failed} failed, ${left} left alone, ${open} under way\n${vmoveTable(vmoves, { notification: false })}`;
}

function evidence({ rule, summary, inputs }: Evidence): string {
  const rows = inputs.map(input => [input.signal, input.value, `${Math.round(input.ageMs)} ms`]);
  return `\nEvidence: ${printable(summary)} (rule ${rule})\n${table(['SIGNAL', 'VALUE', 'AGE'], rows)}`;
}

function journal(entries: NotificationDetail['journal']): string {
  const rows = entries.map(entry => [entry.at, entry.worker, JSON.stringify(entry.event)]);
  return `\nJournal\n${table(['AT', 'WORKER', 'FACT'], rows)}`;
}

async function watch(context: CliContext): Promise<void> {
  const api = await context.api();
  const { signal } = context.world;
  for await (const event of api.follow({ signal, kinds: ['notification'] })) {
    if (event.type === 'disconnected')
      context.world.err(`the connection broke (${event.cause}); trying again\n`);
    else if (event.type === 'lost')
      context.world.err('too many changes at once: some are not shown; use "notifications list"\n');
    else if (event.type === 'change') {
      const { body } = await api.v2.notifications.get({ params: { uuid: event.change.subject }, signal });
      const { notification } = body;
      if (context.options.json) context.world.out(`${JSON.stringify(notification)}\n`);
      else {
        const { updatedAt, status, instanceName, host, uuid, message } = notification;
        context.world.out(
          printable(
            `${updatedAt}  ${status.padEnd(8)}  ${faultOf(notification)}  ${instanceName ?? '-'} on ${host}  ${uuid}  ${message ?? ''}`,
          )
            .trimEnd()
            .concat('\n'),
        );
      }
    }
  }
}

function faultOf({ payload }: NotificationSummary): string {
  switch (payload.type) {
    case 'COMPUTE_INSTANCE':
      return payload.fault;
    case 'COMPUTE_HOST':
      return `host ${payload.event}`;
    case 'COMPUTE_PROCESS':
      return `${payload.processName} ${payload.event}`;
  }
}
