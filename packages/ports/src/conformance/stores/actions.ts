import assert from 'node:assert/strict';
import type { NewMonitorAction } from '../../monitor-actions.ts';
import { openActionsMax } from '../../monitor-actions.ts';
import type { Change, Stores } from '../../stores.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { listen, type StoresWorld } from './world.ts';

const nobody = 'dddddddd-0000-4000-8000-00000000000d';
const action = (told: Partial<NewMonitorAction> = {}): NewMonitorAction => ({
  key: 'n/1/restart-process',
  host: 'node1',
  kind: 'restart-process',
  processName: 'nova-compute',
  life: 'b/11/22',
  takeWithinMs: 30_000,
  doneWithinMs: 60_000,
  ...told,
});
const sighting = { seen: 'running', life: 'b/12/34', detail: 'runs as process 12' } as const;
const done = { outcome: 'done', detail: 'it runs', sighting } as const;
const statusOf = async (stores: Stores, uuid: string) => (await stores.actions.get(uuid))?.status;

export const actionCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'what is asked of a monitor is taken by it once, and ends with its report',
    async check({ stores }) {
      const asked = await stores.actions.ask(action());
      assert.deepEqual(
        { ...asked, id: 0, uuid: '', askedAt: '' },
        {
          id: 0,
          uuid: '',
          host: 'node1',
          kind: 'restart-process',
          processName: 'nova-compute',
          life: 'b/11/22',
          status: 'asked',
          askedAt: '',
          takenAt: null,
          endedAt: null,
          doneWithinMs: 60_000,
          detail: null,
          sighting: null,
        },
      );
      assert.deepEqual(await stores.actions.take('node2'), []);
      const [taken, ...others] = await stores.actions.take('node1');
      assert.deepEqual(others, []);
      assert.ok(taken);
      const { leftMs, ...record } = taken;
      assert.deepEqual({ ...record, takenAt: null }, { ...asked, status: 'taken' });
      assert.ok(leftMs > 50_000 && leftMs <= 60_000, `expected at most 60 s left, found ${leftMs} ms`);
      assert.equal(await stores.actions.report(asked.uuid, 'node1', done), true);
      assert.deepEqual(await stores.actions.take('node1'), []);
      const ended = await stores.actions.get(asked.uuid);
      assert.deepEqual(
        [ended?.status, ended?.detail, ended?.sighting, ended?.endedAt !== null],
        ['done', 'it runs', sighting, true],
      );
      assert.equal(await stores.actions.report(asked.uuid, 'node1', done), false);
    },
  },
  {
    name: 'the same key asks nothing new, whatever has become of it',
    async check({ stores }) {
      const both = await Promise.all([stores.actions.ask(action()), stores.actions.ask(action())]);
      assert.equal(both[0].uuid, both[1].uuid);
      await stores.actions.take('node1');
      await stores.actions.report(both[0].uuid, 'node1', {
        outcome: 'failed',
        detail: 'exit 1',
        sighting: null,
      });
      const again = await stores.actions.ask(action({ processName: 'another' }));
      assert.deepEqual([again.uuid, again.status, again.detail], [both[0].uuid, 'failed', 'exit 1']);
      assert.equal((await stores.actions.list({ host: 'node1' }, { limit: 10 })).length, 1);
    },
  },
  {
    name: 'a monitor that did not get the answer is given the same again, and reports of others change nothing',
    async check({ stores }) {
      const { uuid } = await stores.actions.ask(action());
      assert.equal(await stores.actions.report(uuid, 'node1', done), false); // It was not taken.
      assert.deepEqual(
        (await stores.actions.take('node1')).map(one => one.uuid),
        [uuid],
      );
      assert.deepEqual(
        (await stores.actions.take('node1')).map(one => one.uuid),
        [uuid],
      );
      assert.equal(await stores.actions.report(uuid, 'node2', done), false);
      for (const unknown of [nobody, 'x', '\0']) {
        assert.equal(await stores.actions.report(unknown, 'node1', done), false);
        assert.equal(await stores.actions.get(unknown), undefined);
      }
      assert.equal(await statusOf(stores, uuid), 'taken');
    },
  },
  {
    name: 'of one process one is taken at a time, the oldest first; other processes do not wait',
    async check({ stores }) {
      const first = await stores.actions.ask(action({ key: '1' }));
      const second = await stores.actions.ask(action({ key: '2' }));
      const other = await stores.actions.ask(action({ key: '3', processName: 'libvirtd', life: null }));
      assert.equal(other.life, null);
      const taken = async () => (await stores.actions.take('node1')).map(({ uuid }) => uuid);
      assert.deepEqual(await taken(), [first.uuid, other.uuid]);
      await stores.actions.report(first.uuid, 'node1', { ...done, outcome: 'in-doubt', sighting: null });
      assert.deepEqual(await taken(), [second.uuid, other.uuid]);
      const page = await stores.actions.list({ host: 'node1' }, { limit: 1, after: other.id });
      assert.deepEqual(
        page.map(({ uuid }) => uuid),
        [second.uuid],
      );
    },
  },
  {
    name: 'what is not taken in time expires, and what is not reported in time is in doubt',
    async check({ stores, elapse }) {
      const late = await stores.actions.ask(action({ key: '1' }));
      await elapse(30_001);
      assert.equal(await statusOf(stores, late.uuid), 'expired');
      assert.deepEqual(await stores.actions.take('node1'), []);
      const silent = await stores.actions.ask(action({ key: '2' }));
      await stores.actions.take('node1');
      await elapse(59_000);
      assert.equal(await statusOf(stores, silent.uuid), 'taken');
      await elapse(2_000);
      assert.equal(await statusOf(stores, silent.uuid), 'in-doubt');
      assert.equal(await stores.actions.report(silent.uuid, 'node1', done), false);
      assert.equal((await stores.actions.ask(action({ key: '2' }))).status, 'in-doubt');
    },
  },
  {
    name: 'the change feed tells of what is asked, taken and over, by the host',
    async check({ stores }) {
      const statusIn = ({ data }: Change) => (data as { status?: string }).status;
      const feed = await listen(stores, change => statusIn(change) === 'done');
      const { uuid } = await stores.actions.ask(action());
      await stores.actions.take('node1');
      await stores.actions.report(uuid, 'node1', done);
      const changes = (await feed.heard).filter(({ kind }) => kind === 'action');
      feed.stop();
      assert.deepEqual(
        changes.map(change => [change.subject, statusIn(change)]),
        [
          ['node1', 'asked'],
          ['node1', 'taken'],
          ['node1', 'done'],
        ],
      );
    },
  },
  {
    name: 'a host has only so many open ones, and old ones go',
    async check({ stores, elapse }) {
      for (let key = 1; key <= openActionsMax; key += 1)
        await stores.actions.ask(action({ key: String(key), processName: `p${key}` }));
      await assert.rejects(stores.actions.ask(action({ key: 'one more' })), /are open already/);
      await stores.actions.ask(action({ key: 'elsewhere', host: 'node2' }));
      await elapse(40 * 86_400_000);
      await stores.actions.ask(action({ key: 'later' })); // The others have expired.
      await elapse(40 * 86_400_000);
      while ((await stores.purge({ olderThanDays: 30, limit: 100 })) > 0);
      assert.deepEqual(await stores.actions.list({ host: 'node1' }, { limit: 100 }), []);
    },
  },
];
