import type { Config } from '@instance-ha/config';
import { createLibvirtControl } from '@instance-ha/libvirt-compute';
import { type ConnectLibvirtOptions, type LibvirtConnection, LibvirtError } from '@instance-ha/libvirt-rpc';
import type { Clock, HostControl, InstanceControl, Logger, Metrics } from '@instance-ha/ports';
import { createNovaControl } from './nova.ts';

/** What a worker recovers through; `hosts` is undefined where nobody can evacuate. */
export type Hands = { instances: InstanceControl; hosts: HostControl | undefined; close(): Promise<void> };

/** Hands on instances, and on hosts where there are any, by the driver that `[worker] driver` names. Throws with what is missing in its settings. */
export function createControl(options: {
  config: Config;
  connectLibvirt: (options: ConnectLibvirtOptions) => Promise<LibvirtConnection>;
  environment: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
}): Hands {
  const { config, connectLibvirt, clock, log } = options;
  switch (config.worker.driver) {
    case 'nova':
      return createNovaControl(options);
    case 'libvirt': {
      const { keepaliveIntervalMs: intervalMs, keepaliveCount: count } = config.libvirt;
      const instances = createLibvirtControl({
        connect: async (host, { signal }) =>
          connectLibvirt({ uri: libvirtOf(config, host), signal, keepalive: { intervalMs, count } }),
        clock,
        log,
      });
      return { instances, hosts: undefined, close: () => instances.close() };
    }
  }
}

/** The libvirtd of a host: as `[libvirt] hosts` lists it, or this machine's own. */
export function libvirtOf(config: Config, host: string): string {
  const listed = config.libvirt.hosts[host];
  if (listed !== undefined) return listed;
  if (host === config.general.host) return config.libvirt.connectionUri;
  throw new LibvirtError({
    code: 'connect-failed',
    message: `no libvirtd is known for host ${host}: expected it in [libvirt] hosts (host=uri), or to be this host, ${config.general.host}`,
  });
}
