import type { AuditEvent } from '@instance-ha/contracts';
import { ApiError } from '@instance-ha/contracts/client';
import { systemClock } from '@instance-ha/runtime';
import { type Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { printable, table } from '../output/table.ts';
import { told } from './inventory.ts';
import { allOption, limitOption, type PageOptions, readPages } from './read-pages.ts';

type Filter = {
  action?: string;
  outcome?: AuditEvent['outcome'];
  by?: string;
  targetType?: string;
  target?: string;
  request?: string;
  since?: string;
  until?: string;
};

export function addAudit(program: Command, context: () => CliContext): void {
  program
    .command('audit')
    .description('who changed what, when and why, and what was refused; newest first')
    .option('--action <action>', 'only this one, e.g. create, update, delete')
    .addOption(new Option('--outcome <outcome>', 'only this one').choices(['success', 'failure']))
    .option('--by <name>', 'only by this token or user')
    .option('--target-type <type>', 'only on this kind of thing, e.g. segment, host, pause')
    .option('--target <uuid>', 'only on this thing')
    .option('--request <id>', 'only of this request (x-openstack-request-id)')
    .option('--since <time>', 'at or after, ISO 8601')
    .option('--until <time>', 'before, ISO 8601')
    .addOption(limitOption())
    .addOption(allOption())
    .option('--follow', 'then tell what comes, the newest last, until Ctrl-C')
    .addHelpText('after', '\nExample: instance-ha audit --target-type host --since 2026-01-31T00:00:00Z')
    .action((options: Filter & PageOptions & { follow?: boolean }) => audit(context(), options));
}

async function audit(
  context: CliContext,
  options: Filter & PageOptions & { follow?: boolean },
): Promise<void> {
  const { limit, all = false, follow: live = false } = options;
  const filter = queryOf(options);
  const rows = await read(context, filter, { limit, all });
  if (live) return follow(context, filter, rows);
  context.show(rows, () =>
    rows.length === 0
      ? 'nothing in the audit fits\n'
      : table(['AT', 'BY', 'ACTION', 'ON', 'OUTCOME', 'CHANGES', 'REASON'], rows.map(cells)),
  );
}

const queryOf = ({ action, outcome, by, targetType, target, request, since, until }: Filter) =>
  told({ action, outcome, initiator: by, targetType, targetId: target, requestId: request, since, until });

/** Newest first. */
async function read(
  context: CliContext,
  filter: ReturnType<typeof queryOf>,
  pages: PageOptions,
): Promise<AuditEvent[]> {
  const api = await context.api();
  return readPages(pages, async page => {
    const { body } = await api.v2.audit.list({ query: { ...filter, ...page }, signal: context.world.signal });
    return { rows: body.events, nextCursor: body.nextCursor };
  });
}

/** The audit is no part of the live stream: it is asked again and again. */
const pollMs = 2000;
/** An event may be stored so long after one with a later number. */
const lateMs = 10_000;

/** Tells what there is, the oldest first, and then what comes, a line each, until Ctrl-C. An API that is away is asked again. */
async function follow(
  context: CliContext,
  filter: ReturnType<typeof queryOf>,
  first: readonly AuditEvent[],
): Promise<void> {
  const { signal, out, err, clock = systemClock } = context.world;
  // What is older than the first rows was not asked for.
  const oldestId = first.at(-1)?.id ?? 0;
  let known = new Set<number>();
  let newestMs = Number.NaN;
  const tell = (rows: readonly AuditEvent[]): void => {
    for (const row of rows.toReversed()) {
      if (known.has(row.id) || row.id < oldestId) continue;
      out(
        context.options.json ? `${JSON.stringify(row)}\n` : `${printable(cells(row).join('  ')).trimEnd()}\n`,
      );
    }
    known = new Set(rows.map(({ id }) => id));
    newestMs = Date.parse(rows[0]?.at ?? '');
  };
  tell(first);
  for (;;) {
    await clock.sleep(pollMs, signal);
    const sinceMs = Math.max(newestMs - lateMs, Date.parse(filter.since ?? '') || 0);
    const since = Number.isNaN(sinceMs) ? {} : { since: new Date(sinceMs).toISOString() };
    try {
      tell(await read(context, { ...filter, ...since }, { limit: '1000', all: true }));
    } catch (error) {
      if (signal.aborted || !ApiError.isInstance(error) || !error.retryable) throw error;
      err(`${error.message}; asking again\n`);
    }
  }
}

const cells = (row: AuditEvent): string[] => [
  row.at,
  row.initiator.name,
  row.action,
  [row.target.type, row.target.name ?? row.target.id].filter(Boolean).join(' '),
  row.outcome,
  row.changes
    .map(changeInWords)
    .filter(change => change !== null)
    .join('; '),
  row.reason ?? '',
];

/** A field that came, went, or changed; null when it was and is nothing. */
function changeInWords({ field, before, after }: AuditEvent['changes'][number]): string | null {
  const [was, is] = [valueInWords(before), valueInWords(after)];
  if (was === null) return is === null ? null : `${field}: ${is}`;
  return `${field}: ${was} -> ${is ?? 'nothing'}`;
}

const valueInWords = (value: unknown): string | null =>
  value === undefined || value === null ? null : typeof value === 'string' ? value : JSON.stringify(value);
