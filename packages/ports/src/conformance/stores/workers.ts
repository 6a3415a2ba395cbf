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
    name: 'a worker that falls silent, and one that is heard again, is told once, whoever asks',
    async check({ stores, elapse }) {
      const asked = async () =>
        (
          await Promise.all([1, 2, 3].map(() => stores.workers.noteSilence({ silentAfterMs: 20_000 })))
        ).flat();
      await stores.workers.seen(worker());
      await stores.workers.seen(worker({ name: 'worker-2', host: 'node2' }));
      assert.deepEqual(await asked(), []);
      await elapse(15_000);
      await stores.workers.seen(worker());
      await elapse(6_000);
      const lastSeenAt = (await stores.workers.list())[1]?.lastSeenAt;
      assert.deepEqual(await asked(), [{ name: 'worker-2', host: 'node2', lastSeenAt, silent: true }]);
      assert.deepEqual(await asked(), []);
      await stores.workers.seen(worker({ name: 'worker-2', host: 'node2' }));
      assert.deepEqual(
        (await asked()).map(({ name, silent }) => [name, silent]),
        [['worker-2', false]],
      );
      const told = (await stores.changes.since(0, 100)).filter(({ kind }) => kind === 'worker');
      assert.deepEqual(
        told.map(({ subject, data }) => [subject, (data as { silent: boolean }).silent]),
        [
          ['worker-2', true],
          ['worker-2', false],
        ],
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
