import { storesConformance } from '@instance-ha/ports/conformance';
import { describe, it } from 'vitest';
import { connectStores } from './connect-stores.ts';
import { realClock, silentLog } from './testing/surroundings.ts';
import { elapse, freshDatabase } from './testing.ts';

describe('the stores on PostgreSQL', () => {
  for (const { name, check } of storesConformance) {
    it(name, async () => {
      await using database = await freshDatabase();
      const { connection } = database;
      const ended = new AbortController();
      const stores = await connectStores({
        connection,
        log: silentLog,
        clock: realClock,
        signal: ended.signal,
      });
      try {
        await check({ stores, elapse: ms => elapse(connection, ms) });
      } finally {
        await stores.close();
      }
    });
  }
});
