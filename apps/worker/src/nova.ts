import type { Config } from '@instance-ha/config';
import {
  connectOpenStack,
  createNovaHostControl,
  createNovaInstanceControl,
  readSettings,
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
  const settings = readSettings({
    openstack: config.openstack,
    environment,
    because: '[worker] driver = nova',
  });
  const cloud = connectOpenStack({ settings, clock, log, metrics });
  return {
    instances: createNovaInstanceControl({ nova: cloud.nova, clock, log }),
    hosts: createNovaHostControl({ nova: cloud.nova, clock, log }),
    close: () => cloud.close(),
  };
}
