import type { Host, Segment } from '@instance-ha/contracts';
import type { ApiClient } from '@instance-ha/contracts/client';
import { Option } from 'commander';
import { CliError, exitCode } from '../exit-code.ts';

/** What the commands on segments and on hosts have in common. */
type Ask = { api: ApiClient; signal: AbortSignal };

/** `yes` or `no`, so that completions know it and scripts need no second option for the opposite. */
export const yesOrNo = (flags: string, description: string): Option =>
  new Option(`${flags} <yes|no>`, description).choices(['yes', 'no']);
export type YesOrNo = 'yes' | 'no';
export const reasonOption = (): Option => new Option('--reason <text>', 'why; it stands in the audit');

/** Only the fields that were told. */
export const told = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

/** Throws with exit code 64 where a `set` names nothing to be changed. */
export function refuseNoChange(change: object): void {
  if (Object.keys(change).length > 0) return;
  throw new CliError('nothing to change: name at least one option, see --help', exitCode.usage);
}

export const asBoolean = (word: YesOrNo | undefined): boolean | undefined =>
  word === undefined ? undefined : word === 'yes';

export const inWords = (value: boolean): YesOrNo => (value ? 'yes' : 'no');

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

/** The segment of this UUID or name. Throws with exit code 3 where there is none. */
export async function findSegment({ api, signal }: Ask, nameOrUuid: string): Promise<Segment> {
  if (isUuid(nameOrUuid))
    return (await api.v2.segments.get({ params: { uuid: nameOrUuid }, signal })).body.segment;
  const { body } = await api.v2.segments.list({ query: { name: nameOrUuid }, signal });
  const [found] = body.segments;
  if (found) return found;
  throw new CliError(`there is no segment "${nameOrUuid}": see instance-ha segments list`, exitCode.notFound);
}

/** The host of this UUID or name. Throws with exit code 3 where there is none. */
export async function findHost({ api, signal }: Ask, nameOrUuid: string): Promise<Host> {
  if (isUuid(nameOrUuid)) return (await api.v2.hosts.get({ params: { uuid: nameOrUuid }, signal })).body.host;
  const { body } = await api.v2.hosts.list({ query: { name: nameOrUuid }, signal });
  const [found] = body.hosts;
  if (found) return found;
  throw new CliError(`no segment has a host "${nameOrUuid}": see instance-ha hosts list`, exitCode.notFound);
}

/** A host without what its control attributes are: they may hold a password, and a terminal is no place for one. */
export const withoutSecrets = (host: Host): Host => ({
  ...host,
  controlAttributes: host.controlAttributes === '' ? '' : '***',
});
