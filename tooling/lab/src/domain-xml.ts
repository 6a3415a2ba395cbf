/** What QEMU does when its watchdog fires (https://libvirt.org/formatdomain.html#watchdog-devices). */
export type WatchdogAction = 'reset' | 'poweroff' | 'pause' | 'shutdown' | 'inject-nmi' | 'dump';

export type GuestOptions = {
  /** Random (version 4) when not given. */
  uuid?: string;
  /** At least 104, below which the kernel does not boot; default 128. */
  memoryMiB?: number;
  /** What libvirt does after a guest panic; default `destroy`, as Nova has it. */
  onCrash?: 'destroy' | 'restart' | 'preserve';
  /** What libvirt does when the guest reboots; default `restart`. */
  onReboot?: 'restart' | 'destroy' | 'preserve';
  /** A watchdog device i6300esb with this action; default none. */
  watchdog?: WatchdogAction;
  /** A pvpanic device, by which a guest tells QEMU of its panic; default true. A guest of OpenStack has none by default. */
  panicDevice?: boolean;
  /** Seconds after which a panicked kernel reboots by itself; default 0, never. */
  panicTimeoutS?: number;
  /** Whether the guest starts its agent; default true. `false` leaves the channel unanswered. */
  agent?: boolean;
  /** Whether the guest has an agent channel at all; default true. */
  agentChannel?: boolean;
  /** A channel on which the guest writes `HB <counter> <uptime>` once a second; `true` names it org.xavs.heartbeat.0. Default none. */
  heartbeatChannel?: boolean | string;
  /** A disk of 64 MiB that is full after 6 MiB, for the fault `io-error`; `errorPolicy` as in libvirt, default QEMU's own (`stop` on a full disk). */
  ioDisk?: { errorPolicy?: 'stop' | 'report' | 'ignore' };
  /** Any unsigned decimal number of virtual processors; default 1. */
  vcpus?: number;
};

/** Paths as a lab host sees them, the same on every host of a lab: so a guest can move from one to the other. */
export const insideHost = {
  kernel: '/run/lab-image/vmlinux',
  initrd: '/run/lab-image/initrd',
  channel: (guest: string, kind: 'cmd' | 'hb') => `/run/libvirt/lab/${guest}.${kind}`,
  console: (guest: string) => `/var/log/libvirt/console/${guest}.log`,
  ioDiskFolder: (guest: string) => `/run/lab-disks/${guest}`,
};

const heartbeatPort = (options: GuestOptions): string | undefined =>
  options.heartbeatChannel === true ? 'org.xavs.heartbeat.0' : options.heartbeatChannel || undefined;

/**
 * The domain of a lab guest as libvirt XML (https://libvirt.org/formatdomain.html). Type `qemu`: pure emulation boots everywhere,
 * also where /dev/kvm is missing or cannot run a stock kernel.
 */
export function domainXml(guest: { name: string; uuid: string; options: GuestOptions }): string {
  const { name, uuid, options } = guest;
  const port = heartbeatPort(options);
  const channel = (target: string, path?: string) =>
    `<channel type='unix'>${path === undefined ? '' : `<source mode='bind' path='${path}'/>`}<target type='virtio' name='${target}'/></channel>`;
  const policy =
    options.ioDisk?.errorPolicy === undefined ? '' : ` error_policy='${options.ioDisk.errorPolicy}'`;
  const devices = [
    `<controller type='usb' model='none'/>`,
    `<controller type='virtio-serial' index='0'/>`,
    `<serial type='file'><source path='${insideHost.console(name)}' append='on'/><target port='0'/></serial>`,
    options.agentChannel === false ? '' : channel('org.qemu.guest_agent.0'),
    port === undefined ? '' : channel(port, insideHost.channel(name, 'hb')),
    channel('org.lab.cmd.0', insideHost.channel(name, 'cmd')),
    options.ioDisk === undefined
      ? ''
      : `<disk type='file' device='disk'><driver name='qemu' type='raw' cache='writeback'${policy}/>` +
        `<source file='${insideHost.ioDiskFolder(name)}/disk.raw'/><target dev='vda' bus='virtio'/></disk>`,
    options.watchdog === undefined ? '' : `<watchdog model='i6300esb' action='${options.watchdog}'/>`,
    options.panicDevice === false ? '' : `<panic model='isa'/>`,
    `<memballoon model='none'/>`,
  ];
  return `<domain type='qemu'>
  <name>${name}</name><uuid>${uuid}</uuid>
  <memory unit='MiB'>${options.memoryMiB ?? 128}</memory><vcpu>${options.vcpus ?? 1}</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>${insideHost.kernel}</kernel><initrd>${insideHost.initrd}</initrd>
    <cmdline>${kernelArguments(options)}</cmdline>
  </os>
  <features><acpi/><tcg><tb-cache unit='MiB'>32</tb-cache></tcg></features>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>${options.onReboot ?? 'restart'}</on_reboot>
  <on_crash>${options.onCrash ?? 'destroy'}</on_crash>
  <devices>
    ${devices.filter(Boolean).join('\n    ')}
  </devices>
</domain>
`;
}

function kernelArguments(options: GuestOptions): string {
  return [
    'console=ttyS0 quiet',
    `panic=${options.panicTimeoutS ?? 0}`,
    `lab.agent=${options.agent === false ? 'off' : 'on'}`,
    `lab.heartbeat=${heartbeatPort(options) ?? 'none'}`,
    // What makes the kernel boot faster under emulation.
    'nokaslr mitigations=off random.trust_cpu=on tsc=reliable 8250.nr_uarts=1',
  ].join(' ');
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What is wrong with a guest's name or options, in one sentence; undefined when nothing is. */
export function refuseGuest(name: string, options: GuestOptions): string | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$/.test(name)) {
    return `guest name "${name}": expected 1 to 40 letters, digits, "-", "_" or ".", starting with a letter or digit`;
  }
  if (options.uuid !== undefined && !uuidPattern.test(options.uuid)) {
    return `guest ${name}: uuid "${options.uuid}" is not a lower-case UUID`;
  }
  const { memoryMiB = 128, vcpus = 1, panicTimeoutS = 0 } = options;
  if (!Number.isInteger(memoryMiB) || memoryMiB < 104 || memoryMiB > 4096) {
    return `guest ${name}: memoryMiB is ${memoryMiB}, expected a whole number from 104 to 4096`;
  }
  if (!Number.isInteger(vcpus) || vcpus < 1 || vcpus > 16) {
    return `guest ${name}: vcpus is ${vcpus}, expected 1 to 16`;
  }
  if (!Number.isInteger(panicTimeoutS) || panicTimeoutS < -1 || panicTimeoutS > 3600) {
    return `guest ${name}: panicTimeoutS is ${panicTimeoutS}, expected -1 to 3600`;
  }
  const port = heartbeatPort(options);
  if (port !== undefined && !/^[A-Za-z0-9_.-]{1,60}$/.test(port)) {
    return `guest ${name}: heartbeatChannel "${port}" is not a port name`;
  }
  return undefined;
}
