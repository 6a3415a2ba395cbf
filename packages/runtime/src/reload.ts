import { type Config, diffConfig } from '@instance-ha/config';
import type { Logger } from '@instance-ha/ports';
import type { SdNotify } from './sd-notify.ts';

/**
 * What a service does with a configuration that was read again: `take` gets it, the log names the options that count from now
 * on and those that need a restart, as far as this service reads them, and systemd is told before and after.
 */
export function reloadOf(options: {
  service: 'monitor' | 'worker' | 'api';
  /** The one it was started with. */
  config: Config;
  take: (config: Config) => void;
  /** What the service says of itself to systemd once it has taken it. */
  status: () => string;
  log: Logger;
  systemd: SdNotify;
}): (next: Config) => Promise<void> {
  const { service, take, status, log, systemd } = options;
  let { config } = options;
  return async next => {
    systemd.reloading();
    const changes = diffConfig(config, next).filter(({ services }) => services.includes(service));
    const keys = (reloadable: boolean) =>
      changes.filter(change => change.reloadable === reloadable).map(({ key }) => key);
    if (keys(false).length > 0)
      log.warn(
        { options: keys(false) },
        `these options changed and need a restart of the ${service} to take effect`,
      );
    config = next;
    take(next);
    log.info({ options: keys(true) }, 'configuration read again');
    systemd.ready(status());
  };
}
