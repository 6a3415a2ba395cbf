import assert from 'node:assert/strict';
import type { Change } from '../../stores.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { claimOne, crash, guest, instanceA, instanceB, listen, report, type StoresWorld } from './world.ts';

const by = { name: 'monitor-of-node1' };
const dayMs = 86_400_000;
/** Kind, and what became of it. */
const told = (changes: readonly Change[]) =>
  changes.map(({ kind, data }) => {
    const { what, phase, gone } = data as { what?: string; phase?: string; gone?: boolean };
    return [kind, what ?? phase ?? (gone ? 'gone' : '')].join(' ').trim();
  });

export const changeCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'the feed tells every step of a notification, in order',
    async check({ stores }) {
      const feed = await listen(stores, ({ data }) => (data as { what: string }).what === 'ended');
      const { record } = await stores.notifications.file(crash(), by);
      await stores.notifications.file(crash(), by); // A duplicate is no news.
      const first = await claimOne(stores);
      await stores.recoveries.append(first, [{ type: 'looked' }]);
      await stores.recoveries.release(first);
      const second = await claimOne(stores);
      await stores.recoveries.append(first, [{ type: 'late' }]); // Fenced off: no news.
      await stores.recoveries.end(second, [], { status: 'finished', message: 'heard again' });
      const changes = await feed.heard;
      feed.stop();
      assert.deepEqual(told(changes), [
        'notification filed',
        'notification claimed',
        'notification noted',
        'notification released',
        'notification claimed',
        'notification ended',
      ]);
      assert.ok(changes.every(({ subject }) => subject === record.uuid));
      const { id, host } = record;
      assert.deepEqual(changes.at(-1)?.data, {
        what: 'ended',
        id,
        type: 'COMPUTE_INSTANCE',
        status: 'finished',
        host,
        instanceUuid: instanceA,
        message: 'heard again',
      });
      assert.deepEqual(await stores.changes.since(0, 100), changes);
    },
  },
  {
    name: 'the feed tells of a guest only when its phase, its incident or its heartbeat changed',
    async check({ stores }) {
      await stores.guests.report(report({ guests: [guest(), guest({ instanceUuid: instanceB })] }));
      const from = await stores.changes.latestId();
      const feed = await listen(stores, ({ data }) => (data as { gone?: true }).gone === true);
      const next = (sequence: number, told: Parameters<typeof guest>[0]) =>
        stores.guests.report(report({ sequence, complete: false, guests: [guest(told)] }));
      await next(2, { lastBeatAt: '2026-01-02T00:00:09.000Z', why: 'answered again' }); // No news.
      await next(3, { phase: 'failed', incidentKey: 'k1' });
      await next(4, { phase: 'failed', incidentKey: 'k1', misses: 9 }); // No news.
      await next(5, { phase: 'alive', incidentKey: 'k1', heardAgainAt: '2026-01-02T00:01:00.000Z' });
      await stores.guests.report(report({ sequence: 6, guests: [guest({ instanceUuid: instanceB })] }));
      const changes = await feed.heard;
      feed.stop();
      assert.deepEqual(told(changes), ['guest failed', 'guest alive', 'guest gone']);
      assert.deepEqual(changes[1], {
        id: changes[1]?.id,
        at: changes[1]?.at,
        kind: 'guest',
        subject: instanceA,
        data: { host: 'node1', phase: 'alive', incidentKey: 'k1', heardAgainAt: '2026-01-02T00:01:00.000Z' },
      });
      assert.deepEqual(await stores.changes.since(from, 100), changes);
    },
  },
  {
    name: 'the feed tells of monitors that start, go blind or suspect their host, and of pauses',
    async check({ stores }) {
      const feed = await listen(stores, ({ data }) => (data as { pause?: null }).pause === null);
      await stores.guests.report(report());
      await stores.guests.report(report({ sequence: 2 })); // No news.
      await stores.guests.report(report({ sequence: 3, state: 'blind', cause: 'libvirtd is away' }));
      const gate = { suspect: true, silent: 8, heard: 10 };
      await stores.guests.report(report({ sequence: 4, gate }));
      const pause = await stores.pause.set({ reason: 'maintenance', by: 'operator', forMs: 60_000 });
      await stores.pause.clear({ by: 'operator' });
      const changes = await feed.heard;
      feed.stop();
      assert.deepEqual(
        changes.map(({ kind, subject }) => `${kind} ${subject}`.trim()),
        ['monitor node1', 'monitor node1', 'monitor node1', 'pause', 'pause'],
      );
      const blind = { session: 'session-1', state: 'blind', cause: 'libvirtd is away', suspect: false };
      assert.deepEqual(changes[1]?.data, blind);
      assert.deepEqual(changes[3]?.data, { pause });
    },
  },
  {
    name: 'a reader that was away catches up, page by page, and leaves nothing out',
    async check({ stores }) {
      for (let sequence = 1; sequence <= 7; sequence += 1)
        await stores.notifications.file(crash({ sequence }), by);
      const all = await stores.changes.since(0, 100);
      assert.equal(all.length, 7);
      const pages: Change[] = [];
      for (let after = 0; ; ) {
        const page = await stores.changes.since(after, 3);
        if (page.length === 0) break;
        pages.push(...page);
        after = page.at(-1)?.id ?? 0;
      }
      assert.deepEqual(pages, all);
      assert.equal(await stores.changes.latestId(), all.at(-1)?.id);
    },
  },
  {
    name: 'what is filed from many connections at once is heard once each, by growing id',
    async check({ stores }) {
      const count = 60;
      let left = count;
      const feed = await listen(stores, () => {
        left -= 1;
        return left === 0;
      });
      await Promise.all(
        Array.from({ length: count }, (_, sequence) => stores.notifications.file(crash({ sequence }), by)),
      );
      const ids = (await feed.heard).map(({ id }) => id);
      feed.stop();
      assert.deepEqual(
        ids,
        ids.toSorted((a, b) => a - b),
      );
      assert.equal(new Set(ids).size, count);
    },
  },
  {
    name: 'a listener that stopped hears no more, and an unhappy one does not disturb the others',
    async check({ stores }) {
      const heard: string[] = [];
      const stopped = new AbortController();
      const stoppedListener = { onChange: () => heard.push('stopped'), onLost: () => {} };
      await stores.changes.subscribe(stoppedListener, stopped.signal);
      stopped.abort();
      const feed = await listen(stores, () => true);
      await stores.notifications.file(crash(), by);
      await feed.heard;
      feed.stop();
      assert.deepEqual(heard, []);
    },
  },
];

