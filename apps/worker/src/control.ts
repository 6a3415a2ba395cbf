import type { Config } from '@instance-ha/config';
import { createLibvirtControl } from '@instance-ha/libvirt-compute';
import { type ConnectLibvirtOptions, type LibvirtConnection, LibvirtError } from '@instance-ha/libvirt-rpc';
import type { Clock, InstanceControl, Logger, Metrics } from '@instance-ha/ports';
import { createNovaControl } from './nova.ts';

/** Hands on instances by the driver that `[worker] driver` names. Throws with what is missing in its settings. */
export function createControl(options: {
  config: Config;
  connectLibvirt: (options: ConnectLibvirtOptions) => Promise<LibvirtConnection>;
  environment: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
}): InstanceControl {
  const { config, connectLibvirt, clock, log } = options;
  switch (config.worker.driver) {
    case 'nova':
      return createNovaControl(options);
    case 'libvirt': {
      const { keepaliveIntervalMs: intervalMs, keepaliveCount: count } = config.libvirt;
      return createLibvirtControl({
        connect: async (host, { signal }) =>
          connectLibvirt({ uri: libvirtOf(config, host), signal, keepalive: { intervalMs, count } }),
        clock,
        log,
      });
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
