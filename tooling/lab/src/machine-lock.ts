import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { LabError } from './lab-error.ts';
import { waitUntil } from './waiting.ts';

export type MachineLock = { release: () => Promise<void> };

export type MachineLockOptions = {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** Called once when another process holds the lock. */
  onWait?: () => void;
};

/**
 * One holder at a time on this machine for `name`. The lock is a listening abstract unix socket (`unix(7)`): the kernel gives
 * it up in the instant its holder dies, so there is no stale lock file to judge.
 */
export async function lockMachine(name: string, options: MachineLockOptions): Promise<MachineLock> {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 32);
  let told = false;
  const server = await waitUntil(
    `the lock "${name}"`,
    async () => {
      const got = await listen(`\0instance-ha-lab-${digest}`);
      if (got === undefined && !told) {
        told = true;
        options.onWait?.();
      }
      return got;
    },
    { timeoutMs: options.timeoutMs, everyMs: 100, signal: options.signal },
  );
  return { release: () => new Promise(resolve => server.close(() => resolve())) };
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy());
    server.once('error', (cause: NodeJS.ErrnoException) =>
      cause.code === 'EADDRINUSE'
        ? resolve(undefined)
        : reject(new LabError('host-failed', `the lab lock could not be taken: ${cause.message}`, { cause })),
    );
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}
