import { connectLibvirt, type LibvirtConnection } from '@instance-ha/libvirt-rpc';
import type { Program } from './program.ts';
import type { VirtualHost } from './virtual-host.ts';

/** A program's connection to one host's libvirtd, over real frames. */
export async function connectTo(
  host: VirtualHost,
  program: Program,
  options: { signal: AbortSignal; keepalive: { intervalMs: number; count: number } },
): Promise<LibvirtConnection> {
  const open = async () => {
    const stream = await host.libvirtd.open();
    program.owns(stream);
    return stream;
  };
  const connection = await connectLibvirt({ open, timers: program.timers, ...options });
  return tellingPersistence(host, connection);
}

/** The fake daemon knows no filter by persistence. */
function tellingPersistence(host: VirtualHost, connection: LibvirtConnection): LibvirtConnection {
  const listDomains = async (
    filter: { active?: boolean; persistent?: boolean } = {},
    ...rest: [Parameters<LibvirtConnection['listDomains']>[1]?]
  ) => {
    const domains = await connection.listDomains(filter, ...rest);
    const { guests } = host.libvirtd;
    return domains.filter(
      ({ uuid }) => filter.persistent === undefined || guests.get(uuid)?.persistent === filter.persistent,
    );
  };
  return Object.create(connection, {
    listDomains: { value: listDomains, configurable: true, writable: true },
  }) as LibvirtConnection;
}
