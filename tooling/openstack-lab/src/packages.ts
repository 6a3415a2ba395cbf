import { LabError } from '@instance-ha/lab';
import { installPackages, installPlan, lockMachine, policyAllowsStarts } from '@instance-ha/lab/tools';
import type { OnProgress } from './progress.ts';

/**
 * The Debian packages of the lab, each with its reason. On purpose the libraries and not the packages that are named after
 * the services: those bring units, configuration below /etc and, with nova-compute, the machine's own libvirtd. Of all that is
 * installed only rabbitmq-server (with Erlang's port mapper) brings a unit; it is not started.
 */
export const openStackPackages: Readonly<Record<string, string>> = {
  'mariadb-server-core': 'the database server, without the service',
  'mariadb-client-core': 'to make databases in it',
  'rabbitmq-server': 'the message queue between the Nova services',
  'uwsgi-core': 'serves the APIs',
  'uwsgi-plugin-python3': 'serves the APIs',
  'python3-keystone': 'Keystone',
  'python3-placement': 'Placement',
  'python3-glance': 'Glance',
  'glance-common': "Glance's command and pipeline",
  'python3-nova': 'Nova',
  'nova-common': "Nova's commands and pipeline",
};

/** What a compute on a real libvirtd needs besides; libvirt and QEMU are brought by the guest lab. */
export const kvmPackages: Readonly<Record<string, string>> = {
  'python3-libvirt': "nova-compute's way to libvirt",
};

/** `--clients`: OpenStack's own clients, to hold ours against. */
export const clientPackages: Readonly<Record<string, string>> = {
  'python3-openstacksdk': "OpenStack's Python client",
  'python3-openstackclient': 'the command `openstack`',
  'python3-masakariclient': "Masakari's commands in it",
  'python3-masakari': 'Masakari itself, its API and engine, to file with; without its services',
};

/** `--masakari-monitors`: the program of Debian's masakari-instance-monitor, without its unit and its pacemaker. */
export const masakariMonitorPackages: Readonly<Record<string, string>> = {
  'python3-masakari-monitors': "masakari-instancemonitor, Masakari's own monitor",
  'python3-libvirt': "masakari-instancemonitor's way to libvirt",
};

const installTimeoutMs = 900_000;

export type PackageOptions = {
  packages: Readonly<Record<string, string>>;
  /** `require`: missing packages are an error, nothing is installed. */
  missing: 'install' | 'require';
  onProgress: OnProgress;
  signal?: AbortSignal | undefined;
};

/** Brings what is missing, said first. Throws `packages-missing`. */
export async function ensurePackages(options: PackageOptions): Promise<void> {
  const { packages, onProgress } = options;
  const signal = options.signal ? { signal: options.signal } : {};
  const { missing } = await installPlan({ packages, ...signal });
  if (missing.length === 0) return;
  const byHand = `apt-get install --no-install-recommends ${missing.map(item => item.name).join(' ')}`;
  if (options.missing === 'require')
    throw new LabError('packages-missing', `Debian packages are missing; install them with: ${byHand}`);
  if (await policyAllowsStarts()) {
    throw new LabError(
      'packages-missing',
      'this machine has a /usr/sbin/policy-rc.d of its own, which lets packages start their daemons, and the lab does not ' +
        `replace it. Expected: it exits with 101, or the packages are there. By hand: ${byHand}`,
    );
  }
  const lock = await lockMachine('packages', {
    timeoutMs: installTimeoutMs,
    ...signal,
    onWait: () => onProgress({ step: 'waiting', text: 'another process installs packages, waiting for it' }),
  });
  try {
    await installPackages({ packages, onLine: text => onProgress({ step: 'packages', text }), ...signal });
  } finally {
    await lock.release();
  }
}
