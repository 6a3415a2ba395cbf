import type { ConfigurationProblem, LastDay, OptionChange } from '@instance-ha/contracts';
import { type Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, exitCode } from '../exit-code.ts';
import { printable, table } from '../output/table.ts';
import { told } from './inventory.ts';
import { numberOf } from './number-of.ts';
import { beginOperation } from './operations.ts';
import { allOption, limitOption, type PageOptions, readPages } from './read-pages.ts';

const params = { file: 'instance-ha.conf' } as const;
const hostOption = ['--host <host>', "this host's own file, above the one for all hosts"] as const;
const collect = (value: string, all: string[] | undefined): string[] => [...(all ?? []), value];

/** `config pushed`: the configuration that the API keeps for monitors and workers. */
export function addPushed(config: Command, context: () => CliContext): void {
  const pushed = config
    .command('pushed')
    .description('the configuration that is kept by the API and brought to monitors and workers');
  pushed
    .command('list')
    .description('list its files, with the latest save of each and the one that hosts are to run')
    .action(() => list(context()));
  pushed
    .command('show')
    .description('print the latest saved text, or that of a revision')
    .option(...hostOption)
    .option('--revision <n>', 'as it was saved then')
    .action((options: { host?: string; revision?: string }) => show(context(), options));
  pushed
    .command('save <file>')
    .description('save a text (- for standard input) as a new revision; nothing is applied by it')
    .option(...hostOption)
    .option('--comment <text>', 'why')
    .option('--expect <revision>', 'refuse when another one is the latest; otherwise the latest is replaced')
    .action((file: string, options: { host?: string; comment?: string; expect?: string }) =>
      save(context(), file, options),
    );
  pushed
    .command('history')
    .description('list the saves of a file, newest first')
    .option(...hostOption)
    .addOption(limitOption())
    .addOption(allOption())
    .action((options: { host?: string } & PageOptions) => history(context(), options));
  pushed
    .command('diff <revision>')
    .description('tell what a save changed')
    .option(...hostOption)
    .option('--against <revision>', 'against this one instead of the save before')
    .action((revision: string, options: { host?: string; against?: string }) =>
      diff(context(), revision, options),
    );
  pushed
    .command('preview <revision>')
    .description('tell what a revision would change on which hosts')
    .option('--host <host>', 'only there; may be given again', collect)
    .action((revision: string, options: { host?: string[] }) => preview(context(), revision, options.host));
  pushed
    .command('apply <revision>')
    .description('bring a saved revision to hosts, a few at a time')
    .option('--host <host>', 'only there; may be given again', collect)
    .addOption(
      new Option('--on-failure <policy>', 'what one failing host means for the others')
        .choices(['stop', 'roll-back', 'go-on'])
        .default('stop'),
    )
    .option('--at-once <n>', 'so many hosts at the same time', '10')
    .option('--comment <text>', 'why')
    .option('--follow', 'tell how it goes until it has ended')
    .action((revision: string, options: Parameters<typeof beginOperation>[2]) =>
      beginOperation(context(), numberOf(revision, '<revision>'), options),
    );
}

const hostQuery = (host: string | undefined) => told({ host });

async function list(context: CliContext): Promise<void> {
  const { v2 } = await context.api();
  const tree = (await v2.configuration.tree({ signal: context.world.signal })).body;
  const files = tree.services.flatMap(service => service.files);
  context.show(tree, () =>
    table(
      ['FILE', 'REVISION', 'APPLIED', 'STATE', 'SAVED', 'BY', 'COMMENT'],
      files.map(file => [
        file.path,
        String(file.revision),
        file.applied === null ? '-' : String(file.applied),
        stateOf(file),
        file.savedAt ?? 'never',
        file.savedBy ?? '',
        file.comment ?? '',
      ]),
    ),
  );
}

const stateOf = ({
  draft,
  errors,
  warnings,
}: {
  draft: boolean;
  errors: number;
  warnings: number;
}): string => (draft ? `draft, ${errors} wrong` : warnings > 0 ? `sound, ${warnings} warned` : 'sound');

async function show(context: CliContext, options: { host?: string; revision?: string }): Promise<void> {
  const { configuration } = (await context.api()).v2;
  const query = hostQuery(options.host);
  const { signal } = context.world;
  const { revision } = options;
  const file =
    revision === undefined
      ? (await configuration.get({ params, query, signal })).body
      : (
          await configuration.revision({
            params: { ...params, revision: String(numberOf(revision, '--revision')) },
            query,
            signal,
          })
        ).body.revision;
  context.show(file, () => file.text);
}

