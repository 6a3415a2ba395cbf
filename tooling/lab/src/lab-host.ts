import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { domainXml, type GuestOptions, insideHost, refuseGuest } from './domain-xml.ts';
import { createHostDaemon, type HostPlace } from './host-daemon.ts';
import { forgetGuest, listGuests, moveGuest, readHostFile, saveGuest } from './host-folder.ts';
import { LabError } from './lab-error.ts';
import { createGuest, type GuestGround, type GuestIdentity, type LabGuest } from './lab-guest.ts';
import { runCommand } from './run-command.ts';
import { type Virsh, virshAt } from './virsh.ts';

/** A private libvirtd with its guests: one "compute host" of the lab. */
export type LabHost = {
  readonly name: string;
  /** libvirtd's read-write socket. */
  readonly socketPath: string;
  /** For libvirt's own tools: `virsh --connect URI …`. */
  readonly uri: string;
  readonly hostUuid: string;
  /** Defines a guest, replacing a shut-off one of the same name, and starts it unless `start` is false. */
  guest: (
    name: string,
    options?: GuestOptions & { start?: boolean; signal?: AbortSignal },
  ) => Promise<LabGuest>;
  /** All guests the lab has on this host, also those made by another process. */
  guests: () => LabGuest[];
  /** The pid of libvirtd, undefined when it is not running. */
  libvirtdPid: () => number | undefined;
  /** SIGKILL. The guests live on; the socket then refuses connections. */
  killLibvirtd: () => Promise<void>;
  /** SIGTERM, and waits until it is gone. The guests live on; the socket file disappears. */
  stopLibvirtd: () => Promise<void>;
  /** Starts libvirtd when it does not run, and waits until it answers. */
  startLibvirtd: () => Promise<void>;
  /** SIGSTOP: it accepts connections and never answers. */
  freezeLibvirtd: () => void;
  /** SIGCONT. */
  thawLibvirtd: () => void;
  isRunning: () => boolean;
  /** A power cut: every process of the host is killed at once. Definitions of guests stay for the next start. */
  stop: () => Promise<void>;
  /** Starts the host again after `stop`. Nothing happens when it runs. */
  start: () => Promise<void>;
};

/** Where each host's guests stand, for those that migrate to it. */
const grounds = new WeakMap<LabHost, (guest: GuestIdentity) => GuestGround>();

/** The host that lives, or is to live, in `place`. Starts nothing. */
export function openHost(name: string, place: HostPlace): LabHost {
  const { folder, marker } = place;
  const socketPath = join(folder, 'run/libvirt-sock');
  const hostUuid = readHostFile(folder)?.hostUuid ?? randomUUID();
  const uri = `qemu+unix:///system?socket=${encodeURI(socketPath)}`;
  const virsh = virshAt(uri);
  const daemon = createHostDaemon({ format: 1, name, hostUuid }, place, virsh);

  const groundFor = (identity: GuestIdentity): GuestGround => ({
    host,
    folder,
    marker,
    virsh,
    prepare: () => prepareDisk(identity, daemon.supervisorPid()),
  });
  const guestFrom = (identity: GuestIdentity) =>
    createGuest(identity, groundFor(identity), {
      groundOf: target => groundOn(target, identity),
      moved: (from, to) => moveGuest(identity.name, from.folder, to.folder),
      gone: ground => forgetGuest(ground.folder, identity.name),
    });

  const host: LabHost = {
    name,
    socketPath,
    uri,
    hostUuid,
    libvirtdPid: daemon.libvirtdPid,
    isRunning: () => daemon.supervisorPid() !== undefined,
    killLibvirtd: () => daemon.endLibvirtd('SIGKILL'),
    stopLibvirtd: () => daemon.endLibvirtd('SIGTERM'),
    startLibvirtd: daemon.startLibvirtd,
    freezeLibvirtd: () => daemon.signalLibvirtd('SIGSTOP'),
    thawLibvirtd: () => daemon.signalLibvirtd('SIGCONT'),
    start: async () => {
      refuseLongPath(socketPath);
      await daemon.start();
    },
    stop: daemon.stop,
    guests: () => listGuests(folder).map(guestFrom),
    guest: async (guestName, { start = true, signal, ...options } = {}) => {
      const refusal = refuseGuest(guestName, options);
      if (refusal !== undefined) throw new LabError('bad-argument', refusal);
      refuseLongPath(join(folder, 'run/lab', `${guestName}.cmd`));
      const identity = { name: guestName, uuid: options.uuid ?? randomUUID(), options };
      await defineGuest(identity, folder, virsh);
      const guest = guestFrom(identity);
      if (start) await guest.start(signal ? { signal } : {});
      return guest;
    },
  };
  grounds.set(host, groundFor);
  return host;
}

async function defineGuest(identity: GuestIdentity, folder: string, virsh: Virsh): Promise<void> {
  const { name } = identity;
  const known = await virsh.attempt(['domstate', name]);
  const state = known.stdout.trim();
  if (known.exitCode === 0 && state !== 'shut off') {
    throw new LabError('bad-argument', `guest ${name} exists and is ${state}: remove it first`);
  }
  if (known.exitCode === 0) await virsh.run(['undefine', name, '--managed-save']);
  rmSync(join(folder, 'log/console', `${name}.log`), { force: true });
  const xmlPath = join(folder, 'guests', `${name}.xml`);
  writeFileSync(xmlPath, domainXml(identity));
  try {
    await virsh.run(['define', xmlPath]);
  } finally {
    rmSync(xmlPath, { force: true });
  }
  saveGuest(folder, identity);
}

function groundOn(host: LabHost, identity: GuestIdentity): GuestGround {
  const groundFor = grounds.get(host);
  if (groundFor !== undefined && host.isRunning()) return groundFor(identity);
  throw new LabError('bad-argument', `guest ${identity.name} can only migrate to a running host of a lab`);
}

/** A unix socket's path has at most 107 bytes (unix(7)). */
function refuseLongPath(socketPath: string): void {
  if (Buffer.byteLength(socketPath) <= 107) return;
  throw new LabError(
    'bad-argument',
    `${socketPath} is too long for a unix socket: use a shorter lab folder or name`,
  );
}

/** The disk of `ioDisk`: a sparse 64 MiB file on a 6 MiB tmpfs, mounted in the host's namespace only. */
async function prepareDisk(identity: GuestIdentity, supervisorPid: number | undefined): Promise<void> {
  if (identity.options.ioDisk === undefined || supervisorPid === undefined) return;
  const script =
    'mkdir -p "$1" && { mountpoint -q "$1" || mount -t tmpfs -o size=6m instance-ha-lab-disk "$1"; } && ' +
    '{ [ -e "$1/disk.raw" ] || truncate -s 64M "$1/disk.raw"; }';
  const args = [`--mount=/proc/${supervisorPid}/ns/mnt`, '--', 'sh', '-c', script, 'sh'];
  await runCommand('nsenter', [...args, insideHost.ioDiskFolder(identity.name)], { timeoutMs: 10_000 });
}
