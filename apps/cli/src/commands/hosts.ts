import type { Host } from '@instance-ha/contracts';
import { type Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, CliExit, exitCode } from '../exit-code.ts';
import { facts } from '../output/facts.ts';
import { table } from '../output/table.ts';
import {
  asBoolean,
  findHost,
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
  type?: string;
  reserved?: YesOrNo;
  onMaintenance?: YesOrNo;
  controlAttributesFile?: string;
  reason?: string;
};
type Filter = { segment?: string } & Pick<Fields, 'reserved' | 'onMaintenance'>;

const attributesOption = (): Option =>
  new Option(
    '--control-attributes-file <file>',
    'how its BMC is reached, as JSON; "-" reads it from standard input. It is sealed in the database and never shown here',
  );
const reservedOption = (): Option => yesOrNo('--reserved', 'kept free for the instances of another host');
const maintenanceOption = (): Option =>
  yesOrNo('--on-maintenance', 'yes: nothing that happens to it is acted on');

export function addHosts(program: Command, context: () => CliContext): void {
  const hosts = program.command('hosts').description('the compute hosts of failover segments');

  hosts
    .command('list')
    .description('list hosts, newest first')
    .option('--segment <segment>', 'only of this one, by name or UUID')
    .addOption(yesOrNo('--reserved', 'only those that are, or are not'))
    .addOption(yesOrNo('--on-maintenance', 'only those that are, or are not'))
    .addOption(limitOption())
    .addOption(allOption())
    .action((options: Filter & PageOptions) => list(context(), options));

  hosts
    .command('show <host>')
    .description('show a host, by name or UUID')
    .action((host: string) => show(context(), host));

  hosts
    .command('check <host>')
    .description('tell whether it would be recovered if it failed now, and why; by name or UUID')
    .addHelpText('after', '\nExit code 1 when it would not be.')
    .action((host: string) => check(context(), host));

  hosts
    .command('create <name>')
    .description("put a host into a segment; the name is Nova's for its compute service")
    .requiredOption('--segment <segment>', 'the segment, by name or UUID')
    .option('--type <type>', 'a word of your own', 'COMPUTE')
    .addOption(reservedOption().default('no'))
    .addOption(maintenanceOption().default('no'))
    .addOption(attributesOption())
    .addOption(reasonOption())
    .addHelpText(
      'after',
      `
Examples: instance-ha hosts create compute-12 --segment rack-7
          instance-ha hosts create spare-1 --segment rack-7 --reserved yes --control-attributes-file - < bmc.json`,
    )
    .action((name: string, options: Fields & { segment: string }) => create(context(), name, options));

  hosts
    .command('set <host>')
    .description('change a host; what is not named stays as it is')
    .option('--name <name>', 'another name')
    .option('--type <type>', 'a word of your own')
    .addOption(reservedOption())
    .addOption(maintenanceOption())
    .addOption(attributesOption())
    .addOption(reasonOption())
    .addHelpText('after', '\nExample: instance-ha hosts set compute-12 --on-maintenance no --reason repaired')
    .action((host: string, options: Fields & { name?: string }) => set(context(), host, options));

  hosts
    .command('delete <host>')
    .description('take a host out of its segment; it is not recovered from then on')
    .addOption(reasonOption())
    .action((host: string, options: { reason?: string }) => remove(context(), host, options));
}

async function list(
  context: CliContext,
  { segment, reserved, onMaintenance, ...pages }: Filter & PageOptions,
): Promise<void> {
  const api = await context.api();
  const { signal } = context.world;
  const segments = await segmentNames(context);
  const filter = told({
    segmentUuid: segment === undefined ? undefined : (await findSegment({ api, signal }, segment)).uuid,
    reserved: asBoolean(reserved),
    onMaintenance: asBoolean(onMaintenance),
  });
  const rows = await readPages(pages, async page => {
    const { body } = await api.v2.hosts.list({ query: { ...filter, ...page }, signal });
    return { rows: body.hosts.map(withoutSecrets), nextCursor: body.nextCursor };
  });
  context.show(rows, () =>
    rows.length === 0
      ? 'no hosts\n'
      : table(
          ['NAME', 'UUID', 'SEGMENT', 'TYPE', 'RESERVED', 'ON MAINTENANCE', 'CONTROL ATTRIBUTES'],
          rows.map(row => [
            row.name,
            row.uuid,
            segments.get(row.segmentUuid) ?? row.segmentUuid,
            row.type,
            inWords(row.reserved),
            inWords(row.onMaintenance),
            row.controlAttributes === '' ? 'none' : row.controlAttributes,
          ]),
        ),
  );
}