async function save(
  context: CliContext,
  file: string,
  options: { host?: string; comment?: string; expect?: string },
): Promise<void> {
  const { host, comment, expect } = options;
  const text = await context.readInput(file, '<file>');
  const { configuration } = (await context.api()).v2;
  const { signal } = context.world;
  const query = hostQuery(host);
  const etag =
    expect === undefined
      ? (await configuration.get({ params, query, signal })).body.etag
      : `"${numberOf(expect, '--expect')}"`;
  const saved = (
    await configuration.save({
      params,
      query,
      headers: { 'if-match': etag },
      body: { text, ...told({ comment }) },
      signal,
    })
  ).body;
  const { revision, path, draft, problems } = saved;
  context.show(saved, () =>
    [
      ...problems.map(problem => printable(problemInWords(path, problem))),
      draft
        ? `${path}: saved as draft ${revision}, which cannot be applied`
        : `${path}: saved as revision ${revision}; instance-ha config pushed apply ${revision} brings it to hosts`,
    ]
      .map(line => `${line}\n`)
      .join(''),
  );
  if (draft) throw new CliError(`${saved.errors} wrong in ${path}`, exitCode.badConfig);
}

const problemInWords = (path: string, problem: ConfigurationProblem): string => {
  const { severity, line, column, key, message } = problem;
  const place = line === null ? path : `${path}:${line}:${column ?? 1}`;
  return `${severity}: ${place}: ${key === null ? '' : `${key}: `}${message}`;
};

async function history(context: CliContext, options: { host?: string } & PageOptions): Promise<void> {
  const { configuration } = (await context.api()).v2;
  const rows = await readPages(options, async page => {
    const query = { ...hostQuery(options.host), ...page };
    const { body } = await configuration.revisions({ params, query, signal: context.world.signal });
    return { rows: body.revisions, nextCursor: body.nextCursor };
  });
  context.show(rows, () =>
    rows.length === 0
      ? 'never saved\n'
      : table(
          ['REVISION', 'STATE', 'SAVED', 'BY', 'COMMENT'],
          rows.map(row => [
            String(row.revision),
            stateOf(row),
            row.savedAt ?? '',
            row.savedBy ?? '',
            row.comment ?? '',
          ]),
        ),
  );
}

async function diff(
  context: CliContext,
  revision: string,
  options: { host?: string; against?: string },
): Promise<void> {
  const { configuration } = (await context.api()).v2;
  const against = options.against === undefined ? undefined : numberOf(options.against, '--against');
  const detail = (
    await configuration.revision({
      params: { ...params, revision: String(numberOf(revision, '<revision>')) },
      query: told({ host: options.host, against }),
      signal: context.world.signal,
    })
  ).body;
  const sign = { same: ' ', added: '+', removed: '-' } as const;
  context.show(detail, () => {
    const lines = detail.lines?.map(({ op, text }) => `${sign[op]}${printable(text)}\n`).join('');
    const changes = detail.changes ?? [];
    return `${lines ?? 'too much differs to be listed line by line\n'}${changes.length === 0 ? '' : `\n${changeTable(changes)}`}`;
  });
}

const changeTable = (changes: readonly OptionChange[]): string =>
  table(
    ['OPTION', 'BEFORE', 'AFTER', 'TAKES EFFECT', 'SERVICES'],
    changes.map(({ key, before, after, reloadable, services }) => [
      key,
      before,
      after,
      reloadable ? 'at once' : 'as the service begins anew',
      services.join(', '),
    ]),
  );

/** What the change would have done to what was recorded. */
function lastDayInWords(lastDay: LastDay | null): string {
  if (lastDay === null) return '';
  const { before, after, recordedSince, guests, remarks } = lastDay;
  if (recordedSince === null) return `\nlast day: ${remarks.join(' ')}\n`;
  const rows = guests.filter(one => one.in !== 'both');
  return [
    `\nlast day, recorded since ${recordedSince}: ${before} ${before === 1 ? 'instance' : 'instances'} would have been reported by the old thresholds, ${after} by the new\n`,
    ...(rows.length === 0
      ? []
      : [
          table(
            ['REPORTED BY', 'INSTANCE', 'HOST', 'FAULT', 'RULE', 'AT'],
            rows.map(one => [
              one.in === 'after' ? 'the new' : 'the old',
              printable(one.instanceName || one.instanceUuid),
              one.host,
              one.fault,
              one.rule,
              one.at,
            ]),
          ),
        ]),
    ...remarks.map(remark => `${remark}\n`),
  ].join('');
}

async function preview(context: CliContext, revision: string, hosts: string[] | undefined): Promise<void> {
  const { configuration } = (await context.api()).v2;
  const found = (
    await configuration.preview({
      body: { revision: numberOf(revision, '<revision>'), ...told({ hosts }) },
      signal: context.world.signal,
    })
  ).body;
  context.show(found, () =>
    found.hosts.length === 0
      ? 'no monitor or worker is known\n'
      : found.hosts
          .map(({ host, from, changes, restarts, unprotected, problems }) =>
            [
              `${host}: from ${from === null ? 'its own file alone' : `revision ${from}`}\n`,
              ...problems.map(problem => `${printable(problemInWords(host, problem))}\n`),
              changes.length === 0 ? 'nothing changes\n' : changeTable(changes),
              ...(restarts.length === 0 ? [] : [`begins anew: ${restarts.join(', ')}\n`]),
              ...unprotected.map(loss => `protected less: ${loss}\n`),
            ].join(''),
          )
          .join('\n') + lastDayInWords(found.lastDay),
  );
  if (!found.sound) throw new CliError(`revision ${revision} has errors`, exitCode.badConfig);
}
