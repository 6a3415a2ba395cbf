import { accessSync, constants, readFileSync } from 'node:fs';
import { arch, platform } from 'node:process';
import { tryCommand } from './run-command.ts';

export type LabPossibility = { possible: true } | { possible: false; reason: string };

/**
 * Whether this machine can host a lab: Linux on x86_64, root, Debian family with apt-get, and the kernel lets us have mount
 * and UTS namespaces of our own (a container without CAP_SYS_ADMIN does not). Asks and tries; changes nothing. `reason` is
 * one plain sentence that says what to do.
 */
export async function canHostLab(): Promise<LabPossibility> {
  const no = (reason: string): LabPossibility => ({ possible: false, reason });
  if (platform !== 'linux' || arch !== 'x64') {
    return no(`a lab host needs Linux on x86_64, and this is ${platform} on ${arch}`);
  }
  if (process.getuid?.() !== 0)
    return no('not root: a lab host mounts folders of its own; run it as root (sudo)');
  const family = distribution();
  if (!family.includes('debian') || family.includes('ubuntu')) {
    return no(
      `this is ${family[0] ?? 'an unknown distribution'}: the lab's guest is made from Debian's packages`,
    );
  }
  for (const tool of [
    '/usr/bin/apt-get',
    '/usr/bin/dpkg-deb',
    '/usr/bin/perl',
    '/usr/bin/tar',
    '/usr/bin/ldd',
  ]) {
    if (!executable(tool) && !executable(tool.replace('/usr', ''))) return no(`${tool} is missing`);
  }
  // The three system calls the host supervisor lives on, tried in a process that ends at once.
  const probe =
    'my ($none, $root, $type, $empty, $mnt) = ("none", "/", "tmpfs", "", "/mnt"); ' +
    'syscall(272, 0x4020000) == 0 && syscall(165, $none, $root, $none, 0x44000, $empty) == 0 && ' +
    'syscall(165, $none, $mnt, $type, 0, $empty) == 0 or die "$!\\n"';
  const tried = await tryCommand('perl', ['-e', probe], { timeoutMs: 10_000 });
  if (tried.exitCode !== 0) {
    return no(
      `the kernel refuses a mount namespace of our own (${tried.stderr.trim()}): in a container give it CAP_SYS_ADMIN`,
    );
  }
  return { possible: true };
}

/** `ID` and `ID_LIKE` of os-release(5), in that order. */
function distribution(): string[] {
  try {
    const text = readFileSync('/etc/os-release', 'utf8');
    return ['ID', 'ID_LIKE'].flatMap(
      key => new RegExp(`^${key}="?([^"\\n]*)`, 'm').exec(text)?.[1]?.split(/\s+/).filter(Boolean) ?? [],
    );
  } catch {
    return [];
  }
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
