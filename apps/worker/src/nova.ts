import type { Config } from '@instance-ha/config';
import {
  connectOpenStack,
  createNovaHostControl,
  createNovaInstanceControl,
  type OpenStackSettings,
  settingsFromConfig,
} from '@instance-ha/openstack';
import type { Clock, Logger, Metrics } from '@instance-ha/ports';
import type { Hands } from './control.ts';

/** Hands on instances and hosts through the cloud that `[openstack]` names. Connects nothing yet. */
export function createNovaControl(options: {
  config: Config;
  environment: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
}): Hands {
  const { config, environment, clock, log, metrics } = options;
  const settings = settingsOf(config.openstack, environment);
  const cloud = connectOpenStack({ settings, clock, log, metrics });
  return {
    instances: createNovaInstanceControl({ nova: cloud.nova, clock, log }),
    hosts: createNovaHostControl({ nova: cloud.nova, clock, log }),
    close: () => cloud.close(),
  };
}

function settingsOf(
  openstack: Config['openstack'],
  environment: Readonly<Record<string, string | undefined>>,
): OpenStackSettings {
  const resolved = settingsFromConfig(openstack, environment);
  if (resolved.ok) return resolved.settings;
  throw new Error(
    `[worker] driver = nova needs to know its cloud by [openstack]: ${resolved.errors.join('; ')}`,
  );
}
