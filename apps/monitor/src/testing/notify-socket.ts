import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Node has no datagram sockets of UNIX; the perl that every Debian has does. */
const listener = `
  use Socket;
  $| = 1;
  socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
  bind($socket, pack_sockaddr_un($ARGV[0])) or die "bind: $!";
  print "listening\\n";
  while (defined recv($socket, my $message, 4096, 0)) {
    print join(' ', split(/\\n/, $message)), "\\n";
  }
`;

/** Listens as systemd does at NOTIFY_SOCKET. */
export async function notifySocket(path: string): Promise<{ heard: () => string[]; close: () => void }> {
  const child = spawn('perl', ['-e', listener, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', chunk => {
    output += chunk;
  });
  await once(child.stdout, 'data');
  return {
    heard: () =>
      output
        .split('\n')
        .slice(1, -1)
        .filter(message => message !== 'BARRIER=1'), // Of systemd-notify's own: it waits to be read.
    close: () => void child.kill(),
  };
}

/** Why systemd cannot be told here, if so. */
export const noSystemdNotify = spawnSync('systemd-notify', ['--version']).error?.message;
