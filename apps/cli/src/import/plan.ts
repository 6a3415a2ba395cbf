import type { Host, Segment } from '@instance-ha/contracts';
import { recoveryMethods } from '@instance-ha/notification';
import type { MasakariHost, MasakariSegment } from '@instance-ha/openstack';

/** What a Masakari holds. */
export type Theirs = { segment: MasakariSegment; hosts: readonly MasakariHost[] };
export type Ours = { segments: readonly Segment[]; hosts: readonly Host[] };

/**
 * What becomes of one segment or host.
 *
 * | action    | meaning                                                          |
 * | --------- | ---------------------------------------------------------------- |
 * | `create`  | is not here yet                                                  |
 * | `same`    | is here already, and equal                                       |
 * | `differs` | is here already, and not equal: stays as it is here, `why` tells |
 * | `refuse`  | cannot be taken over, `why` tells                                |
 */
export type PlanItem = { action: 'create' | 'same' | 'differs' | 'refuse'; name: string; why: string } & (
  | { thing: 'segment'; segment: MasakariSegment }
  | { thing: 'host'; segmentName: string; host: MasakariHost }
);

/** The placeholder of a secret that this user may not see. */
const hidden = '***';

/** Everything of theirs, segments before their hosts, with what has to be done so that it is ours too. Pure; deletes nothing. */
export function plan(theirs: readonly Theirs[], ours: Ours): PlanItem[] {
  return theirs.flatMap(({ segment, hosts }) => {
    const item = planSegment(segment, ours.segments);
    return [
      item,
      ...hosts.map((host): PlanItem => {
        const planned = planHost({ host, segment, segmentRefused: item.action === 'refuse' }, ours);
        return { thing: 'host', name: host.name, segmentName: segment.name, host, ...planned };
      }),
    ];
  });
}

function planSegment(segment: MasakariSegment, ours: readonly Segment[]): PlanItem {
  const item = { thing: 'segment', name: segment.name, segment } as const;
  if (!(recoveryMethods as readonly string[]).includes(segment.recoveryMethod))
    return {
      ...item,
      action: 'refuse',
      why: `its recovery method ${segment.recoveryMethod} is not known here: expected one of ${recoveryMethods.join(', ')}`,
    };
  const known = ours.find(({ name }) => name === segment.name);
  if (!known) return { ...item, action: 'create', why: '' };
  const why = differences([
    ['recovery method', known.recoveryMethod, segment.recoveryMethod],
    ['service type', known.serviceType, segment.serviceType],
    ['description', known.description ?? '', segment.description ?? ''],
    ['enabled', known.enabled, segment.enabled],
  ]);
  return { ...item, action: why === '' ? 'same' : 'differs', why };
}

type Planned = Pick<PlanItem, 'action' | 'why'>;

function planHost(
  told: { host: MasakariHost; segment: MasakariSegment; segmentRefused: boolean },
  ours: Ours,
): Planned {
  const { host, segment, segmentRefused } = told;
  if (segmentRefused) return { action: 'refuse', why: `its segment ${segment.name} is refused` };
  const known = ours.hosts.find(({ name }) => name === host.name);
  if (!known) {
    return host.controlAttributes === hidden
      ? {
          action: 'refuse',
          why: 'its control attributes are hidden from this user: read it as one who may change hosts',
        }
      : { action: 'create', why: '' };
  }
  const home = ours.segments.find(({ uuid }) => uuid === known.segmentUuid)?.name ?? known.segmentUuid;
  const secrets = [known.controlAttributes, host.controlAttributes];
  const why = [
    differences([
      ['segment', home, segment.name],
      ['type', known.type, host.type],
      ['reserved', known.reserved, host.reserved],
      ['on maintenance', known.onMaintenance, host.onMaintenance],
    ]),
    ...(!secrets.includes(hidden) && secrets[0] !== secrets[1] ? ['other control attributes'] : []),
  ]
    .filter(Boolean)
    .join('; ');
  return { action: why === '' ? 'same' : 'differs', why };
}

const differences = (
  fields: readonly (readonly [name: string, here: string | boolean, there: string | boolean])[],
): string =>
  fields
    .filter(([, here, there]) => here !== there)
    .map(([name, here, there]) => `${name}: here ${inWords(here)}, there ${inWords(there)}`)
    .join('; ');

const inWords = (value: string | boolean): string =>
  value === '' ? 'none' : typeof value === 'string' ? value : value ? 'yes' : 'no';
