import assert from 'node:assert/strict';
import type { Stores } from '../../stores.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { hostileTexts } from './notifications.ts';
import {
  claimAll,
  claimOne,
  crash,
  instanceA,
  instanceB,
  leaseMs,
  report,
  type StoresWorld,
} from './world.ts';

const by = { name: 'monitor-of-node1' };
const file = async (stores: Stores, told?: Parameters<typeof crash>[0]) =>
  (await stores.notifications.file(crash(told), by)).record;
const facts = (journal: readonly { event: unknown }[]) => journal.map(({ event }) => event);

export const claimCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'a claim makes a new notification running and gives the right to work on it to one worker',
    async check({ stores, elapse }) {
      const record = await file(stores);
      await elapse(1_500);
      const claim = await claimOne(stores);
      assert.equal(claim.notification.uuid, record.uuid);
      assert.equal(claim.notification.status, 'running');
      assert.deepEqual([claim.journal, claim.takenOver], [[], false]);
      assert.ok(claim.ageMs >= 1_500, `1,500 ms old at least, not ${claim.ageMs}`);
      assert.equal((await stores.notifications.get(record.uuid))?.status, 'running');
      assert.deepEqual(await claimAll(stores, 'worker-2'), []);
    },
  },
  {
    name: 'of many workers that claim at once each notification goes to exactly one',
    async check({ stores }) {
      const uuids = new Set<string>();
      for (let n = 0; n < 40; n += 1) {
        const instanceUuid = `aaaaaaaa-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
        uuids.add((await file(stores, { instanceUuid })).uuid);
      }
      const claimed: string[] = [];
      const work = async (worker: string) => {
        for (;;) {
          const claims = await stores.recoveries.claim({ worker, leaseMs, limit: 3 });
          if (claims.length === 0) return;
          claimed.push(...claims.map(({ notification }) => notification.uuid));
        }
      };
      await Promise.all(Array.from({ length: 8 }, (_, n) => work(`worker-${n}`)));
      assert.deepEqual(claimed.toSorted(), [...uuids].sort());
    },
  },
  {
    name: 'a claim takes at most its limit, the oldest first',
    async check({ stores }) {
      const first = await file(stores, { instanceUuid: instanceA });
      await file(stores, { instanceUuid: instanceB });
      const claims = await claimAll(stores, 'worker-1', 1);
      assert.deepEqual(
        claims.map(({ notification }) => notification.uuid),
        [first.uuid],
      );
    },
  },
  {
    name: 'two notifications of one instance are worked on one after the other, in the order they came',
    async check({ stores, elapse }) {
      const first = await file(stores, { sequence: 1 });
      const second = await file(stores, { sequence: 2 });
      const claim = await claimOne(stores);
      assert.equal(claim.notification.uuid, first.uuid);
      assert.deepEqual(await claimAll(stores, 'worker-2'), []);

      await elapse(leaseMs + 1);
      const takenOver = await claimOne(stores, 'worker-2');
      assert.equal(takenOver.notification.uuid, first.uuid, 'the one that was begun is ended first');

      await stores.recoveries.end(takenOver, [], { status: 'finished', message: 'done' });
      assert.equal((await claimOne(stores)).notification.uuid, second.uuid);
    },
  },
  {
    name: 'an instance that waits for its second attempt does not hold up its next incident, and comes after it',
    async check({ stores, elapse }) {
      const first = await file(stores, { sequence: 1 });
      const failed = await claimOne(stores);
      await stores.recoveries.end(failed, [], { status: 'error', message: 'no', retryInMs: 30_000 });
      const second = await file(stores, { sequence: 2 });
      const claim = await claimOne(stores);
      assert.equal(claim.notification.uuid, second.uuid);
      await elapse(30_001);
      assert.deepEqual(await claimAll(stores), [], 'not while the second is worked on');
      await stores.recoveries.end(claim, [], { status: 'finished', message: 'done' });
      assert.equal((await claimOne(stores)).notification.uuid, first.uuid);
    },
  },
  {
    name: 'a lease that ran out may be claimed at once, and the late worker is fenced off',
    async check({ stores, elapse }) {
      await file(stores);
      const late = await claimOne(stores, 'worker-1');
      await stores.recoveries.append(late, [{ type: 'looked' }]);
      await elapse(leaseMs - 10_000);
      assert.deepEqual(await claimAll(stores, 'worker-2'), [], 'not a moment sooner');
      await elapse(10_001);
      const claim = await claimOne(stores, 'worker-2');
      assert.equal(claim.takenOver, true);
      assert.ok(claim.fence > late.fence);
      assert.deepEqual(facts(claim.journal), [{ type: 'looked' }]);

      const end = { status: 'finished', message: 'late' } as const;
      assert.equal(await stores.recoveries.append(late, [{ type: 'late' }], { message: 'late' }), 'fenced');
      assert.equal(await stores.recoveries.renew(late, { leaseMs }), 'fenced');
      assert.equal(await stores.recoveries.end(late, [{ type: 'late' }], end), 'fenced');
      await stores.recoveries.release(late);

      assert.equal(await stores.recoveries.append(claim, [{ type: 'in-time' }]), 'stored');
      const record = await stores.notifications.get(claim.notification.uuid);
      assert.deepEqual([record?.status, record?.message], ['running', null]);
      assert.deepEqual(facts(await stores.notifications.journal(claim.notification.uuid)), [
        { type: 'looked' },
        { type: 'in-time' },
      ]);
    },
  },
  {
    name: 'nothing is written under a lease that ran out, though nobody took it; renewing revives it',
    async check({ stores, elapse }) {
      await file(stores);
      const claim = await claimOne(stores);
      await elapse(leaseMs + 1);
      assert.equal(await stores.recoveries.append(claim, [{ type: 'too-late' }]), 'fenced');
      assert.equal(
        await stores.recoveries.end(claim, [{ type: 'too-late' }], {
          status: 'finished',
          message: 'too late',
        }),
        'fenced',
      );
      assert.equal(await stores.recoveries.renew(claim, { leaseMs }), 'held');
      assert.equal(await stores.recoveries.append(claim, [{ type: 'in-time' }]), 'stored');
      assert.deepEqual(facts(await stores.notifications.journal(claim.notification.uuid)), [
        { type: 'in-time' },
      ]);
    },
  },
  {
    name: 'a renewed lease lasts from the renewal',
    async check({ stores, elapse }) {
      await file(stores);
      const claim = await claimOne(stores);
      await elapse(leaseMs - 5_000);
      assert.equal(await stores.recoveries.renew(claim, { leaseMs }), 'held');
      await elapse(leaseMs - 5_000);
      assert.deepEqual(await claimAll(stores, 'worker-2'), []);
      assert.equal(await stores.recoveries.append(claim, []), 'stored');
    },
  },
  {
    name: 'a claim that was let go is taken at once, and its worker may not come back to it',
    async check({ stores }) {
      await file(stores);
      const claim = await claimOne(stores, 'worker-1');
      await stores.recoveries.release(claim);
      assert.equal(await stores.recoveries.renew(claim, { leaseMs }), 'fenced');
      assert.equal(await stores.recoveries.append(claim, [{ type: 'late' }]), 'fenced');
      const next = await claimOne(stores, 'worker-2');
      assert.equal(next.takenOver, true, 'begun and not ended');
      assert.deepEqual(next.journal, []);
    },
  },
];

export const journalCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'the journal keeps every fact in order, with its worker, across claims',
    async check({ stores, elapse }) {
      await file(stores);
      const first = await claimOne(stores, 'worker-1');
      await stores.recoveries.append(first, [{ n: 1 }, { n: 2 }]);
      await stores.recoveries.append(first, [{ n: 3 }]);
      await elapse(leaseMs + 1);
      const second = await claimOne(stores, 'worker-2');
      await stores.recoveries.end(second, [{ n: 4 }], { status: 'finished', message: 'heard again' });
      const journal = await stores.notifications.journal(first.notification.uuid);
      assert.deepEqual(
        journal.map(({ sequence, worker, event }) => ({ sequence, worker, event })),
        [
          { sequence: 1, worker: 'worker-1', event: { n: 1 } },
          { sequence: 2, worker: 'worker-1', event: { n: 2 } },
          { sequence: 3, worker: 'worker-1', event: { n: 3 } },
          { sequence: 4, worker: 'worker-2', event: { n: 4 } },
        ],
      );
    },
  },
  {
    name: 'facts are any JSON, hostile or not, and come back as they were',
    async check({ stores }) {
      await file(stores);
      const claim = await claimOne(stores);
      const events = [
        null,
        true,
        1.5,
        'text',
        [],
        {},
        [1, [2, { a: null }]],
        ...hostileTexts,
        { deep: hostileTexts },
      ];
      assert.equal(await stores.recoveries.append(claim, events), 'stored');
      assert.deepEqual(facts(await stores.notifications.journal(claim.notification.uuid)), events);
    },
  },
  {
    name: 'a message replaces the one before, and is kept when none is given',
    async check({ stores }) {
      const { uuid } = await file(stores);
      const claim = await claimOne(stores);
      const message = async () => (await stores.notifications.get(uuid))?.message;
      await stores.recoveries.append(claim, [], { message: 'waiting for the heartbeat' });
      assert.equal(await message(), 'waiting for the heartbeat');
      await stores.recoveries.append(claim, [{ type: 'tick' }]);
      assert.equal(await message(), 'waiting for the heartbeat');
      await stores.recoveries.end(claim, [], { status: 'failed', message: 'nul \0' });
      assert.equal(await message(), 'nul \ufffd');
    },
  },
  {
    name: 'ended is ended: no final status is ever claimed or written to again',
    async check({ stores, elapse }) {
      for (const [sequence, status] of (['finished', 'failed', 'ignored'] as const).entries()) {
        const { uuid } = await file(stores, { sequence });
        const claim = await claimOne(stores);
        assert.equal(await stores.recoveries.end(claim, [], { status, message: status }), 'stored');
        const record = await stores.notifications.get(uuid);
        assert.equal(record?.status, status);
        assert.ok(record.endedAt !== null);
        assert.equal(await stores.recoveries.end(claim, [], { status: 'error', message: 'again' }), 'fenced');
        assert.equal(await stores.recoveries.renew(claim, { leaseMs }), 'fenced');
        await stores.recoveries.release(claim);
        await elapse(10 * leaseMs);
        assert.deepEqual(await claimAll(stores), []);
      }
    },
  },
  {
    name: 'an error is tried again after its pause and not before; without a pause it rests',
    async check({ stores, elapse }) {
      const { uuid } = await file(stores);
      const first = await claimOne(stores);
      await stores.recoveries.append(first, [{ n: 1 }]);
      await stores.recoveries.end(first, [], { status: 'error', message: 'Nova is away', retryInMs: 20_000 });
      assert.deepEqual(
        await stores.notifications.get(uuid).then(record => [record?.status, record?.endedAt]),
        ['error', null],
      );
      await elapse(19_000);
      assert.deepEqual(await claimAll(stores), []);
      await elapse(1_001);
      const second = await claimOne(stores, 'worker-2');
      assert.equal(second.takenOver, false, 'the attempt before was ended');
      assert.deepEqual(facts(second.journal), [{ n: 1 }]);
      await stores.recoveries.end(second, [], { status: 'error', message: 'Nova is away' });
      await elapse(10 * leaseMs);
      assert.deepEqual(await claimAll(stores), []);
      assert.notEqual((await stores.notifications.get(uuid))?.endedAt, null);
    },
  },
];

export const scheduleCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'the journal goes on where the attempt before ended, round after round',
    async check({ stores, elapse }) {
      const { uuid } = await file(stores);
      for (const round of [1, 2, 3]) {
        const claim = await claimOne(stores);
        assert.equal(await stores.recoveries.append(claim, [{ round, n: 1 }]), 'stored');
        const end = { status: 'error', message: 'Nova is away', retryInMs: 1_000 } as const;
        assert.equal(
          await stores.recoveries.end(
            claim,
            [
              { round, n: 2 },
              { round, n: 3 },
            ],
            end,
          ),
          'stored',
        );
        await elapse(1_001);
      }
      const journal = await stores.notifications.journal(uuid);
      assert.deepEqual(
        journal.map(({ sequence }) => sequence),
        [1, 2, 3, 4, 5, 6, 7, 8, 9],
      );
    },
  },
  {
    name: 'an error is tried again at once when the monitor of its host begins to watch, and by no other report',
    async check({ stores }) {
      await file(stores);
      await stores.guests.report(report());
      const end = { status: 'error', message: 'libvirtd is away', retryInMs: 600_000 } as const;
      await stores.recoveries.end(await claimOne(stores), [], end);
      const told = async (changes: Parameters<typeof report>[0]) => {
        await stores.guests.report(report(changes));
        return (await claimAll(stores)).length;
      };
      assert.equal(await told({ sequence: 2 }), 0);
      assert.equal(await told({ sequence: 3, state: 'blind', cause: 'libvirtd is away' }), 0);
      assert.equal(await told({ host: 'node2' }), 0);
      assert.equal(await told({ sequence: 4 }), 1);
    },
  },
  {
    name: 'it tells whether a further notification of the instance was filed',
    async check({ stores }) {
      await file(stores);
      const claim = await claimOne(stores);
      await file(stores, { instanceUuid: instanceB, sequence: 2 });
      assert.equal(await stores.recoveries.furtherFiled(claim), false);
      await file(stores, { sequence: 2 });
      assert.equal(await stores.recoveries.furtherFiled(claim), true);
    },
  },
  {
    name: 'restarts are counted once for each notification, from when the first of it began',
    async check({ stores, elapse }) {
      const restart = { type: 'act-begun', act: 'start', atMs: 1 };
      const one = async (told: Parameters<typeof crash>[0], events: unknown[]) => {
        const { uuid } = await file(stores, told);
        const claim = await claimOne(stores);
        await stores.recoveries.append(claim, events);
        await stores.recoveries.end(claim, [], { status: 'finished', message: 'done' });
        return uuid;
      };
      await one({ sequence: 1 }, [
        { type: 'act-begun', act: 'stop' },
        restart,
        { ...restart, act: 'hard-reboot' },
      ]);
      await elapse(10_000);
      const second = await one({ sequence: 2 }, [{ type: 'act-begun', act: 'evacuate' }]);
      await elapse(10_000);
      await one({ sequence: 3 }, [
        { type: 'act-begun', act: 'stop' },
        { type: 'act-ended', act: 'start' },
        'start',
      ]);
      await one({ sequence: 4, instanceUuid: instanceB }, [restart]);

      const ago = async (windowMs: number, exceptNotification = '') => {
        const found = await stores.recoveries.restartsAgoMs(instanceA, { windowMs, exceptNotification });
        return found.map(ms => Math.floor(ms / 10_000)); // The suite itself takes time on a real database.
      };
      assert.deepEqual(await ago(3_600_000), [1, 2]);
      assert.deepEqual(await ago(19_500), [1]);
      assert.deepEqual(await ago(3_600_000, second), [2]);
      assert.deepEqual(await ago(1_000), []);
    },
  },
  {
    name: 'it tells how long nothing can be claimed',
    async check({ stores }) {
      const due = () => stores.recoveries.nextDueInMs(500_000);
      const about = (ms: number, expected: number) =>
        assert.ok(ms <= expected && ms > expected - 5_000, `about ${expected} ms, not ${ms}`);
      assert.equal(await due(), 500_000, 'nothing to wait for');
      await file(stores, { sequence: 1 });
      assert.equal(await due(), 0);
      const claim = await claimOne(stores);
      about(await due(), leaseMs);
      await file(stores, { sequence: 2 });
      about(await due(), leaseMs); // It waits for the first of its instance.
      await stores.recoveries.end(claim, [], { status: 'finished', message: 'done' });
      assert.equal(await due(), 0);
      await stores.pause.set({ reason: 'maintenance', by: 'operator', forMs: 200_000 });
      about(await due(), 200_000);
      assert.equal(await stores.recoveries.nextDueInMs(1_000), 1_000);
    },
  },
  {
    name: 'while a pause stands nothing is claimed, what is claimed may go on, and it ends by itself',
    async check({ stores, elapse }) {
      await file(stores, { instanceUuid: instanceA });
      const claim = await claimOne(stores);
      await file(stores, { instanceUuid: instanceB });
      const pause = await stores.pause.set({ reason: 'maintenance', by: 'operator', forMs: 30_000 });
      assert.equal(Date.parse(pause.until) - Date.parse(pause.from), 30_000);
      assert.deepEqual(await stores.pause.current(), pause);
      assert.deepEqual(await claimAll(stores), []);
      assert.equal(await stores.recoveries.append(claim, []), 'stored');
      await elapse(30_001);
      assert.equal(await stores.pause.current(), undefined);
      assert.equal((await claimOne(stores)).notification.instanceUuid, instanceB);
    },
  },
  {
    name: 'a new pause replaces the one before, and clearing ends it',
    async check({ stores }) {
      await file(stores);
      await stores.pause.set({ reason: 'first', by: 'operator', forMs: 30_000 });
      await stores.pause.set({ reason: 'second \0', by: 'operator', forMs: 60_000 });
      assert.equal((await stores.pause.current())?.reason, 'second \ufffd');
      assert.equal(await stores.pause.clear({ by: 'operator' }), true);
      assert.equal(await stores.pause.current(), undefined);
      assert.equal(await stores.pause.clear({ by: 'operator' }), false);
      assert.equal((await claimAll(stores)).length, 1);
    },
  },
];
