import { memoryStores, VirtualClock } from '@instance-ha/ports/fakes';
import { expect, it } from 'vitest';
import { createStoreSource } from './store-source.ts';

const member = { service: 'worker', name: 'node1-7', host: 'node1', version: '1.2.3' } as const;
const by = { initiator: { id: null, name: 'maria', project: null }, requestId: 'req-1' };
const text = '[DEFAULT]\nmode = observe\n';

it('answers as soon as another revision is wanted, with its texts, and tells that the service is there', async () => {
  const clock = new VirtualClock();
  const stores = memoryStores({ clock });
  const source = createStoreSource({ stores, member, clock });
  const { signal } = new AbortController();
  let answer: unknown;
  void source.wanted(7, { waitMs: 25_000, signal }).then(found => {
    answer = found;
  });
  await clock.advance(10_000);
  expect(answer).toBeUndefined(); // Nobody ever said what to run.
  expect(await stores.services.list()).toMatchObject([member]);

  const file = { host: null, text, comment: null, errors: 0, warnings: 0, expected: 0, changes: [] };
  await stores.configuration.save(file, by);
  const rows = [{ host: 'node1', service: 'worker' as const, before: 0 }];
  const begun = await stores.operations.start(
    { revision: 1, hosts: null, onFailure: 'stop', atOnce: 1, answerWithinMs: 1, comment: null, rows },
    by,
  );
  await stores.operations.advance(begun.record.id, () => ({
    rows: [],
    targets: [{ host: 'node1', revision: 1 }],
  }));
  await clock.advance(2000);
  expect(answer).toEqual({ revision: 1, layers: [{ name: 'instance-ha.conf', text }] });

  let later: unknown;
  void source.wanted(1, { waitMs: 5000, signal }).then(found => {
    later = found;
  });
  await clock.advance(5000);
  expect(later).toBe('unchanged');
  await source.report({ wanted: 1, running: 1, state: 'applied', error: null }, { signal });
  expect(await stores.services.list()).toMatchObject([{ ...member, running: 1, state: 'applied' }]);
});
