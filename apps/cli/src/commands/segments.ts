import type { Host, Segment } from '@instance-ha/contracts';
import { type RecoveryMethod, recoveryMethods } from '@instance-ha/notification';
import { type Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, exitCode } from '../exit-code.ts';
import { count } from '../output/count.ts';
import { facts } from '../output/facts.ts';
import { table } from '../output/table.ts';
import {
  asBoolean,
  findSegment,
  inWords,
  reasonOption,
  refuseNoChange,
  told,
  withoutSecrets,
  type YesOrNo,
  yesOrNo,
} from './inventory.ts';
import { allOption, limitOption, type PageOptions, readPages } from './read-pages.ts';

type Fields = {
  method?: RecoveryMethod;
  serviceType?: string;
  description?: string;
  enabled?: YesOrNo;
  reason?: string;
};

const methodOption = (): Option =>
  new Option('--method <method>', 'where the instances of a dead host go').choices(recoveryMethods);

export function addSegments(program: Command, context: () => CliContext): void {
  const segments = program
    .command('segments')
    .description('failover segments: hosts that stand in for one another');

  segments
    .command('list')
    .description('list segments, newest first')
    .addOption(methodOption())
    .addOption(yesOrNo('--enabled', 'only those that are, or are not'))
    .addOption(limitOption())
    .addOption(allOption())
    .action((options: Pick<Fields, 'method' | 'enabled'> & PageOptions) => list(context(), options));

  segments
    .command('show <segment>')
    .description('show a segment, by name or UUID, and its hosts')
    .action((segment: string) => show(context(), segment));

  segments
    .command('create <name>')
    .description('make a segment')
    .addOption(methodOption().default('auto'))
    .option('--service-type <type>', 'what runs on its hosts', 'COMPUTE')
    .option('--description <text>', 'what it is')
    .addOption(yesOrNo('--enabled', 'no: nothing that happens to its hosts is acted on').default('yes'))
    .addOption(reasonOption())
    .addHelpText('after', '\nExample: instance-ha segments create rack-7 --method reserved_host')
    .action((name: string, options: Fields) => create(context(), name, options));

  segments
    .command('set <segment>')
    .description('change a segment; what is not named stays as it is')
    .option('--name <name>', 'another name')
    .addOption(methodOption())
    .option('--service-type <type>', 'what runs on its hosts')
    .option('--description <text>', 'what it is; "" for nothing')
    .addOption(yesOrNo('--enabled', 'no: nothing that happens to its hosts is acted on'))
    .addOption(reasonOption())
    .addHelpText('after', '\nExample: instance-ha segments set rack-7 --enabled no --reason "switch upgrade"')
    .action((segment: string, options: Fields & { name?: string }) => set(context(), segment, options));

  segments
    .command('delete <segment>')
    .description('remove a segment; its hosts are not recovered from then on')
    .option('--with-hosts', 'also where it has hosts: they leave with it')
    .addOption(reasonOption())
    .action((segment: string, options: { withHosts?: boolean; reason?: string }) =>
      remove(context(), segment, options),
    );
}

async function list(
  context: CliContext,
  { method, enabled, ...pages }: Pick<Fields, 'method' | 'enabled'> & PageOptions,
): Promise<void> {
  const api = await context.api();
  const filter = told({ recoveryMethod: method, enabled: asBoolean(enabled) });
  const rows = await readPages(pages, async page => {
    const { body } = await api.v2.segments.list({
      query: { ...filter, ...page },
      signal: context.world.signal,
    });
    return { rows: body.segments, nextCursor: body.nextCursor };
  });
  context.show(rows, () =>
    rows.length === 0
      ? 'no segments\n'
      : table(
          ['NAME', 'UUID', 'METHOD', 'ENABLED', 'SERVICE', 'DESCRIPTION'],
          rows.map(row => [
            row.name,
            row.uuid,
            row.recoveryMethod,
            inWords(row.enabled),
            row.serviceType,
            row.description ?? '',
          ]),
        ),
  );
}

async function show(context: CliContext, nameOrUuid: string): Promise<void> {
  const api = await context.api();
  const segment = await findSegment({ api, signal: context.world.signal }, nameOrUuid);
  const hosts = (await hostsOf(context, segment)).map(withoutSecrets);
  context.show(
    { ...segment, hosts },
    () =>
      `${details(segment)}\n${hosts.length === 0 ? 'no hosts: nothing is recovered\n' : hostTable(hosts)}`,
  );
}

async function hostsOf(context: CliContext, { uuid }: Segment): Promise<Host[]> {
  const api = await context.api();
  return readPages({ limit: '1000', all: true }, async page => {
    const { body } = await api.v2.hosts.list({
      query: { segmentUuid: uuid, ...page },
      signal: context.world.signal,
    });
    return { rows: body.hosts, nextCursor: body.nextCursor };
  });
}

const hostTable = (hosts: readonly Host[]): string =>
  table(
    ['HOST', 'UUID', 'RESERVED', 'ON MAINTENANCE'],
    hosts.map(host => [host.name, host.uuid, inWords(host.reserved), inWords(host.onMaintenance)]),
  );

async function create(context: CliContext, name: string, options: Fields): Promise<void> {
  const api = await context.api();
  const { method: recoveryMethod, enabled, ...rest } = options;
  const { body } = await api.v2.segments.create({
    body: { name, ...told({ ...rest, recoveryMethod, enabled: asBoolean(enabled) }) },
    signal: context.world.signal,
  });
  context.show(body.segment, () => details(body.segment));
}

async function set(
  context: CliContext,
  nameOrUuid: string,
  options: Fields & { name?: string },
): Promise<void> {
  const { method: recoveryMethod, enabled, reason, description, ...rest } = options;
  const change = told({
    ...rest,
    recoveryMethod,
    enabled: asBoolean(enabled),
    description: description === '' ? null : description,
  });
  refuseNoChange(change);
  const api = await context.api();
  const { signal } = context.world;
  const { uuid } = await findSegment({ api, signal }, nameOrUuid);
  const { body } = await api.v2.segments.update({
    params: { uuid },
    body: { ...change, ...told({ reason }) },
    signal,
  });
  context.show(body.segment, () => details(body.segment));
}

async function remove(
  context: CliContext,
  nameOrUuid: string,
  { withHosts = false, reason }: { withHosts?: boolean; reason?: string },
): Promise<void> {
  const api = await context.api();
  const { signal } = context.world;
  const segment = await findSegment({ api, signal }, nameOrUuid);
  const hosts = await hostsOf(context, segment);
  if (hosts.length > 0 && !withHosts)
    throw new CliError(
      `segment ${segment.name} has ${count(hosts.length, 'host')} that would leave with it, the first is ${hosts[0]?.name}: say --with-hosts when that is meant`,
      exitCode.usage,
    );
  await api.v2.segments.remove({ params: { uuid: segment.uuid }, query: told({ reason }), signal });
  context.show(
    { removed: segment, hosts: hosts.map(({ name }) => name) },
    () =>
      `segment ${segment.name} is removed${hosts.length > 0 ? `, and ${count(hosts.length, 'host')} with it` : ''}\n`,
  );
}

const details = (segment: Segment): string =>
  facts([
    ['segment', segment.name],
    ['uuid', segment.uuid],
    ['method', segment.recoveryMethod],
    ['enabled', inWords(segment.enabled)],
    ['service type', segment.serviceType],
    ['description', segment.description ?? '-'],
    ['made', segment.createdAt],
    ['changed', segment.updatedAt ?? 'never'],
  ]);
