import type { NotificationDetail, NotificationSummary } from '@instance-ha/contracts';
import { notificationStatuses, notificationTypes } from '@instance-ha/notification';
import { type Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, exitCode } from '../exit-code.ts';
import { printable, table } from '../output/table.ts';
import { timeline } from '../output/timeline.ts';

type ListOptions = {
  type?: (typeof notificationTypes)[number];
  status?: (typeof notificationStatuses)[number][];
  host?: string;
  instance?: string;
  since?: string;
  until?: string;
  limit: string;
  all?: boolean;
};

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
      'show one notification: why it is held, what was ruled, its timeline, the evidence of the verdict, the journal of its recovery',
    )
    .action((uuid: string) => show(context(), uuid));

  notifications
    .command('watch')
    .description('follow notifications live until Ctrl-C')
    .action(() => watch(context()));
}

async function list(context: CliContext, options: ListOptions): Promise<void> {
  const api = await context.api();
  const { limit, all, ...filter } = options;
  const most = Number(limit);
  if (!Number.isInteger(most) || most < 1)
    throw new CliError(`--limit: expected a number from 1, found "${limit}"`, exitCode.usage);
  const rows: NotificationSummary[] = [];
  let cursor: string | undefined;
  do {
    const wanted = all ? most : most - rows.length;
    const { body } = await api.v2.notifications.list({
      query: { ...filter, limit: Math.min(1000, wanted), ...(cursor && { cursor }) },
      signal: context.world.signal,
    });
    rows.push(...body.notifications);
    cursor = body.nextCursor ?? undefined;
  } while (cursor && (all || rows.length < most));
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

async function show(context: CliContext, uuid: string): Promise<void> {
  const api = await context.api();
  const { body } = await api.v2.notifications.get({ params: { uuid }, signal: context.world.signal });
  context.show(body, () => details(body, context.world.widthColumns));
}

function details(
  { notification, held, rulings, possible, timeline: phases, journal }: NotificationDetail,
  widthColumns: number,
): string {
  const facts: [string, string][] = [
    ['notification', notification.uuid],
    ['status', `${notification.status}${notification.message ? `: ${notification.message}` : ''}`],
    ['type', notification.type],
    ['instance', `${notification.instanceName ?? '-'} (${notification.instanceUuid ?? '-'})`],
    ['source host', notification.host],
    ['fault', faultOf(notification)],
    ['incident', notification.incidentKey],
    [
      'filed',
      `by ${notification.filedBy}${notification.duplicates > 0 ? `, and ${notification.duplicates} times again` : ''}`,
    ],
  ];
  if (held) facts.push(['held', `since ${held.since}: ${held.why}`]);
  for (const { ruling, by, at, reason } of rulings)
    facts.push([ruling, `by ${by} at ${at}${reason === null ? '' : `: ${reason}`}`]);
  if (possible.length > 0) facts.push(['possible', possible.join(', ')]);
  const text = [facts.map(([name, value]) => `${name.padEnd(13)} ${printable(value)}\n`).join('')];
  text.push(
    '\nTimeline\n',
    timeline(phases, { widthColumns: Math.max(10, Math.min(40, widthColumns - 60)) }),
  );
  if (notification.evidence) {
    const { rule, summary, inputs } = notification.evidence;
    text.push(`\nEvidence: ${printable(summary)} (rule ${rule})\n`);
    text.push(
      table(
        ['SIGNAL', 'VALUE', 'AGE'],
        inputs.map(input => [input.signal, input.value, `${Math.round(input.ageMs)} ms`]),
      ),
    );
  }
  if (journal.length > 0) {
    text.push(
      '\nJournal\n',
      table(
        ['AT', 'WORKER', 'FACT'],
        journal.map(entry => [entry.at, entry.worker, JSON.stringify(entry.event)]),
      ),
    );
  }
  return text.join('');
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
