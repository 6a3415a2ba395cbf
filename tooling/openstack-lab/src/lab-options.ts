import type { OnProgress } from './progress.ts';
import type { Wishes } from './settings.ts';

export type OpenStackLabOptions = Wishes & {
  /** The lab's folder; everything it writes is below it. Default: `instance-ha-openstack` below the system's temporary folder. */
  dir?: string;
  /** `install` (default): missing Debian packages are installed, told first by `onProgress`. `require`: they must be there. */
  packages?: 'install' | 'require';
  /** Also OpenStack's own clients. */
  clients?: boolean;
  /** Also the program masakari-instancemonitor; started by `masakariMonitor.start`. */
  masakariMonitors?: boolean;
  onProgress?: OnProgress;
  /** Aborts an `up`; what has started by then stays until `down`. */
  signal?: AbortSignal;
};
