/**
 * The arrows of docs/map.md as data: which rooms a room may know. Tests and devDependencies may know more.
 *
 * middle: pure · gates: agreements · streets: loops · rim: adapters · apps: tie the knot · ground: tests and tooling.
 */
export const rings: Record<string, readonly string[]> = {
  middle: ['notification', 'guest-health', 'process-health', 'recovery', 'rollout', 'config', 'policy'],
  gates: ['ports', 'contracts'],
  streets: ['runtime', 'patrol', 'engine'],
  rim: [
    'libvirt-rpc',
    'libvirt-probe',
    'libvirt-compute',
    'process-probe',
    'openstack',
    'api-client',
    'postgres',
    'vault',
    'telemetry',
  ],
  apps: ['monitor', 'api', 'worker', 'cli', 'console'],
  ground: [
    'sim',
    'lab',
    'openstack-lab',
    'bench',
    'repo-checks',
    'stack',
    'test',
    'e2e',
    'browser',
    'tsconfig',
    'tsup',
  ],
};

/** What every room of a ring may know. */
export const mayKnow: Record<string, readonly string[]> = {
  middle: ['middle'],
  gates: ['middle', 'gates'],
  streets: ['middle', 'gates'],
  rim: ['middle', 'gates'],
  apps: ['middle', 'gates', 'streets', 'rim'],
  ground: ['middle', 'gates', 'streets', 'rim', 'apps', 'ground'],
};

/** Single doors beside the rings, each with its reason. */
export const doors: readonly { from: string; to: string; because: string }[] = [
  { from: 'patrol', to: 'runtime', because: 'loops stand on queues, spool and backoff' },
  { from: 'engine', to: 'runtime', because: 'loops stand on queues and backoff' },
  { from: 'libvirt-probe', to: 'libvirt-rpc', because: 'speaks the protocol' },
  { from: 'libvirt-compute', to: 'libvirt-rpc', because: 'speaks the protocol' },
  { from: 'process-probe', to: 'runtime', because: 'which process a pid means is read in one place' },
  { from: 'postgres', to: 'runtime', because: 'which process a pid means is read in one place' },
  { from: 'api', to: 'console', because: 'serves its files; imports none of its code' },
  { from: 'cli', to: 'lab', because: '`instance-ha lab` brings up real guests to try things on' },
];

/** Files of the middle that read disk on purpose, behind a door of their own. */
export const impureDoors: readonly string[] = ['packages/config/src/file.ts', 'packages/config/src/file/'];
