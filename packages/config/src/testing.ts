/** For tests of other packages. */
import type { Config } from './layout.ts';
import { loadConfig } from './load/load-config.ts';
import { formatProblem } from './load/problem.ts';

/** Fields to change, by section. Values are taken as they are: no bound and no rule is checked. */
export type ConfigOverrides = { readonly [S in keyof Config]?: Partial<Config[S]> };

/** A whole configuration at its defaults, on a host named `test-host`, with some fields changed. */
export function testConfig(overrides: ConfigOverrides = {}): Config {
  const loaded = loadConfig({ layers: [], hostname: 'test-host' });
  if (!loaded.ok) throw new Error(loaded.errors.map(formatProblem).join('\n'));
  const { config } = loaded;
  return {
    general: { ...config.general, ...overrides.general },
    log: { ...config.log, ...overrides.log },
    instanceFailure: { ...config.instanceFailure, ...overrides.instanceFailure },
    hostFailure: { ...config.hostFailure, ...overrides.hostFailure },
    process: { ...config.process, ...overrides.process },
    processFailure: { ...config.processFailure, ...overrides.processFailure },
    monitor: { ...config.monitor, ...overrides.monitor },
    libvirt: { ...config.libvirt, ...overrides.libvirt },
    openstack: { ...config.openstack, ...overrides.openstack },
    worker: { ...config.worker, ...overrides.worker },
    api: { ...config.api, ...overrides.api },
    keystoneAuthtoken: { ...config.keystoneAuthtoken, ...overrides.keystoneAuthtoken },
    database: { ...config.database, ...overrides.database },
  };
}
