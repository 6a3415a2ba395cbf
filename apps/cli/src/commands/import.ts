import { OpenStackError } from '@instance-ha/openstack';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, CliExit, exitCode } from '../exit-code.ts';
import { type Applied, apply, toldOf } from '../import/apply.ts';
import { type Ours, plan, type Theirs } from '../import/plan.ts';
import { cloudSettings, connectCloud } from '../openstack/cloud.ts';
import { table } from '../output/table.ts';
import { readPages } from './read-pages.ts';

type Options = { apply?: boolean; osCloud?: string };

/** For one call of Masakari. */
const timeoutMs = 20_000;

export function addImport(program: Command, context: () => CliContext): void {
  program
    .command('import')
    .description('take over what another service holds')
    .command('masakari')
    .description(
      'take over segments and hosts of a running Masakari, found by the service instance-ha in the catalogue of the cloud. Without --apply it only shows what it would do',
    )
    .option('--apply', 'do it; run again it changes nothing more')
    .option('--os-cloud <name>', 'the cloud of clouds.yaml (default: OS_CLOUD, else OS_* and [openstack])')
    .addHelpText(
      'after',
      `
What is here already under the same name stays as it is, and what differs is told. Nothing is deleted, here or there.
The user needs the right to see control attributes (by Masakari's default policy the role admin).

Example: instance-ha import masakari --os-cloud mycloud
         instance-ha import masakari --os-cloud mycloud --apply`,
    )
    .action((options: Options) => importMasakari(context(), options));
}

async function importMasakari(context: CliContext, options: Options): Promise<void> {
  const theirs = await readTheirs(context, options);
  const ours = await readOurs(context);
  const items = plan(theirs, ours);
  const api = await context.api();
  const segmentUuids = new Map(ours.segments.map(({ name, uuid }) => [name, uuid]));
  const rows = options.apply
    ? await apply(items, { api, segmentUuids, signal: context.world.signal })
    : items.map(toldOf);
  context.show(rows, () => shown(rows, options.apply ?? false));
  if (rows.some(({ action }) => action === 'failed')) throw new CliExit(exitCode.failed);
}

function shown(rows: readonly Applied[], applied: boolean): string {
  if (rows.length === 0) return 'that Masakari has no segments\n';
  const count = (action: string): number => rows.filter(row => row.action === action).length;
  const all = ['create', 'created', 'same', 'differs', 'refuse', 'failed'];
  const counts = all
    .filter(action => count(action) > 0)
    .map(action => `${count(action)} ${action}`)
    .join(', ');
  const next = !applied && count('create') > 0 ? '; nothing was changed, --apply does it' : '';
  return `${table(
    ['ACTION', 'WHAT', 'NAME', 'SEGMENT', 'WHY'],
    rows.map(row => [row.action, row.thing, row.name, row.segment, row.why]),
  )}${counts}${next}\n`;
}

async function readTheirs(context: CliContext, { osCloud }: Options): Promise<Theirs[]> {
  const resolved = await cloudSettings(context, osCloud === undefined ? {} : { cloud: osCloud });
  if (!resolved)
    throw new CliError(
      'no cloud is named: give --os-cloud, OS_CLOUD, OS_* variables (an openrc), or [openstack]',
      exitCode.usage,
    );
  if (!resolved.ok) throw new CliError(resolved.errors.join('\n'), exitCode.badConfig);
  const openstack = connectCloud(resolved.settings);
  const bounds = { timeoutMs, signal: context.world.signal };
  try {
    const theirs: Theirs[] = [];
    for (const segment of await openstack.masakariInventory.listSegments(bounds))
      theirs.push({ segment, hosts: await openstack.masakariInventory.listHosts(segment.uuid, bounds) });
    return theirs;
  } catch (error) {
    if (!OpenStackError.isInstance(error)) throw error;
    throw new CliError(error.message, exitCodeOf(error));
  } finally {
    await openstack.close();
  }
}

function exitCodeOf({ code, retryable }: OpenStackError): number {
  if (code === 'unauthorized' || code === 'forbidden') return exitCode.notAllowed;
  return retryable || code === 'no-endpoint' ? exitCode.unavailable : exitCode.failed;
}

async function readOurs(context: CliContext): Promise<Ours> {
  const api = await context.api();
  const { signal } = context.world;
  const every = { limit: '1000', all: true };
  const segments = await readPages(every, async page => {
    const { body } = await api.v2.segments.list({ query: page, signal });
    return { rows: body.segments, nextCursor: body.nextCursor };
  });
  const hosts = await readPages(every, async page => {
    const { body } = await api.v2.hosts.list({ query: page, signal });
    return { rows: body.hosts, nextCursor: body.nextCursor };
  });
  return { segments, hosts };
}
