import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { silent } from '@instance-ha/e2e';
import type { FiledNotification } from '@instance-ha/ports';
import { connectStores } from '@instance-ha/postgres';
import { startEmbedded } from '@instance-ha/postgres/embedded';
import { systemClock } from '@instance-ha/runtime';

/** What the store takes in one statement. */
const together = 100;

/** Files `count` notifications through the store itself, beside the service; answers where its PostgreSQL is. */
export async function storeRows(
  stateFolder: string,
  { count, make }: { count: number; make: (index: number, key: string) => FiledNotification },
): Promise<{ pid: number; url: string }> {
  const ended = new AbortController();
  const common = { log: silent, clock: systemClock, signal: ended.signal };
  const server = await startEmbedded({ dir: join(stateFolder, 'postgres'), ...common });
  try {
    const stores = await connectStores({ connection: server.connection, ...common });
    for (let index = 0; index < count; index += together) {
      await Promise.all(
        Array.from({ length: Math.min(together, count - index) }, (_, offset) =>
          stores.notifications.file(make(index + offset, randomUUID()), { name: 'bench' }),
        ),
      );
    }
    await stores.close();
    return { pid: server.pid, url: server.url };
  } finally {
    await server.leave();
    ended.abort();
  }
}
