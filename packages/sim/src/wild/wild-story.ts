import fc from 'fast-check';
import { guestDoings } from '../world/guest-faults.ts';
import type { WorldSpec } from '../world/world-spec.ts';

/** A story made by chance: a small world, and what happens in it. `seed` is for what the programs draw by chance. */
export type WildStory = { world: WorldSpec; script: { afterMs: number; command: string }[]; seed: number };

/** Short waits everywhere, so that much can happen in a few minutes. */
const quickConf = {
  DEFAULT: { instance_check_interval: '5' },
  monitor: {
    ping_timeout: '2',
    failure_threshold: '2',
    boot_grace: '20',
    agent_lost_grace: '8',
    evidence_max_age: '60',
    report_interval: '5',
  },
  instance_failure: {
    heartbeat_wait: '20',
    no_listener_wait: '20',
    restart_timeout: '15',
    restart_budget: '100',
  },
  worker: { retry_backoff: '0.5' },
};

const node1 = ['web', 'db', 'mail', 'dns'];
const node2 = ['ftp', 'git'];
const hosts = ['node1', 'node2'];
const workers = ['worker-1', 'worker-2'];

const guest = fc.constantFrom(...node1, ...node2);
const host = fc.constantFrom(...hosts);
const worker = fc.constantFrom(...workers);
const monitor = host.map(name => `monitor-${name}`);

const told = (...parts: (string | fc.Arbitrary<string | number>)[]): fc.Arbitrary<string> =>
  fc
    .tuple(...parts.map(part => (typeof part === 'string' ? fc.constant(part) : part)))
    .map(words => words.join(' '));

const scriptsThat = (...means: string[]): string[] =>
  Object.entries(guestDoings)
    .filter(
      ([name, doing]) =>
        !name.startsWith('migrate-') &&
        (typeof doing.means === 'function' ? means.includes('breaks') : means.includes(doing.means)),
    )
    .map(([name]) => name);

const breaksGuest = told(fc.constantFrom(...scriptsThat('breaks', 'breaks-for-a-moment')), guest);
const healsGuest = told(fc.constantFrom(...scriptsThat('heals', 'heals-audibly', 'resumes')), guest);
const wishes = told(
  fc.constantFrom(...scriptsThat('wished-on', 'wished-off', 'wished-paused', 'reboots', 'nothing')),
  guest,
);
const outages = fc.oneof(
  told(
    fc.constantFrom('libvirtd-stop', 'libvirtd-start', 'libvirtd-freeze', 'libvirtd-thaw', 'libvirtd-drop'),
    host,
  ),
  fc.constantFrom('api-away', 'api-deaf', 'api-back', 'database-away', 'database-back'),
  told(fc.constantFrom('disk-full', 'disk-mend'), host),
);
const ours = fc.oneof(
  told(fc.constantFrom('kill', 'stop', 'start'), fc.oneof(monitor, worker)),
  told(fc.constantFrom('freeze', 'thaw'), worker),
);
const operators = fc.oneof(
  told('pause', fc.integer({ min: 1, max: 30 }), 'by chance'),
  fc.constantFrom('unpause', 'set DEFAULT.mode observe', 'set DEFAULT.mode act'),
  told('wall-jump', host, fc.constantFrom(86_400, 30, -30, -86_400)),
  told('mute', guest, fc.constantFrom(1, 2)),
  told('power-cycle', guest),
  told('migrate', guest, host),
  told('migration-begins', guest, host),
  told('qemu-killed-migrating', guest),
);
/** The moments in which a blow hurts most. */
const moments = fc.constantFrom(
  'claimed',
  'begins stop',
  'begins start',
  'begins hard-reboot',
  'destroys',
  'creates',
  'alive -> failed',
  'filed',
  'stored',
  'unproven -> alive',
  'finished',
);
const blow = fc.oneof(
  { weight: 3, arbitrary: told(fc.constantFrom('kill', 'freeze'), worker) },
  { weight: 2, arbitrary: told('kill', monitor) },
  { weight: 2, arbitrary: outages },
  { weight: 2, arbitrary: told('pause', fc.integer({ min: 1, max: 30 }), 'by chance') },
  { weight: 2, arbitrary: wishes },
  { weight: 2, arbitrary: told('power-cycle', guest) },
  { weight: 2, arbitrary: breaksGuest },
  { weight: 1, arbitrary: healsGuest },
);
const armed = fc.tuple(moments, blow).map(([moment, command]) => `on "${moment}" ${command}`);

const command = fc.oneof(
  { weight: 10, arbitrary: breaksGuest },
  { weight: 3, arbitrary: healsGuest },
  { weight: 4, arbitrary: wishes },
  { weight: 4, arbitrary: outages },
  { weight: 5, arbitrary: ours },
  { weight: 4, arbitrary: operators },
  { weight: 6, arbitrary: armed },
);

const afterMs = fc.oneof(
  fc.integer({ min: 0, max: 60 }),
  fc.integer({ min: 0, max: 3000 }),
  fc.integer({ min: 0, max: 25_000 }),
);

const guestSpec = (name: string) =>
  fc.record({
    name: fc.constant(name),
    agent: fc.oneof(
      { weight: 6, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
    onCrash: fc.constantFrom('destroy' as const, 'restart' as const, 'preserve' as const),
    persistent: fc.oneof(
      { weight: 9, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
    bootSeconds: fc.constantFrom(4, 9),
  });

const world: fc.Arbitrary<WorldSpec> = fc
  .record({
    node1: fc.tuple(...node1.map(guestSpec)),
    node2: fc.tuple(...node2.map(guestSpec)),
    workers: fc.integer({ min: 1, max: workers.length }),
    budget: fc.oneof(
      { weight: 4, arbitrary: fc.constant('100') },
      { weight: 1, arbitrary: fc.constant('2') },
    ),
    method: fc.oneof(
      { weight: 4, arbitrary: fc.constant('auto') },
      { weight: 1, arbitrary: fc.constantFrom('restart', 'hard_reboot') },
    ),
  })
  .map(({ node1, node2, workers, budget, method }) => ({
    hosts: { node1, node2 },
    workers,
    conf: {
      ...quickConf,
      instance_failure: {
        ...quickConf.instance_failure,
        restart_budget: budget,
        recover_instance_failure_method: method,
      },
    },
    settleSeconds: 15,
  }));

const wildStory: fc.Arbitrary<WildStory> = fc.record({
  world,
  script: fc.array(fc.record({ afterMs, command }), { minLength: 2, maxLength: 16, size: 'max' }),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
});

/** One seed, one story: the same each time. */
export function wildStoryOf(seed: number): WildStory {
  const [story] = fc.sample(wildStory, { seed, numRuns: 1 });
  if (!story) throw new Error('expected a story from fast-check, found none');
  return story;
}

/** The files of a scenario that tells the same story, so that a failing one can become one. */
export function asScenario({ world, script }: WildStory): string {
  let atMs = 0;
  const lines = script.map(({ afterMs, command }) => {
    atMs += afterMs;
    return `${(atMs / 1000).toFixed(3)} ${command}`;
  });
  return [JSON.stringify(world), ...lines, `${(atMs / 1000 + 120).toFixed(0)} end`].join('\n');
}
