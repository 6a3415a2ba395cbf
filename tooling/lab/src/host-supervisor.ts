/**
 * The program above one lab host's libvirtd, as the text of a small Perl script (perl-base is essential on Debian).
 *
 * Perl and not Node, because three things must happen in one process that lives as long as the host: leave the machine's
 * mount and UTS namespaces, become the subreaper of everything below, and reap at once. libvirt waits for a dead QEMU's pid
 * to vanish, so a parent that reaps late makes every "stopped" event late.
 *
 *   perl - HOST_FOLDER IMAGE_FOLDER CACHE_FOLDER HOST_NAME MARKER OWNER_PID OWNER_START_TICKS
 *
 * SIGUSR1 starts libvirtd when it is not running. SIGTERM is a power cut: every process below is killed and the host ends.
 * So does the end of the owner (when OWNER_PID is not 0) and the removal of the host's folder.
 *
 * Inside the namespace `/run` and `/var` are empty private folders: the machine's own libvirt, D-Bus, systemd-machined and
 * udev sockets cannot even be seen. Numbers of system calls: Linux arch/x86/entry/syscalls/syscall_64.tbl; flags:
 * include/uapi/linux/sched.h (CLONE_NEWNS, CLONE_NEWUTS), include/uapi/linux/mount.h, include/uapi/linux/prctl.h.
 */
