import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { domainXml, type GuestOptions, insideHost, refuseGuest } from './domain-xml.ts';
import { hostSupervisorScript } from './host-supervisor.ts';
import { LabError } from './lab-error.ts';
import { createGuest, type GuestGround, type GuestIdentity, type LabGuest } from './lab-guest.ts';
import {
  carriesMarker,
  type ProcessIdentity,
  processesWithMarker,
  readPid,
  sendSignal,
} from './processes.ts';
import { plainEnvironment, runCommand } from './run-command.ts';
import { virshAt } from './virsh.ts';
import { waitUntil } from './waiting.ts';

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

export type HostPlace = {
  /** The host's own folder. */
  folder: string;
  imageFolder: string;
  cacheFolder: string;
  /** Source name of the mount all processes of the host can see, and no other process can. */
  marker: string;
  /** The host ends when this process does. */
  owner?: ProcessIdentity | undefined;
};

type HostFile = { format: 1; name: string; hostUuid: string };

const grounds = new WeakMap<LabHost, GuestGround>();

/** The host that lives, or is to live, in `place`. Starts nothing. */
export function openHost(name: string, place: HostPlace): LabHost {
  const { folder, marker } = place;
  const socketPath = join(folder, 'run/libvirt-sock');
  if (Buffer.byteLength(join(folder, 'run/lab', `${'x'.repeat(40)}.cmd`)) > 107) {
    throw new LabError(
      'bad-argument',
      `lab folder ${folder} is too long for unix sockets: use a shorter one`,
    );
  }
  const { hostUuid } = readHostFile(folder) ?? { hostUuid: randomUUID() };
  const uri = `qemu+unix:///system?socket=${encodeURI(socketPath)}`;
  const virsh = virshAt(uri);

  const supervisorPid = () => ownPid(join(folder, 'supervisor.pid'), marker);
  const libvirtdPid = () => ownPid(join(folder, 'run/libvirtd.pid'), marker);
  const requireLibvirtd = () => {
    const pid = libvirtdPid();
    if (pid === undefined) throw new LabError('host-failed', `lab host ${name} has no running libvirtd`);
    return pid;
  };
  const libvirtdGone = (pid: number) =>
    waitUntil(`the end of libvirtd ${pid}`, () => (carriesMarker(pid, marker) ? undefined : true), {
      timeoutMs: 20_000,
      everyMs: 10,
    });
  const notUp = (cause: unknown): never => {
    throw new LabError('host-failed', `lab host ${name} did not come up. ${lastLines(folder)}`, { cause });
  };
  const libvirtdAnswers = async () => {
    let lastSeenMs = performance.now();
    const answer = await waitUntil(
      `libvirtd of lab host ${name} answering`,
      async () => {
        if (libvirtdPid() !== undefined) lastSeenMs = performance.now();
        else if (performance.now() - lastSeenMs > 10_000) return 'gone';
        await knock(socketPath);
        await virsh.run(['version'], { timeoutMs: 10_000 });
        return 'up';
      },
      { timeoutMs: 60_000, everyMs: 50 },
    ).catch(notUp);
    if (answer === 'gone') notUp(new LabError('host-failed', 'libvirtd ended'));
  };

  const guestFile = (guest: string) => join(folder, 'guests', `${guest}.json`);
  const guestFrom = (identity: GuestIdentity) =>
    createGuest(identity, groundFor(identity), {
      groundOf: target => groundWith(target, identity),
      moved: (from, to) => {
        const file = `guests/${identity.name}.json`;
        renameSync(join(from.folder, file), join(to.folder, file));
      },
      gone: ground => rmSync(join(ground.folder, 'guests', `${identity.name}.json`), { force: true }),
    });
  const groundFor = (identity: GuestIdentity): GuestGround => ({
    host,
    folder,
    marker,
    virsh,
    prepare: () => prepareDisk(identity, supervisorPid()),
  });

  const host: LabHost = {
    name,
    socketPath,
    uri,
    hostUuid,
    libvirtdPid,
    isRunning: () => supervisorPid() !== undefined,
    killLibvirtd: async () => {
      const pid = requireLibvirtd();
      sendSignal(pid, 'SIGKILL');
      await libvirtdGone(pid);
    },
    stopLibvirtd: async () => {
      const pid = libvirtdPid();
      if (pid === undefined) return;
      sendSignal(pid, 'SIGTERM');
      await libvirtdGone(pid);
    },
    startLibvirtd: async () => {
      const pid = supervisorPid();
      if (pid === undefined)
        throw new LabError('host-failed', `lab host ${name} is not running: start it first`);
      sendSignal(pid, 'SIGUSR1');
      await libvirtdAnswers();
    },
    freezeLibvirtd: () => sendSignal(requireLibvirtd(), 'SIGSTOP'),
    thawLibvirtd: () => sendSignal(requireLibvirtd(), 'SIGCONT'),
    start: async () => {
      if (supervisorPid() === undefined) {
        await endMarked(marker);
        prepareFolder(folder, { format: 1, name, hostUuid });
        launch(name, place);
        await waitUntil(`the supervisor of lab host ${name}`, supervisorPid, {
          timeoutMs: 20_000,
          everyMs: 10,
        }).catch(notUp);
      } else if (libvirtdPid() === undefined) {
        sendSignal(supervisorPid() ?? 0, 'SIGUSR1');
      }
      await libvirtdAnswers();
    },
    stop: async () => {
      const pid = supervisorPid();
      if (pid !== undefined) sendSignal(pid, 'SIGTERM');
      await waitUntil(
        `the end of lab host ${name}`,
        () => (supervisorPid() === undefined ? true : undefined),
        {
          timeoutMs: 5_000,
          everyMs: 10,
        },
      ).catch(() => {}); // a supervisor that does not obey is killed like all the rest
      await endMarked(marker);
    },
    guests: () => listGuests(folder).map(guestFrom),
    guest: async (guestName, { start = true, signal, ...options } = {}) => {
      const refusal = refuseGuest(guestName, options);
      if (refusal !== undefined) throw new LabError('bad-argument', refusal);
      const identity = { name: guestName, uuid: options.uuid ?? randomUUID(), options };
      await defineGuest(identity);
      const guest = guestFrom(identity);
      if (start) await guest.start(signal ? { signal } : {});
      return guest;
    },
  };

  async function defineGuest(identity: GuestIdentity): Promise<void> {
    const state = await virsh.attempt(['domstate', identity.name]);
    if (state.exitCode === 0) {
      if (state.stdout.trim() !== 'shut off') {
        throw new LabError(
          'bad-argument',
          `guest ${identity.name} exists and is ${state.stdout.trim()}: remove it first`,
        );
      }
      await virsh.run(['undefine', identity.name, '--managed-save']);
    }
    const xmlPath = join(folder, 'guests', `${identity.name}.xml`);
    writeFileSync(xmlPath, domainXml(identity));
    writeFileSync(guestFile(identity.name), JSON.stringify(identity));
    rmSync(join(folder, 'log/console', `${identity.name}.log`), { force: true });
    try {
      await virsh.run(['define', xmlPath]);
    } finally {
      rmSync(xmlPath, { force: true });
    }
  }

  grounds.set(host, groundFor({ name: '', uuid: '', options: {} }));
  return host;
}