export const tokenCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'a token is found by its digest alone, until it is removed',
    async check({ stores }) {
      const digest = new Uint8Array(32).fill(7);
      await stores.tokens.add({ name: 'node1', scope: 'monitor', host: 'node1' }, digest);
      await stores.tokens.add({ name: 'admin', scope: 'admin', host: null }, new Uint8Array(32).fill(8));
      assert.deepEqual(await stores.tokens.find(digest), { name: 'node1', scope: 'monitor', host: 'node1' });
      assert.equal(await stores.tokens.find(new Uint8Array(32).fill(9)), undefined);
      assert.equal(await stores.tokens.find(new Uint8Array(0)), undefined);
      const listed = await stores.tokens.list();
      assert.deepEqual(
        listed.map(({ name, scope, host }) => [name, scope, host]),
        [
          ['admin', 'admin', null],
          ['node1', 'monitor', 'node1'],
        ],
      );
      assert.equal(JSON.stringify(listed).includes('0707'), false, 'leaks no digest');
      assert.equal(await stores.tokens.remove('node1'), true);
      assert.equal(await stores.tokens.remove('node1'), false);
      assert.equal(await stores.tokens.find(digest), undefined);
    },
  },
  {
    name: 'neither a name nor a digest is given twice',
    async check({ stores }) {
      const digest = new Uint8Array(32).fill(1);
      await stores.tokens.add({ name: 'one', scope: 'reader', host: null }, digest);
      const again = (name: string, bytes: Uint8Array) =>
        assert.rejects(
          stores.tokens.add({ name, scope: 'reader', host: null }, bytes),
          (error: Error & { code?: string }) => error.code === 'conflict' && !/(01){8}/.test(error.message),
        );
      await again('one', new Uint8Array(32).fill(2));
      await again('two', digest);
      assert.equal((await stores.tokens.list()).length, 1);
    },
  },
];

export const retentionCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'what ended long ago is deleted in bites; what did not end is kept however old',
    async check({ stores, elapse }) {
      for (let sequence = 1; sequence <= 3; sequence += 1)
        await stores.notifications.file(crash({ sequence }), by);
      for (const status of ['finished', 'error'] as const) {
        await stores.recoveries.end(await claimOne(stores), [{ n: 1 }], { status, message: status });
      }
      await elapse(40 * dayMs);
      let purged = 0;
      for (;;) {
        const gone = await stores.purge({ olderThanDays: 30, limit: 2 });
        assert.ok(gone <= 2);
        purged += gone;
        if (gone === 0) break;
      }
      assert.ok(purged >= 2);
      const left = await stores.notifications.list({}, { limit: 10 });
      assert.deepEqual(
        left.map(({ status }) => status),
        ['new'],
      );
      const { record } = await stores.notifications.file(crash({ sequence: 9 }), by);
      assert.ok(record.id > (left[0]?.id ?? 0), 'ids are not given twice');
    },
  },
  {
    name: 'the feed remembers for a day at most; a monitor unheard for the whole time goes with its guests',
    async check({ stores, elapse }) {
      await stores.guests.report(report({ guests: [guest()] }));
      await stores.notifications.file(crash(), by);
      await elapse(2 * dayMs);
      await stores.guests.report(report({ host: 'node2', guests: [guest({ instanceUuid: instanceB })] }));
      await stores.purge({ olderThanDays: 30, limit: 1_000 });
      const changes = await stores.changes.since(0, 100);
      assert.deepEqual(told(changes), ['monitor', 'guest alive']);
      assert.equal((await stores.monitors.list()).length, 2, 'unheard for two days only');
      await elapse(29 * dayMs);
      await stores.guests.report(report({ host: 'node2', sequence: 2, complete: false }));
      await stores.purge({ olderThanDays: 30, limit: 1_000 });
      assert.deepEqual(
        (await stores.monitors.list()).map(({ host }) => host),
        ['node2'],
      );
      assert.equal(await stores.guests.get(instanceA), undefined);
      assert.equal((await stores.guests.get(instanceB))?.host, 'node2');
    },
  },
  {
    name: 'the stores answer a ping until they are closed, and nothing after',
    async check({ stores }) {
      await stores.ping({ timeoutMs: 10_000 });
      await stores.close();
      await assert.rejects(stores.ping({ timeoutMs: 10_000 }));
      await assert.rejects(stores.notifications.list({}, { limit: 1 }));
      await stores.close();
    },
  },
];