export const hostSupervisorScript = String.raw`
use strict; use warnings; use POSIX ();

my ($host, $image, $cache, $name, $marker, $owner, $ownerStart) = @ARGV;
use constant { SYS_setitimer => 38, SYS_sched_setscheduler => 144, SYS_prctl => 157, SYS_mount => 165, SYS_sethostname => 170, SYS_unshare => 272 };
use constant { CLONE_NEWNS => 0x20000, CLONE_NEWUTS => 0x4000000, PR_SET_CHILD_SUBREAPER => 36 };
use constant { MS_BIND => 0x1000, MS_REC => 0x4000, MS_PRIVATE => 0x40000 };

sub fail { print STDERR "lab host $name: $_[0]: $!\n"; exit 1 }

# perl hands strings that were used as numbers to the kernel as numbers: keep these texts.
sub mount_at { my ($source, $target, $type, $flags, $data) = map { "$_" } @_;
  syscall(SYS_mount, $source, $target, $type, $flags + 0, $data) == 0 or fail("mount $source on $target") }
sub folder { my $path = ''; for (split m{/}, $_[0]) { next if $_ eq ''; $path .= "/$_";
  -d $path or mkdir($path, 0755) or fail("mkdir $path") } }
sub bind_at { my ($source, $target) = @_; folder($target); mount_at($source, $target, 'none', MS_BIND, '') }

# --- leave the machine's namespaces
syscall(SYS_unshare, CLONE_NEWNS | CLONE_NEWUTS) == 0 or fail('unshare');
mount_at('none', '/', 'none', MS_REC | MS_PRIVATE, '');
syscall(SYS_sethostname, "$name", length $name) == 0 or fail('sethostname');

# The lab's own folders may lie under /var or /run: hold them open while those are covered.
my (%held, %at);
for (['host', $host], ['image', $image], ['cache', $cache]) { my ($key, $path) = @$_;
  open($held{$key}, '<', $path) or fail("open $path"); $at{$key} = '/proc/self/fd/' . fileno($held{$key}) }
mount_at($marker, '/run', 'tmpfs', 0, 'size=64m,mode=0755');
mount_at('instance-ha-lab-var', '/var', 'tmpfs', 0, 'size=64m,mode=0755');
symlink('/run', '/var/run') or fail('symlink /var/run');
folder('/var/tmp');
bind_at($at{host}, '/run/lab-host');
bind_at($at{image}, '/run/lab-image');
bind_at($at{cache}, '/var/cache/libvirt');
bind_at('/run/lab-host/run', '/run/libvirt');
bind_at('/run/lab-host/lib', '/var/lib/libvirt');
bind_at('/run/lab-host/log', '/var/log/libvirt');
-d '/etc/libvirt' or fail('/etc/libvirt is missing (Debian package libvirt-clients)');
mount_at('/run/lab-host/etc', '/etc/libvirt', 'none', MS_BIND, '');
# libvirt wants a user libvirt-qemu to exist, and asks the resolver for its own host name.
for (qw(passwd group hosts)) { mount_at("/run/lab-host/etc/$_", "/etc/$_", 'none', MS_BIND, '') if -e "/etc/$_" }
chdir('/') or fail('chdir');

# --- become the parent of everything below
syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 or fail('prctl');
# libvirt looks for the dead QEMU as soon as its monitor socket closes, and then only each 200 ms: be woken first. Children
# begin at the normal priority. Where it is not allowed, events are merely late.
use constant { SCHED_FIFO => 1, SCHED_RESET_ON_FORK => 0x40000000 };
my $priority = pack 'i', 1;
syscall(SYS_sched_setscheduler, 0, SCHED_FIFO | SCHED_RESET_ON_FORK, $priority);
my $daemon = 0;

sub start_daemon {
  if ($daemon) {
    # A killed libvirtd is a zombie that cannot be reaped while some of its threads are still ending.
    return if waitpid($daemon, POSIX::WNOHANG()) == 0 && stat_field($daemon, 0) ne 'Z';
    waitpid $daemon, 0;
  }
  my $pid = fork; defined $pid or return;
  if ($pid) { $daemon = $pid; return }
  $SIG{$_} = 'DEFAULT' for qw(USR1 TERM ALRM INT HUP);
  # Only the QEMU driver: no networks, no firewall rules, no storage pools, no device scan.
  %ENV = (PATH => '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL => 'C', HOME => '/run',
    LIBVIRT_DRIVER_DIR => '/etc/libvirt/drivers', DBUS_SYSTEM_BUS_ADDRESS => 'unix:path=/run/no-system-bus');
  { exec 'libvirtd', '-f', '/etc/libvirt/libvirtd.conf', '-p', '/run/libvirt/libvirtd.pid' }
  POSIX::_exit(127);
}

# Every process in this namespace carries the marker in its mount table, whoever its parent is.
sub members { my @pids; opendir(my $proc, '/proc') or return; my $own = readlink "/proc/$$/ns/mnt";
  for (readdir $proc) { next unless /^\d+$/ && $_ != $$; my $ns = readlink "/proc/$_/ns/mnt"; push @pids, $_ if defined $ns && $ns eq $own }
  return @pids }

sub power_cut {
  $SIG{$_} = 'IGNORE' for qw(USR1 TERM ALRM INT HUP);
  for (1 .. 200) {
    my @pids = members(); kill 'KILL', @pids;
    my $reaped; do { $reaped = waitpid -1, POSIX::WNOHANG() } while $reaped > 0;
    last if !@pids && $reaped == -1;
    select undef, undef, undef, 0.02;
  }
  unlink '/run/lab-host/supervisor.pid';
  exit 0;
}

# Fields of /proc/PID/stat counted from the state, as 0, on; '' when there is no such process.
sub stat_field { my ($pid, $index) = @_; open(my $f, '<', "/proc/$pid/stat") or return ''; my $line = <$f>;
  return '' unless defined $line; $line =~ s/^.*\) //s; return (split / /, $line)[$index] }

sub look_around {
  power_cut() if !-e '/run/lab-host/host.json';
  power_cut() if $owner && stat_field($owner, 19) ne $ownerStart;
}

$SIG{TERM} = \&power_cut; $SIG{INT} = 'IGNORE'; $SIG{HUP} = 'IGNORE';
$SIG{USR1} = \&start_daemon; $SIG{ALRM} = \&look_around;
open(my $file, '>', '/run/lab-host/supervisor.pid.new') or fail('supervisor.pid'); print $file "$$\n"; close $file;
rename '/run/lab-host/supervisor.pid.new', '/run/lab-host/supervisor.pid' or fail('supervisor.pid');
# A signal that comes just before a blocking call is handled only when the next one interrupts that call: so the clock must
# tick by itself, or one lost tick would be the last.
my $everySecond = pack 'q4', 1, 0, 1, 0;
syscall(SYS_setitimer, 0, $everySecond, 0) == 0 or fail('setitimer');
start_daemon();
while (1) {
  my $pid = waitpid -1, 0;   # runs the handlers above when a signal interrupts it, then waits on
  if ($pid == $daemon) { $daemon = 0 }
  select undef, undef, undef, 0.1 if $pid == -1;
}
`;
