import { storesConformance } from '@instance-ha/ports/conformance';
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest';
import { openStores } from './testing/open-stores.ts';
import { elapse, type FreshDatabase, freshDatabase } from './testing.ts';

describe('the stores on PostgreSQL', () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
  });
  beforeEach(() => database.empty());
  afterAll(() => database.drop());

  for (const { name, check } of storesConformance) {
    it(name, async () => {
      await using stores = await openStores(database);
      await check({ stores, elapse: ms => elapse(database.connection, ms) });
    });
  }
});
