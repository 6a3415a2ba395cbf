import assert from 'node:assert/strict';
import { type WorkerPresence, workerForgottenAfterMs } from '../../stores.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import type { StoresWorld } from './world.ts';

const worker = (told: Partial<WorkerPresence> = {}): WorkerPresence => ({
  name: 'worker-1',
  host: 'node1',
  version: '1.2.3',
  driver: 'nova',
  mode: 'act',
  startedAt: '2026-01-02T00:00:00.000Z',
  held: 0,
  ...told,
});

export const workerCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'a worker is there as it told last, until it leaves',
    async check({ stores }) {
      assert.deepEqual(await stores.workers.list(), []);
      await stores.workers.seen(worker({ name: 'worker-2' }));
      await stores.workers.seen(worker());
      await stores.workers.seen(worker({ held: 3, mode: 'observe' }));
      const [first, second, ...others] = await stores.workers.list();
      assert.deepEqual(first, { ...worker({ held: 3, mode: 'observe' }), lastSeenAt: first?.lastSeenAt });
      assert.match(first?.lastSeenAt ?? '', /^\d{4}-.*\.\d{3}Z$/);
      assert.equal(second?.name, 'worker-2');
      assert.deepEqual(others, []);
      await stores.workers.left('worker-1');
      await stores.workers.left('nobody');
      assert.deepEqual(
        (await stores.workers.list()).map(({ name }) => name),
        ['worker-2'],
      );
    },
  },
  {
    name: 'a worker that died is told of, and forgotten in the end',
    async check({ stores, elapse }) {
      await stores.workers.seen(worker({ name: 'dead' }));
      await elapse(workerForgottenAfterMs / 2);
      await stores.workers.seen(worker());
      assert.equal((await stores.workers.list()).length, 2);
      await elapse(workerForgottenAfterMs * 0.6);
      await stores.workers.seen(worker());
      assert.deepEqual(
        (await stores.workers.list()).map(({ name }) => name),
        ['worker-1'],
      );
    },
  },
];