async function segmentNames(context: CliContext): Promise<ReadonlyMap<string, string>> {
  const api = await context.api();
  const segments = await readPages({ limit: '1000', all: true }, async page => {
    const { body } = await api.v2.segments.list({ query: page, signal: context.world.signal });
    return { rows: body.segments, nextCursor: body.nextCursor };
  });
  return new Map(segments.map(({ uuid, name }) => [uuid, name]));
}

async function show(context: CliContext, nameOrUuid: string): Promise<void> {
  const api = await context.api();
  await tell(context, await findHost({ api, signal: context.world.signal }, nameOrUuid));
}

async function check(context: CliContext, nameOrUuid: string): Promise<void> {
  const api = await context.api();
  const { signal } = context.world;
  const host = await findHost({ api, signal }, nameOrUuid);
  const { body } = await api.v2.segments.readiness({ params: { uuid: host.segmentUuid }, signal });
  const found = body.hosts.find(({ uuid }) => uuid === host.uuid);
  if (!found)
    throw new CliError(
      `${host.name} is one of more than 1,000 hosts of its segment: not checked`,
      exitCode.failed,
    );
  context.show(found, () =>
    facts([
      ['host', found.name],
      ['would be recovered', inWords(found.recovered)],
      ['because', found.because],
      ...found.notes.map(note => ['note', note] as [string, string]),
    ]),
  );
  if (!found.recovered) throw new CliExit(exitCode.failed);
}

async function create(
  context: CliContext,
  name: string,
  options: Fields & { segment: string },
): Promise<void> {
  const api = await context.api();
  const { signal } = context.world;
  const { segment, ...fields } = options;
  const body = {
    name,
    segmentUuid: (await findSegment({ api, signal }, segment)).uuid,
    ...(await written(context, fields)),
  };
  await tell(context, (await api.v2.hosts.create({ body, signal })).body.host);
}

async function set(
  context: CliContext,
  nameOrUuid: string,
  options: Fields & { name?: string },
): Promise<void> {
  const { name, ...fields } = options;
  const { reason, ...change } = { ...told({ name }), ...(await written(context, fields)) };
  refuseNoChange(change);
  const api = await context.api();
  const { signal } = context.world;
  const { uuid } = await findHost({ api, signal }, nameOrUuid);
  const { body } = await api.v2.hosts.update({
    params: { uuid },
    body: { ...change, ...told({ reason }) },
    signal,
  });
  await tell(context, body.host);
}

/** The options as the API has them. */
async function written(context: CliContext, options: Fields) {
  const { controlAttributesFile: file, reserved, onMaintenance, ...rest } = options;
  return told({
    ...rest,
    reserved: asBoolean(reserved),
    onMaintenance: asBoolean(onMaintenance),
    controlAttributes:
      file === undefined ? undefined : (await context.readInput(file, '--control-attributes-file')).trim(),
  });
}

async function remove(
  context: CliContext,
  nameOrUuid: string,
  { reason }: { reason?: string },
): Promise<void> {
  const api = await context.api();
  const { signal } = context.world;
  const host = await findHost({ api, signal }, nameOrUuid);
  await api.v2.hosts.remove({ params: { uuid: host.uuid }, query: told({ reason }), signal });
  context.show({ removed: withoutSecrets(host) }, () => `host ${host.name} has left its segment\n`);
}

async function tell(context: CliContext, host: Host): Promise<void> {
  const shown = withoutSecrets(host);
  const segments = await segmentNames(context);
  context.show(shown, () =>
    facts([
      ['host', shown.name],
      ['uuid', shown.uuid],
      ['segment', `${segments.get(shown.segmentUuid) ?? '?'} (${shown.segmentUuid})`],
      ['type', shown.type],
      ['reserved', inWords(shown.reserved)],
      ['on maintenance', inWords(shown.onMaintenance)],
      ['control attributes', shown.controlAttributes === '' ? 'none' : shown.controlAttributes],
      ['made', shown.createdAt],
      ['changed', shown.updatedAt ?? 'never'],
    ]),
  );
}