/** Ends every process that carries `marker`, however it was started, and resolves to their number. */
export async function endMarked(marker: string): Promise<number> {
  const seen = new Set<number>();
  await waitUntil(
    'the end of all processes of the lab',
    () => {
      const pids = processesWithMarker(marker);
      for (const pid of pids) {
        seen.add(pid);
        sendSignal(pid, 'SIGKILL');
      }
      return pids.length === 0 ? true : undefined;
    },
    { timeoutMs: 15_000, everyMs: 20 },
  );
  return seen.size;
}

/** What is known of the host in `folder`; undefined when there is none. */
export function readHostFile(folder: string): HostFile | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'host.json'), 'utf8')) as HostFile;
  } catch {
    return undefined;
  }
}

function groundWith(host: LabHost, identity: GuestIdentity): GuestGround {
  const ground = grounds.get(host);
  if (ground === undefined || !host.isRunning()) {
    throw new LabError('bad-argument', `guest ${identity.name} can only migrate to a running host of a lab`);
  }
  return ground;
}

function listGuests(folder: string): GuestIdentity[] {
  const inside = join(folder, 'guests');
  if (!existsSync(inside)) return [];
  return readdirSync(inside)
    .filter(file => file.endsWith('.json'))
    .sort()
    .map(file => JSON.parse(readFileSync(join(inside, file), 'utf8')) as GuestIdentity);
}

function ownPid(path: string, marker: string): number | undefined {
  const pid = readPid(path);
  return pid !== undefined && carriesMarker(pid, marker) ? pid : undefined;
}

/** The folders and configuration of a host before it starts. What a machine loses at a power cut is emptied. */
function prepareFolder(folder: string, file: HostFile): void {
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
`;

/** Starts the supervisor in a session of its own: a Ctrl-C in the terminal does not reach the host. */
function launch(name: string, place: HostPlace): void {
  const { folder, imageFolder, cacheFolder, marker, owner } = place;
  const log = openSync(join(folder, 'log/supervisor.log'), 'a');
  const { pid, startTicks } = owner ?? { pid: 0, startTicks: '0' };
  const args = [folder, imageFolder, cacheFolder, name, marker, String(pid), startTicks];
  try {
    const child = spawn('perl', [join(folder, 'supervisor.pl'), ...args], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
      env: plainEnvironment,
    });
    child.on('error', () => {}); // shows itself as a supervisor that does not come up
    child.unref();
  } finally {
    closeSync(log);
  }
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

/** Resolves when something accepts connections at `path`. */
function knock(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

/** What the host's programs said last, for an error message. */
function lastLines(folder: string): string {
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
