import type { WorkerRecord } from '@instance-ha/contracts';
import { count } from '../../output/count.ts';
import type { ApiFacts, DoctorFacts } from '../facts.ts';
import { bad, type Finding, notAsked, ok } from '../finding.ts';

/** Who carries recoveries out. */
export function checkWorkers({ api, cloud }: DoctorFacts): Finding[] {
  const { workers } = api;
  if (!workers.ok) return [notAsked('workers', expected, workers.why)];
  const alive = workers.value.filter(({ silent }) => !silent);
  return [
    checkAlive(alive, workers.value),
    ...(alive.length === 0 ? [] : [checkMode(alive), checkVersions(alive, api)]),
    ...(cloud === undefined && alive.some(({ driver }) => driver === 'nova') ? [cloudUnknown] : []),
  ];
}

const expected = 'at least one worker, and none that fell silent';

function checkAlive(alive: readonly WorkerRecord[], all: readonly WorkerRecord[]): Finding {
  const gone = all
    .filter(({ silent }) => silent)
    .map(({ name, lastSeenAt }) => `${name} since ${lastSeenAt}`);
  if (alive.length === 0)
    return bad('problem', 'workers', {
      expected,
      found: gone.length === 0 ? 'none: nothing is recovered' : 'none is alive, nothing is recovered; silent',
      advice: 'start instance-ha-worker, and see that it reaches the database of this API',
      items: gone,
    });
  if (gone.length > 0)
    return bad('warning', 'workers', {
      expected,
      found: `${alive.length} alive, ${gone.length} silent`,
      advice:
        'start those anew that should run; one that is gone for good is forgotten a day after it was last heard',
      items: gone,
    });
  const drivers = [...new Set(alive.map(({ driver }) => driver))].join(' and ');
  return ok('workers', expected, `${alive.length} alive, recovering through ${drivers}`);
}

function checkMode(alive: readonly WorkerRecord[]): Finding {
  const watching = alive.filter(({ mode }) => mode === 'observe').map(({ name }) => name);
  const wanted = 'workers that act';
  if (watching.length === 0) return ok('worker-mode', wanted, 'all act');
  return bad('warning', 'worker-mode', {
    expected: wanted,
    found: `${watching.length} of ${alive.length} decide and touch nothing`,
    advice: '[DEFAULT] mode = act, then reload the worker, unless that is meant',
    items: watching,
  });
}

/** Two versions at once are a rolling upgrade, or one that was forgotten half way. */
function checkVersions(alive: readonly WorkerRecord[], { version, monitors }: ApiFacts): Finding {
  const known = new Map<string, string[]>();
  const note = (which: string, name: string): void =>
    void known.set(which, [...(known.get(which) ?? []), name]);
  if (version.ok) note(version.value, 'the API');
  for (const worker of alive) note(worker.version, worker.name);
  if (monitors.ok)
    for (const monitor of monitors.value)
      if (!monitor.silent) note(monitor.version, `monitor of ${monitor.host}`);
  const wanted = 'one version everywhere';
  if (known.size <= 1) return ok('versions', wanted, `all ${[...known.keys()][0] ?? 'unknown'}`);
  const items = [...known]
    .sort(([, one], [, other]) => other.length - one.length)
    .map(
      ([which, names]) =>
        `${which} (${names.length === 1 ? names[0] : `${names[0]} and ${names.length - 1} more`})`,
    );
  return bad('warning', 'versions', {
    expected: wanted,
    found: count(known.size, 'version'),
    advice: 'end the upgrade',
    items,
  });
}

const cloudUnknown: Finding = bad('warning', 'openstack', {
  expected: 'to know the cloud that workers recover through',
  found: 'nothing here names one, so that Keystone and Nova were not asked',
  advice: 'give --config-file of a worker, or OS_* variables (an openrc), or OS_CLOUD',
});
