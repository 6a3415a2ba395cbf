import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands before a service and passes bytes on, until it is told to fall silent. */
export type SilentProxy = {
  /** The service's address, by way of the proxy. */
  url: string;
  /** Takes connections and answers nothing. */
  fallSilent(): void;
  speakAgain(): void;
  close(): Promise<void>;
};

export async function startProxy(target: string): Promise<SilentProxy> {
  const { hostname, port, pathname } = new URL(target);
  const sockets = new Set<Socket>();
  let silent = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer(near => {
    keep(near);
    if (silent) {
      near.resume();
      return;
    }
    const far = connect(Number(port), hostname);
    keep(far);
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    fallSilent: () => {
      silent = true;
    },
    speakAgain: () => {
      silent = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
