import type { MonitorRecord } from '@instance-ha/contracts';
import { count } from '../../output/count.ts';
import type { ApiFacts, Told } from '../facts.ts';
import { bad, type Finding, notAsked, ok } from '../finding.ts';

/** A clock that is further from the database's makes timelines hard to read; nothing is decided by it. */
const skewToleratedMs = 2000;

/** Who sees what happens on each host. */
export function checkMonitors({ monitors, hosts }: ApiFacts): Finding[] {
  if (!monitors.ok) return [notAsked('monitors', expected, monitors.why)];
  const all = monitors.value;
  if (all.length === 0)
    return [
      bad('problem', 'monitors', {
        expected,
        found: 'none has ever reported: no failure of a guest is seen',
        advice: 'start instance-ha-monitor on every compute host, with [monitor] api_url and a token',
      }),
    ];
  const heard = all.filter(({ silent }) => !silent);
  return [
    checkSight(all),
    checkSpools(heard),
    checkGates(heard),
    checkClocks(heard),
    checkCoverage(all, hosts),
  ];
}

const expected = 'every monitor heard and watching';

function checkSight(all: readonly MonitorRecord[]): Finding {
  const silent = all.filter(one => one.silent).map(one => `${one.host} silent since ${one.lastSeenAt}`);
  const blind = all
    .filter(one => !one.silent && one.state === 'blind')
    .map(one => `${one.host} blind: ${one.cause ?? 'no cause told'}`);
  const starting = all.filter(one => !one.silent && one.state === 'starting').length;
  if (silent.length + blind.length > 0)
    return bad('problem', 'monitors', {
      expected,
      found: `${silent.length} silent and ${blind.length} blind of ${all.length}`,
      advice:
        'silent: is it running, does it reach [monitor] api_url, is its token good; blind: does libvirtd of its host answer',
      items: [...silent, ...blind],
    });
  return ok(
    'monitors',
    expected,
    `${all.length} heard${starting > 0 ? `, ${starting} of them starting` : ''}`,
  );
}

function checkSpools(heard: readonly MonitorRecord[]): Finding {
  const wanted = 'no notification that waits on a host';
  const full = heard
    .filter(({ spoolDepth }) => spoolDepth > 0)
    .map(({ host, spoolDepth }) => `${host} keeps ${spoolDepth}`);
  if (full.length === 0) return ok('spools', wanted, 'no notification waits on a host');
  return bad('warning', 'spools', {
    expected: wanted,
    found: `${count(full.length, 'monitor')} could not file yet`,
    advice: "the monitor's log says why the API does not take them; nothing is lost meanwhile",
    items: full,
  });
}

function checkGates(heard: readonly MonitorRecord[]): Finding {
  const wanted = 'no host whose guests are silent together';
  const suspect = heard
    .filter(({ gate }) => gate.suspect)
    .map(({ host, gate }) => `${host}: ${gate.silent} of ${gate.heard} silent`);
  if (suspect.length === 0) return ok('host-gates', wanted, 'no host is suspected');
  return bad('problem', 'host-gates', {
    expected: wanted,
    found: `${count(suspect.length, 'host')} under suspicion, guests there are held`,
    advice: 'look at the host: its storage, memory and network',
    items: suspect,
  });
}

function checkClocks(heard: readonly MonitorRecord[]): Finding {
  const wanted = `clocks of monitors within ${skewToleratedMs / 1000} s of the database's`;
  const telling = heard.filter(({ clockAheadMs }) => clockAheadMs !== null);
  const wrong = telling
    .filter(({ clockAheadMs }) => Math.abs(clockAheadMs ?? 0) > skewToleratedMs)
    .map(({ host, clockAheadMs }) => `${host} ${skewInWords(clockAheadMs ?? 0)}`);
  const mute = heard.length - telling.length;
  if (wrong.length === 0)
    return ok(
      'clocks',
      wanted,
      `${telling.length} within ${skewToleratedMs / 1000} s of the database's${mute > 0 ? `, ${mute} do not tell` : ''}`,
    );
  return bad('warning', 'clocks', {
    expected: wanted,
    found: `${count(wrong.length, 'clock')} apart`,
    advice: 'see to time synchronisation (chrony) there; until then timelines of these hosts mislead',
    items: wrong,
  });
}

const skewInWords = (aheadMs: number): string =>
  `${(Math.abs(aheadMs) / 1000).toFixed(1)} s ${aheadMs > 0 ? 'ahead' : 'behind'}`;

function checkCoverage(all: readonly MonitorRecord[], hosts: ApiFacts['hosts']): Finding {
  const wanted = 'a monitor on every host of a segment';
  if (!hosts.ok) return notAsked('coverage', wanted, hosts.why);
  const watched = new Set(all.map(({ host }) => host.toLowerCase()));
  const bare = hosts.value.map(({ name }) => name).filter(name => !watched.has(name.toLowerCase()));
  if (bare.length === 0)
    return ok(
      'coverage',
      wanted,
      hosts.value.length === 0 ? 'no segment has a host' : 'every host of a segment has a monitor',
    );
  return bad('warning', 'coverage', {
    expected: wanted,
    found: `${count(bare.length, 'host')} without`,
    advice:
      "start instance-ha-monitor there; [DEFAULT] host must be the name in the segment. Guests' failures are not seen there",
    items: bare,
  });
}

/** Guests of which only a crash is seen, by the reason. */
export function checkGuests({ unmonitored }: ApiFacts): Finding {
  const wanted = 'every guest with an agent channel';
  if (!unmonitored.ok) return notAsked('guests', wanted, unmonitored.why);
  const reasons = countBy(unmonitored, ({ why }) => why);
  const total = reasons.reduce((sum, [, number]) => sum + number, 0);
  if (total === 0) return ok('guests', wanted, 'no guest is unmonitored');
  return bad('warning', 'guests', {
    expected: wanted,
    found: `${count(total, 'guest')} unmonitored: crashes are seen, hangs are not`,
    advice:
      'give the image hw_qemu_guest_agent=yes and rebuild or hard reboot; instance-ha guests list --phase unmonitored has them all',
    items: reasons.map(([why, number]) => `${number} × ${why}`),
  });
}

function countBy<T>(told: Told<T[]>, keyOf: (one: T) => string): [string, number][] {
  const counts = new Map<string, number>();
  for (const one of told.ok ? told.value : []) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one);
}
