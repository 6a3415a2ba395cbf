/**
 * libvirt's connection URIs: `driver[+transport]://[host]/path[?parameters]`
 * (https://libvirt.org/uri.html). Only local unix sockets are spoken so far; every other transport is
 * recognised, so that the refusal can say what it is.
 */

import { LibvirtError } from '../libvirt-error.ts';

export type LibvirtUri = {
  transport: 'unix';
  /** `qemu`, `test`, … */
  driver: string;
  /** What CONNECT_OPEN takes: the URI without transport, host and our own parameters. */
  driverName: string;
  /** From `?socket=`; absent: the places where the daemon usually is, see `unixSocketPaths`. */
  socketPath?: string;
};

const knownTransports = ['unix', 'tcp', 'tls', 'ssh', 'ext', 'libssh', 'libssh2'];

/**
 * Reads `qemu:///system`, `qemu+unix:///system?socket=/path`, `test:///default`, …
 *
 * Throws `LibvirtError`: `unsupported` for a transport, host or parameter that libvirt knows and this
 * package does not speak yet, `invalid-argument` for what is no libvirt URI.
 */
export function parseLibvirtUri(uri: string): LibvirtUri {
  const parts = /^([a-z][a-z0-9]*)(?:\+([a-z0-9]+))?:\/\/([^/?#]*)(\/[^?#]*)(?:\?([^#]*))?$/i.exec(uri);
  if (!parts) {
    throw new LibvirtError({
      code: 'invalid-argument',
      message: `expected a libvirt URI such as qemu:///system, found ${JSON.stringify(uri)}`,
    });
  }
  const [, driver = '', transport, host = '', path = '', query = ''] = parts;
  requireUnix(uri, transport?.toLowerCase() ?? (host === '' ? 'unix' : 'tls'), host);

  let socketPath: string | undefined;
  for (const [name, value] of new URLSearchParams(query)) {
    if (name !== 'socket') throw unsupported(uri, `its parameter "${name}" is not supported yet`);
    socketPath = value;
  }
  if (path === '/session' && socketPath === undefined) {
    throw unsupported(uri, 'a session daemon is found only by its socket, so add ?socket=/path');
  }
  const driverName = `${driver}://${path}`;
  return { transport: 'unix', driver, driverName, ...(socketPath !== undefined && { socketPath }) };
}

/**
 * Where the daemon's socket may be, in the order to try: the one of the URI, or first the driver's own
 * daemon (virtqemud) and then libvirtd or its stand-in virtproxyd.
 */
export function unixSocketPaths(uri: LibvirtUri, { readOnly = false } = {}): readonly string[] {
  if (uri.socketPath !== undefined) return [uri.socketPath];
  const suffix = readOnly ? '-ro' : '';
  const folder = '/var/run/libvirt';
  const whole = `${folder}/libvirt-sock${suffix}`;
  return uri.driver === 'qemu' ? [`${folder}/virtqemud-sock${suffix}`, whole] : [whole];
}

function requireUnix(uri: string, transport: string, host: string): void {
  if (!knownTransports.includes(transport)) {
    throw new LibvirtError({
      code: 'invalid-argument',
      message: `expected a transport of ${knownTransports.join(', ')}, found "${transport}" in ${uri}`,
    });
  }
  if (transport !== 'unix') throw unsupported(uri, `transport ${transport} is not supported yet`);
  if (host !== '') throw unsupported(uri, 'a unix socket is local, so it takes no host');
}

const unsupported = (uri: string, why: string): LibvirtError =>
  new LibvirtError({
    code: 'unsupported',
    message: `${uri}: ${why}; use a unix socket (qemu:///system), or pass \`open\` with a stream of your own`,
  });
