import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import { LibvirtError } from '../libvirt-error.ts';

const meanings: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket: the daemon was stopped, or never started',
  ECONNREFUSED: 'nobody listens on it: the daemon was killed',
  EACCES: 'this user may not open it',
};

/**
 * Opens libvirt's unix socket. Rejects with `connect-failed` (`cause` is the system's error), or with
 * `aborted` by `signal`. The stream is the caller's to destroy.
 */
export function dialUnix(
  path: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(path, signal));
    const socket = createConnection({ path });
    const settle = (error?: LibvirtError) => {
      signal?.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      socket.off('connect', onConnect);
      if (!error) return resolve(socket);
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const onConnect = () => settle();
    const onError = (error: NodeJS.ErrnoException) =>
      settle(
        new LibvirtError({
          code: 'connect-failed',
          message: `cannot open ${path}: ${meanings[error.code ?? ''] ?? error.message}`,
          cause: error,
        }),
      );
    const onAbort = () => settle(aborted(path, signal));
    socket.once('connect', onConnect);
    socket.once('error', onError);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

const aborted = (path: string, signal: AbortSignal | undefined): LibvirtError =>
  new LibvirtError({ code: 'aborted', message: `opening ${path} was aborted`, cause: signal?.reason });

/** Tries the sockets in order, going on only where nobody is behind one; rejects with what the last one said. */
export async function dialFirst(paths: readonly string[], signal: AbortSignal): Promise<Duplex> {
  let refusal: unknown = new RangeError('expected at least one socket path');
  for (const path of paths) {
    try {
      return await dialUnix(path, { signal });
    } catch (error) {
      refusal = error;
      if (!isNobodyThere(error)) throw error;
    }
  }
  throw refusal;
}

function isNobodyThere(error: unknown): boolean {
  const cause = LibvirtError.isInstance(error)
    ? (error.cause as NodeJS.ErrnoException | undefined)
    : undefined;
  return cause?.code === 'ENOENT' || cause?.code === 'ECONNREFUSED';
}
