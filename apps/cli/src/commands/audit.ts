import type { AuditEvent } from '@instance-ha/contracts';
import { type Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { table } from '../output/table.ts';
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
    .addHelpText('after', '\nExample: instance-ha audit --target-type host --since 2026-01-31T00:00:00Z')
    .action((options: Filter & PageOptions) => audit(context(), options));
}

async function audit(context: CliContext, options: Filter & PageOptions): Promise<void> {
  const { action, outcome, by, targetType, target, request, since, until, ...pages } = options;
  const filter = told({
    action,
    outcome,
    initiator: by,
    targetType,
    targetId: target,
    requestId: request,
    since,
    until,
  });
  const api = await context.api();
  const rows = await readPages(pages, async page => {
    const { body } = await api.v2.audit.list({ query: { ...filter, ...page }, signal: context.world.signal });
    return { rows: body.events, nextCursor: body.nextCursor };
  });
  context.show(rows, () =>
    rows.length === 0
      ? 'nothing in the audit fits\n'
      : table(
          ['AT', 'BY', 'ACTION', 'ON', 'OUTCOME', 'CHANGES', 'REASON'],
          rows.map(row => [
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
          ]),
        ),
  );
}

/** A field that came, went, or changed; null when it was and is nothing. */
function changeInWords({ field, before, after }: AuditEvent['changes'][number]): string | null {
  const [was, is] = [valueInWords(before), valueInWords(after)];
  if (was === null) return is === null ? null : `${field}: ${is}`;
  return `${field}: ${was} -> ${is ?? 'nothing'}`;
}

const valueInWords = (value: unknown): string | null =>
  value === undefined || value === null ? null : typeof value === 'string' ? value : JSON.stringify(value);
