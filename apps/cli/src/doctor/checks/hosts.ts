import { nearestName } from '@instance-ha/config';
import type { Host } from '@instance-ha/contracts';
import { isSameHost, type NovaService } from '@instance-ha/openstack';
import { count } from '../../output/count.ts';
import type { DoctorFacts } from '../facts.ts';
import { bad, type Finding, notAsked, ok } from '../finding.ts';

/** Whether the segments and Nova speak of the same hosts. Without a cloud there is nothing to compare. */
export function checkHosts({ api: { segments, hosts }, cloud }: DoctorFacts): Finding[] {
  if (!cloud?.services.ok) return [];
  const services = cloud.services.value;
  const expected = "host names of segments that are Nova's";
  if (!hosts.ok) return [notAsked('host-names', expected, hosts.why)];
  if (!segments.ok) return [notAsked('segments', 'segments that are enabled', segments.why)];
  if (hosts.value.length === 0)
    return [
      bad('warning', 'segments', {
        expected: 'segments with hosts',
        found: `${count(segments.value.length, 'segment')} and no host: a host that dies is not recovered`,
        advice: 'instance-ha segments create, hosts create, or import masakari',
      }),
    ];
  const off = segments.value.filter(({ enabled }) => !enabled);
  return [
    checkNames(hosts.value, services),
    checkUncovered(hosts.value, services),
    checkMaintenance(hosts.value, services),
    off.length === 0
      ? ok('segments', 'segments that are enabled', `${count(segments.value.length, 'segment')} enabled`)
      : bad('warning', 'segments', {
          expected: 'segments that are enabled',
          found: `${off.length} of ${segments.value.length} are not: nothing is done for their hosts`,
          advice: 'instance-ha segments set NAME --enabled yes, unless that is meant',
          items: off.map(({ name }) => name),
        }),
  ];
}

/** Nova's service of a host as a worker finds it: by the exact name, else by the only one that differs in its domain or case. */
function serviceOf(host: string, services: readonly NovaService[]): NovaService | undefined {
  const exact = services.find(one => one.host === host);
  if (exact) return exact;
  const alike = services.filter(one => isSameHost(one.host, host));
  return alike.length === 1 ? alike[0] : undefined;
}

function checkNames(hosts: readonly Host[], services: readonly NovaService[]): Finding {
  const expected = "host names of segments that are Nova's";
  const known = services.map(({ host }) => host);
  const unknown = hosts.filter(({ name }) => !serviceOf(name, services));
  const other = hosts.filter(({ name }) => !known.includes(name) && serviceOf(name, services));
  if (unknown.length > 0)
    return bad('problem', 'host-names', {
      expected,
      found: `${unknown.length} of ${hosts.length} are no compute host of Nova and cannot be recovered`,
      advice: 'instance-ha hosts set NAME --name NOVAS_NAME, or hosts delete',
      items: unknown.map(({ name }) => {
        const near = nearestName(name, known);
        return near === undefined ? name : `${name} (is ${near} meant?)`;
      }),
    });
  if (other.length > 0)
    return bad('warning', 'host-names', {
      expected,
      found: `${other.length} of ${hosts.length} are spelt otherwise, and found all the same`,
      advice: 'instance-ha hosts set NAME --name NOVAS_NAME',
      items: other.map(({ name }) => `${name} is ${serviceOf(name, services)?.host} in Nova`),
    });
  return ok('host-names', expected, `all ${hosts.length} are compute hosts of Nova`);
}

function checkUncovered(hosts: readonly Host[], services: readonly NovaService[]): Finding {
  const expected = 'every compute host in a segment';
  const covered = new Set(hosts.map(({ name }) => serviceOf(name, services)?.host));
  const bare = services.filter(({ host }) => !covered.has(host)).map(({ host }) => host);
  if (bare.length === 0) return ok('uncovered-hosts', expected, `all ${services.length} are in one`);
  return bad('warning', 'uncovered-hosts', {
    expected,
    found: `${bare.length} of ${services.length} are in none: when they die nothing is recovered`,
    advice: 'instance-ha hosts create NAME --segment SEGMENT',
    items: bare,
  });
}

function checkMaintenance(hosts: readonly Host[], services: readonly NovaService[]): Finding {
  const expected = 'no host on maintenance whose compute service is up again';
  const resting = hosts.filter(({ onMaintenance }) => onMaintenance);
  const back = resting.flatMap(({ name }) => {
    const service = serviceOf(name, services);
    return service?.up ? [`${name}${service.enabled ? '' : ' (disabled in Nova)'}`] : [];
  });
  if (back.length === 0)
    return ok('maintenance', expected, `${resting.length} on maintenance, none of them up`);
  return bad('warning', 'maintenance', {
    expected,
    found: `${count(back.length, 'host')} could serve again`,
    advice:
      'check it, then instance-ha hosts set NAME --on-maintenance no, and openstack compute service set --enable where it is disabled',
    items: back,
  });
}
