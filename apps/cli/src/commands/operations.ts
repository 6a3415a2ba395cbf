import type { NewOperation, OperationDetail, OperationRow } from '@instance-ha/contracts';
import { ApiError } from '@instance-ha/contracts/client';
import { systemClock } from '@instance-ha/runtime';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, exitCode } from '../exit-code.ts';
import { printable, table } from '../output/table.ts';
import { told } from './inventory.ts';
import { numberOf } from './number-of.ts';
import { allOption, limitOption, type PageOptions, readPages } from './read-pages.ts';

export function addOperations(program: Command, context: () => CliContext): void {
  const operations = program
    .command('operations')
    .description('the ways of a configuration to its hosts; config pushed apply begins one');
  operations
    .command('list')
    .description('list operations, newest first')
    .addOption(limitOption())
    .addOption(allOption())
    .action((options: PageOptions) => list(context(), options));
  operations
    .command('show <id>')
    .description('show an operation with a row for each service of each host')
    .option('--follow', 'then tell how it goes until it has ended')
    .action((id: string, options: { follow?: boolean }) =>
      show(context(), numberOf(id, '<id>'), options.follow ?? false),
    );
  operations
    .command('cancel <id>')
    .description('tell no further host; those that were told keep what they have')
    .action((id: string) => cancel(context(), numberOf(id, '<id>')));
}

/** Begins to bring a revision to hosts; with `follow` ends when that has ended, in failure when it failed. */
export async function beginOperation(
  context: CliContext,
  revision: number,
  options: {
    host?: string[];
    onFailure: NewOperation['onFailure'];
    atOnce: string;
    comment?: string;
    follow?: boolean;
  },
): Promise<void> {
  const { host, onFailure, comment } = options;
  const { v2 } = await context.api();
  const atOnce = numberOf(options.atOnce, '--at-once');
  const begun = (
    await v2.operations.create({
      body: { kind: 'reconfigure', revision, onFailure, atOnce, ...told({ hosts: host, comment }) },
      signal: context.world.signal,
    })
  ).body;
  if (options.follow) return follow(context, begun);
  context.show(begun, () => inWords(begun));
}

async function list(context: CliContext, options: PageOptions): Promise<void> {
  const { v2 } = await context.api();
  const rows = await readPages(options, async query => {
    const { body } = await v2.operations.list({ query, signal: context.world.signal });
    return { rows: body.operations, nextCursor: body.nextCursor };
  });
  context.show(rows, () =>
    rows.length === 0
      ? 'no operations\n'
      : table(
          ['ID', 'REVISION', 'STATE', 'BEGUN', 'BY', 'APPLIED', 'FAILED', 'AWAY', 'COMMENT'],
          rows.map(({ id, revision, state, startedAt, startedBy, progress, comment }) => [
            String(id),
            String(revision),
            state,
            startedAt,
            startedBy,
            `${progress.applied} of ${progress.total}`,
            String(progress.failed),
            String(progress.notAnswering),
            comment ?? '',
          ]),
        ),
  );
}

async function show(context: CliContext, id: number, live: boolean): Promise<void> {
  const { v2 } = await context.api();
  const found = (await v2.operations.get({ params: { id: String(id) }, signal: context.world.signal })).body;
  if (live) return follow(context, found);
  context.show(found, () => inWords(found));
}

async function cancel(context: CliContext, id: number): Promise<void> {
  const { v2 } = await context.api();
  const params = { id: String(id) };
  const found = (await v2.operations.cancel({ params, body: {}, signal: context.world.signal })).body;
  context.show(found, () => inWords(found));
}

function inWords({ operation, rows }: OperationDetail): string {
  const { id, revision, state, message } = operation;
  const head = `operation ${id}, revision ${revision}: ${state}${message === null ? '' : `: ${message}`}\n`;
  if (rows.length === 0) return head;
  return `${head}${table(
    ['HOST', 'SERVICE', 'STATE', 'BEFORE', 'RUNS', 'WHY'],
    rows.map(row => [
      row.host,
      row.service,
      row.state,
      String(row.before),
      row.running === null ? '-' : String(row.running),
      row.error ?? '',
    ]),
  )}`;
}

const pollMs = 1000;

/** A line for each row that changes, until the operation has ended. An API that is away is asked again. */
async function follow(context: CliContext, first: OperationDetail): Promise<void> {
  const { signal, out, err, clock = systemClock } = context.world;
  const { v2 } = await context.api();
  const seen = new Map<string, OperationRow['state']>();
  const tell = ({ rows }: OperationDetail): void => {
    for (const row of rows) {
      const place = `${row.host} ${row.service}`;
      if (seen.get(place) === row.state) continue;
      seen.set(place, row.state);
      const why = row.error === null ? '' : `: ${row.error}`;
      out(
        context.options.json ? `${JSON.stringify(row)}\n` : `${printable(`${place} ${row.state}${why}`)}\n`,
      );
    }
  };
  let found = first;
  tell(found);
  while (found.operation.state === 'running') {
    await clock.sleep(pollMs, signal);
    try {
      found = (await v2.operations.get({ params: { id: String(first.operation.id) }, signal })).body;
      tell(found);
    } catch (error) {
      if (signal.aborted || !ApiError.isInstance(error) || !error.retryable) throw error;
      err(`${error.message}; asking again\n`);
    }
  }
  const { id, state, message } = found.operation;
  if (state !== 'finished')
    throw new CliError(`operation ${id} is ${state}: ${message ?? 'nothing more is known'}`, exitCode.failed);
  out(context.options.json ? `${JSON.stringify(found.operation)}\n` : `${state}: ${message ?? ''}\n`);
}
