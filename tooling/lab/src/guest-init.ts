/**
 * The first process of a lab guest. It loads the modules, starts the guest agent and, when there is a port for it, a heartbeat of
 * one line a second; and it obeys the command port, whose every line is run by a shell. The command port works when the
 * agent is dead, which is the point of it. Kernel arguments: `lab.agent=off` starts no agent, `lab.heartbeat=PORT` names the
 * heartbeat port.
 */
export const guestInit = `#!/bin/sh
export PATH=/bin:/sbin:/usr/sbin
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys
exec >/dev/ttyS0 2>&1 </dev/null
while read -r module; do insmod /lib/modules/$module 2>/dev/null; done < /etc/modules.order
echo 1 > /proc/sys/kernel/sysrq
# There is no udev here: name the ports by hand.
mkdir -p /dev/virtio-ports
for port in /sys/class/virtio-ports/vport*; do
  [ -e $port/name ] && ln -sf ../\${port##*/} /dev/virtio-ports/$(cat $port/name)
done
arguments=" $(cat /proc/cmdline) "
option() { for word in $arguments; do case $word in lab.$1=*) echo \${word#*=}; return;; esac; done; echo $2; }
[ "$(option agent on)" = on ] && /sbin/start-agent
heartbeat=/dev/virtio-ports/$(option heartbeat none)
if [ -e $heartbeat ]; then
  ( beat=0; while :; do beat=$((beat+1)); read -r uptime _ < /proc/uptime; echo "HB $beat $uptime"; sleep 1; done > $heartbeat ) &
fi
# A port can be opened once: read and write on one descriptor. The shell ends when the host's side hangs up; then a new one waits.
if [ -e /dev/virtio-ports/org.lab.cmd.0 ]; then
  ( exec 3<>/dev/virtio-ports/org.lab.cmd.0; while :; do sh <&3 >&3 2>&1; usleep 200000; done ) &
fi
read -r uptime _ < /proc/uptime
echo "lab guest ready, uptime $uptime"
# What busybox's poweroff, reboot and halt, and the agent's shutdown, send to the first process.
trap 'echo init: poweroff; poweroff -f' USR2 TERM
trap 'echo init: reboot; reboot -f' USR1
trap 'echo init: halt; halt -f' HUP
while :; do sleep 3600 & wait $!; done
`;

/** Starts the guest agent when the guest has its port; also the fault \`agent-start\`. */
export const guestStartAgent = `#!/bin/sh
[ -e /dev/virtio-ports/org.qemu.guest_agent.0 ] || exit 0
exec qemu-ga -m virtio-serial -p /dev/virtio-ports/org.qemu.guest_agent.0 -t /run -f /run/qga.pid -d
`;

/** The agent's shutdown calls \`/sbin/shutdown -h {-P|-H|-r} +0 text\`. */
export const guestShutdown = `#!/bin/sh
case " $* " in *" -r "*) exec /bin/reboot -f;; *) exec /bin/poweroff -f;; esac
`;

/** The busybox programs that exist in a guest, by name. */
export const guestPrograms =
  'sh mount umount mkdir rmmod lsmod usleep ln cat echo sleep insmod mknod poweroff reboot halt ps kill killall ls mv rm seq dd yes renice setsid free dmesg date head tail grep sync touch true wc'.split(
    ' ',
  );

/** Kernel modules of a guest, in wish order: ports, disk, panic device, watchdog, random numbers. */
export const guestModules = [
  'virtio_pci',
  'virtio_console',
  'virtio_blk',
  'pvpanic-mmio',
  'pvpanic-pci',
  'i6300esb',
  'virtio-rng',
];
