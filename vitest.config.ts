import { defineConfig } from 'vitest/config';

const source = ['@instance-ha/source'];
const everywhere = ['packages', 'apps', 'tooling'];
const files = (suffix: string) => everywhere.map(root => `${root}/*/src/**/*.${suffix}`);

/**
 * Eight kinds of test, told apart by file name: `x.test.ts` pure or on loopback, `x.pg.test.ts` on real
 * PostgreSQL, `x.real.test.ts` on real libvirtd and QEMU guests, `x.openstack.test.ts` on a real OpenStack that it brings up,
 * `x.nova.test.ts` on a real Keystone and Nova that the environment names, `x.clients.test.ts` with OpenStack's own clients
 * (Debian's python3-openstackclient, python3-masakariclient, python3-masakari and python3-masakari-monitors) and real PostgreSQL,
 * `x.browser.test.ts` with the console in a real Chromium, `x.test-d.ts` on types. `scenarios/` holds stories.
 */
export default defineConfig({
  resolve: { conditions: source },
  ssr: { resolve: { conditions: source, externalConditions: source } },
  // Where a project's globalSetup is loaded.
  environments: { __vitest__: { resolve: { conditions: source, externalConditions: source } } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [...files('test.ts'), 'scenarios/**/*.test.ts'],
          exclude: [
            ...files('pg.test.ts'),
            ...files('real.test.ts'),
            ...files('nova.test.ts'),
            ...files('clients.test.ts'),
            ...files('openstack.test.ts'),
            ...files('browser.test.ts'),
            '**/node_modules/**',
          ],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            checker: 'tsc',
            include: files('test-d.ts'),
            tsconfig: './tsconfig.json',
          },
        },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: files('pg.test.ts'),
          globalSetup: './packages/postgres/src/testing/global-setup.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'clients',
          include: files('clients.test.ts'),
          globalSetup: './packages/postgres/src/testing/global-setup.ts',
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'nova',
          include: files('nova.test.ts'),
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: files('real.test.ts'),
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: files('browser.test.ts'),
          globalSetup: './tooling/browser/src/global-setup.ts',
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'openstack',
          include: files('openstack.test.ts'),
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 1_200_000,
        },
      },
    ],
  },
});
