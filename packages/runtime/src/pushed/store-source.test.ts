import type { Clock } from '@instance-ha/ports';
import { configurationSourceConformance } from '@instance-ha/ports/conformance';
import { memoryStores } from '@instance-ha/ports/fakes';
import { describe, it } from 'vitest';
import { systemClock } from '../system-clock.ts';
import { createStoreSource } from './store-source.ts';

const member = { service: 'worker', name: 'node1-7', host: 'node1', version: '1.2.3' } as const;
const by = { initiator: { id: null, name: 'maria', project: null }, requestId: 'req-1' };
/** So that the time between two questions is none. */
const impatient: Clock = { ...systemClock, sleep: (_ms, signal) => systemClock.sleep(1, signal) };

describe('what to run, of the database', () => {
  for (const { name, check } of configurationSourceConformance) {
    it(name, async () => {
      const stores = memoryStores({ clock: systemClock });
      await check({
        source: createStoreSource({ stores, member, clock: impatient }),
        sighting: async () => (await stores.services.list())[0],
        want: async text => {
          const expected = await stores.configuration.latest();
          const file = { host: null, text, comment: null, errors: 0, warnings: 0, expected, changes: [] };
          await stores.configuration.save(file, by);
          const revision = await stores.configuration.latest();
          const begun = await stores.operations.start(
            {
              revision,
              hosts: null,
              onFailure: 'stop',
              atOnce: 1,
              answerWithinMs: 1,
              comment: null,
              rows: [],
            },
            by,
          );
          await stores.operations.advance(begun.record.id, () => ({
            rows: [],
            targets: [{ host: null, revision }],
            end: { state: 'finished', message: 'done' },
          }));
          return revision;
        },
      });
    });
  }
});
