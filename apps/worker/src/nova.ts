import { readFileSync } from 'node:fs';
import type { Config } from '@instance-ha/config';
import {
  connectOpenStack,
  createNovaInstanceControl,
  type OpenStackSettings,
  resolveSettings,
} from '@instance-ha/openstack';
import type { Clock, InstanceControl, Logger, Metrics } from '@instance-ha/ports';

/** Hands on instances through the cloud that `[openstack]` names. Connects nothing yet. */
export function createNovaControl(options: {
  config: Config;
  environment: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
}): InstanceControl {
  const { config, environment, clock, log, metrics } = options;
  const settings = settingsOf(config.openstack, environment);
  const cloud = connectOpenStack({ settings, clock, log, metrics });
  const control = createNovaInstanceControl({ nova: cloud.nova, clock, log });
  return {
    ...control,
    close: async () => {
      await control.close();
      await cloud.close();
    },
  };
}

function settingsOf(
  openstack: Config['openstack'],
  environment: Readonly<Record<string, string | undefined>>,
): OpenStackSettings {
  const { cloud, cloudsFile, insecure, ...options } = openstack;
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const resolved = resolveSettings({
    options: { ...given, ...(insecure ? { insecure: 'true' } : {}) },
    ...(cloudsFile === undefined
      ? {}
      : {
          cloudsYaml: { text: readFileSync(cloudsFile, 'utf8'), ...(cloud === undefined ? {} : { cloud }) },
        }),
    environment,
  });
  if (resolved.ok) return resolved.settings;
  throw new Error(
    `[worker] driver = nova needs to know its cloud by [openstack]: ${resolved.errors.join('; ')}`,
  );
}
