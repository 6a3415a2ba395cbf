import { checks } from './command.ts';
import { onOpenStack } from './openstack.ts';
import { checkPackages } from './packages.ts';
import { publishAndConsume } from './publish.ts';
import type { Stage } from './stage.ts';
import { suite } from './suite.ts';

const source = '--conditions=@instance-ha/source';

/** In this order: the quick and certain first. */
export const stages: readonly Stage[] = [
  {
    name: 'checks',
    about: 'lint, format, types, arrows of the map, unused code, workspace rules',
    run: context =>
      checks(context, {
        'types (tsc)': ['tsc', '--noEmit', '-p', 'tsconfig.json'],
        'types of the console (tsc)': ['tsc', '--noEmit', '-p', 'apps/console/tsconfig.json'],
        'lint (oxlint)': ['oxlint', '--type-aware', '--deny-warnings'],
        'format and lint (biome)': ['biome', 'check', '--error-on-warnings', '.'],
        'arrows, manifests, changesets': ['node', source, 'tooling/repo-checks/src/main.ts'],
        'unused code (knip)': ['knip', '--no-progress', '--no-config-hints'],
        'workspace rules (sherif)': ['sherif'],
      }),
  },
  {
    name: 'unit',
    about: 'pure tests, loopback tests, scenarios, types',
    run: context => suite(context, ['unit', 'types'], { timeoutMs: 900_000 }),
  },
  {
    name: 'postgres',
    about: 'integration on real PostgreSQL',
    run: context => suite(context, ['postgres'], { timeoutMs: 1_200_000 }),
  },
  {
    name: 'packages',
    about: 'build, publint, are-the-types-wrong on every published package',
    run: checkPackages,
  },
  {
    name: 'publish',
    about:
      'publishes every package to a registry on loopback, installs them elsewhere with npm, imports and type-checks them',
    run: publishAndConsume,
  },
  {
    name: 'browser',
    about:
      'the console in a real Chromium, on the real API and PostgreSQL (root on Debian installs Chromium)',
    run: context => suite(context, ['browser'], { timeoutMs: 600_000 }),
  },
  {
    name: 'real',
    about:
      'real libvirtd, QEMU guests, PostgreSQL: faults, recoveries, kill -9 (needs root on Debian; installs what it needs)',
    run: context => suite(context, ['real'], { timeoutMs: 3_600_000 }),
  },
  {
    name: 'openstack',
    about:
      "a real Keystone and Nova, and OpenStack's own clients: crashes, dead hosts, the wire (needs root on Debian 12; installs them)",
    run: onOpenStack,
  },
];
