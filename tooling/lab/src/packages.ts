import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { LabError } from './lab-error.ts';
import { tryCommand } from './run-command.ts';

/** The Debian packages a lab needs, each with its reason. None of them brings a service unit that is enabled. */
export const labPackages: Readonly<Record<string, string>> = {
  'libvirt-daemon': 'libvirtd, run by hand in a namespace of its own',
  'libvirt-daemon-driver-qemu': "libvirtd's QEMU driver",
  'libvirt-clients': 'virsh, with which the lab defines, starts and migrates guests',
  'qemu-system-x86': 'QEMU',
  'busybox-static': 'the programs inside the tiny guest',
  'xz-utils': 'to unpack the guest kernel',
};

/** `missing` in the order apt-get will be given; empty when nothing needs installing. */
export type InstallPlan = { missing: { name: string; why: string }[] };

/** Which of `packages` (default: the lab's) are missing. Changes nothing. Debian family only (asks `dpkg-query`). */
export async function installPlan(
  options: { packages?: Readonly<Record<string, string>>; signal?: AbortSignal } = {},
): Promise<InstallPlan> {
  const { packages = labPackages, signal } = options;
  const names = Object.keys(packages);
  const format = `--showformat=\${Package} \${db:Status-Status}\\n`;
  const { stdout } = await tryCommand('dpkg-query', ['--show', format, ...names], {
    timeoutMs: 30_000,
    ...(signal ? { signal } : {}),
  });
  const installed = new Set(
    stdout
      .split('\n')
      .filter(line => line.endsWith(' installed'))
      .map(line => line.split(' ')[0]),
  );
  return {
    missing: names.filter(name => !installed.has(name)).map(name => ({ name, why: packages[name] ?? '' })),
  };
}

export type InstallOptions = {
  /** Names of Debian packages, each with its reason; default what a lab needs. */
  packages?: Readonly<Record<string, string>>;
  /** Gets one line at a time: first what will be installed, why and how much it is, at the end that it is done. */
  onLine?: (line: string) => void;
  signal?: AbortSignal;
};

/**
 * Installs what is missing with apt-get (no recommended packages, no daemon started) and resolves to the plan it carried
 * out. Once apt-get works it is not interrupted, not even by `signal` or a Ctrl-C: a half-configured package is worse than a
 * minute of waiting. Throws `packages-missing` with apt-get's last lines.
 */
export async function installPackages(options: InstallOptions = {}): Promise<InstallPlan> {
  const plan = await installPlan(options);
  if (plan.missing.length === 0) return plan;
  options.onLine?.('Installing from Debian, without recommended packages and without starting any daemon:');
  for (const { name, why } of plan.missing) options.onLine?.(`  ${name}: ${why}`);

  await updatePackageLists();
  options.signal?.throwIfAborted();
  const names = plan.missing.map(item => item.name);
  const install = (...how: string[]) =>
    aptGet(['install', '--yes', ...how, '--no-install-recommends', ...names], 900_000);
  // Not `--assume-no`: where apt-get has nothing to ask, that installs at once.
  const sizes = (await install('--print-uris')).stdout.match(/^(Need to get|After this operation,) .*$/gm);
  for (const line of sizes ?? []) options.onLine?.(line);
  options.signal?.throwIfAborted();
  const { stdout, stderr, exitCode } = await withoutDaemonStarts(() => install());
  if (exitCode !== 0) {
    throw new LabError(
      'packages-missing',
      `apt-get could not install ${names.join(', ')}: ${stderr.trim().slice(-800)}. ` +
        `Install them by hand: apt-get install --no-install-recommends ${names.join(' ')}`,
    );
  }
  options.onLine?.(`Installed ${stdout.match(/^Setting up /gm)?.length ?? 0} packages.`);
  options.signal?.throwIfAborted();
  return plan;
}

/** Downloads packages into `folder` without installing them. Throws `image-failed`. */
export async function downloadPackages(names: readonly string[], folder: string): Promise<void> {
  const { stderr, exitCode } = await aptGet(['download', ...names], 600_000, folder);
  if (exitCode === 0) return;
  throw new LabError(
    'image-failed',
    `apt-get could not download ${names.join(', ')}: ${stderr.trim().slice(-800)}`,
    {
      retryable: true,
    },
  );
}

/** The package that `linux-image-amd64` stands for today, such as `linux-image-6.1.0-56-amd64`. */
export async function currentKernelPackage(signal?: AbortSignal): Promise<string> {
  const ask = async () => {
    const result = await tryCommand('apt-cache', ['depends', 'linux-image-amd64'], {
      timeoutMs: 60_000,
      ...(signal ? { signal } : {}),
    });
    return /^\s*Depends: (linux-image-\S+)/m.exec(result.stdout)?.[1];
  };
  const name = await ask();
  if (name !== undefined) return name;
  throw new LabError(
    'image-failed',
    "the package linux-image-amd64 is not in this machine's package lists: the guest kernel is Debian's. " +
      "Check the apt sources, then run 'apt-get update'",
  );
}

/** Refreshes the package lists; a failure is left to show itself in the install or download that follows. */
export async function updatePackageLists(): Promise<void> {
  await aptGet(['update', '--quiet'], 300_000);
}

/** apt-get in the environment of this process, for the sake of its proxy settings, but in the C locale and asking nothing. */
function aptGet(args: readonly string[], timeoutMs: number, cwd?: string) {
  const settings = ['LC_ALL=C', 'DEBIAN_FRONTEND=noninteractive', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin'];
  const command = ['apt-get', '-o', 'DPkg::Lock::Timeout=600', '-o', 'APT::Sandbox::User=root', ...args];
  return tryCommand('env', [...settings, ...command], {
    timeoutMs,
    env: 'inherit',
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
  });
}

const policyPath = '/usr/sbin/policy-rc.d';
const policyText =
  '#!/bin/sh\n# made by the instance-ha lab while it installs packages; safe to delete\nexit 101\n';

/**
 * Whether package scripts may start daemons after `installPackages` has done what it can: true only where a `policy-rc.d` of
 * the machine's own, which is never replaced, says so (exit code 101 forbids).
 */
export async function policyAllowsStarts(): Promise<boolean> {
  if (!existsSync(policyPath)) return false;
  const { exitCode } = await tryCommand(policyPath, ['instance-ha-lab', 'start'], { timeoutMs: 10_000 });
  return exitCode !== 101;
}

/**
 * Runs `install` while Debian's `policy-rc.d` forbids package scripts to start daemons
 * (https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt). A policy that is already there is left as it is.
 */
async function withoutDaemonStarts<T>(install: () => Promise<T>): Promise<T> {
  const ours = () => {
    try {
      return readFileSync(policyPath, 'utf8') === policyText;
    } catch {
      return false;
    }
  };
  try {
    writeFileSync(policyPath, policyText, { flag: 'wx', mode: 0o755 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  try {
    return await install();
  } finally {
    if (ours()) rmSync(policyPath, { force: true });
  }
}
