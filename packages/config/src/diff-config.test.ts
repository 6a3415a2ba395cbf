import { expect, it } from 'vitest';
import { Secret } from './catalogue/secret.ts';
import { diffConfig } from './diff-config.ts';
import { testConfig } from './testing.ts';

it('two equal configurations have no difference', () => {
  const connection = () => new Secret('postgres://ha:hunter2@db/ha');
  expect(
    diffConfig(
      testConfig({ database: { connection: connection() } }),
      testConfig({ database: { connection: connection() } }),
    ),
  ).toEqual([]);
});

it('a change tells the option as it is written, who reads it and whether a restart is needed', () => {
  const after = testConfig({
    monitor: { checkIntervalMs: 5000, metricsPort: 0 },
    log: { file: '/var/log/ha' },
  });
  expect(diffConfig(testConfig(), after)).toEqual([
    {
      key: 'DEFAULT.instance_check_interval',
      group: 'DEFAULT',
      name: 'instance_check_interval',
      before: '30',
      after: '5',
      reloadable: true,
      services: ['monitor'],
    },
    {
      key: 'DEFAULT.log_file',
      group: 'DEFAULT',
      name: 'log_file',
      before: '',
      after: '/var/log/ha',
      reloadable: false,
      services: ['monitor', 'worker', 'api'],
    },
    {
      key: 'monitor.metrics_port',
      group: 'monitor',
      name: 'metrics_port',
      before: '15869',
      after: '0',
      reloadable: false,
      services: ['monitor'],
    },
  ]);
});

it('a secret that changes is told and not shown', () => {
  const withSecret = (value: string) => testConfig({ database: { connection: new Secret(value) } });
  const shown = (changes: ReturnType<typeof diffConfig>) =>
    changes.map(each => `${each.key} ${each.before}>${each.after}`);
  expect(shown(diffConfig(withSecret('postgres://a@x/1'), withSecret('postgres://a@x/2')))).toEqual([
    'database.connection ***>***',
  ]);
  expect(shown(diffConfig(testConfig(), withSecret('postgres://a@x/2')))).toEqual([
    'database.connection >***',
  ]);
});
