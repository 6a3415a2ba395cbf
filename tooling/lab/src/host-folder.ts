import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { hostSupervisorScript } from './host-supervisor.ts';
import type { GuestIdentity } from './lab-guest.ts';

/**
 * What a lab host has on disk:
 *
 *   host.json          its name and UUID; when it disappears, the host ends
 *   supervisor.pl,.pid the program above libvirtd
 *   etc/ run/ lib/ log/ seen by the host as /etc/libvirt, /run/libvirt, /var/lib/libvirt and /var/log/libvirt
 *   guests/NAME.json   each guest and its options
 */
export type HostFile = { format: 1; name: string; hostUuid: string };

/** What is known of the host in `folder`; undefined when there is none. */
export function readHostFile(folder: string): HostFile | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'host.json'), 'utf8')) as HostFile;
  } catch {
    return undefined;
  }
}

/** The folders and configuration of a host before it starts. What a machine loses at a power cut is emptied. */
export function prepareHostFolder(folder: string, file: HostFile): void {
  rmSync(join(folder, 'run'), { recursive: true, force: true });
  rmSync(join(folder, 'supervisor.pid'), { force: true });
  for (const part of ['run/lab', 'lib', 'log/console', 'etc/drivers', 'guests']) {
    mkdirSync(join(folder, part), { recursive: true, mode: 0o755 });
  }
  const driver = join(folder, 'etc/drivers/libvirt_driver_qemu.so');
  rmSync(driver, { force: true });
  symlinkSync('/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so', driver);
  writeFileSync(join(folder, 'etc/hosts'), `127.0.0.1 localhost\n127.0.1.1 ${file.name}\n`);
  writeFileSync(
    join(folder, 'etc/passwd'),
    `root:x:0:0:root:/root:/bin/sh\nlibvirt-qemu:x:64055:64055::/:/bin/false\n`,
  );
  writeFileSync(join(folder, 'etc/group'), 'root:x:0:\nlibvirt-qemu:x:64055:\nkvm:x:64056:\n');
  writeFileSync(join(folder, 'etc/libvirtd.conf'), libvirtdConf(file.hostUuid));
  writeFileSync(join(folder, 'etc/qemu.conf'), qemuConf);
  writeFileSync(join(folder, 'supervisor.pl'), hostSupervisorScript);
  writeFileSync(join(folder, 'host.json.new'), JSON.stringify(file));
  renameSync(join(folder, 'host.json.new'), join(folder, 'host.json'));
}

const libvirtdConf = (hostUuid: string) => `unix_sock_group = "root"
unix_sock_rw_perms = "0700"
auth_unix_ro = "none"
auth_unix_rw = "none"
host_uuid = "${hostUuid}"
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
`;

/** Without systemd, without users, groups, cgroups or a security driver of its own; QEMU logs to plain files. */
const qemuConf = `user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = []
cgroup_controllers = []
stdio_handler = "file"
max_core = 0
hugetlbfs_mount = []
`;

/** The guests of a host, sorted by name. */
export function listGuests(folder: string): GuestIdentity[] {
  const inside = join(folder, 'guests');
  if (!existsSync(inside)) return [];
  return readdirSync(inside)
    .filter(file => file.endsWith('.json'))
    .sort()
    .map(file => JSON.parse(readFileSync(join(inside, file), 'utf8')) as GuestIdentity);
}

export function saveGuest(folder: string, guest: GuestIdentity): void {
  writeFileSync(guestFile(folder, guest.name), JSON.stringify(guest));
}

export function moveGuest(name: string, from: string, to: string): void {
  renameSync(guestFile(from, name), guestFile(to, name));
}

export function forgetGuest(folder: string, name: string): void {
  rmSync(guestFile(folder, name), { force: true });
}

const guestFile = (folder: string, name: string) => join(folder, 'guests', `${name}.json`);

/** What the host's programs said last, for an error message. */
export function lastLines(folder: string): string {
  const logs = ['supervisor.log', 'libvirtd.log'].flatMap(file => {
    try {
      return readFileSync(join(folder, 'log', file), 'utf8')
        .trim()
        .split('\n')
        .slice(-3);
    } catch {
      return [];
    }
  });
  const said = logs.filter(Boolean).join(' | ');
  return said === '' ? `Its logs in ${join(folder, 'log')} are empty` : `Its logs say: ${said}`;
}
