import { mayBecome, notificationStatuses } from '@instance-ha/notification';
import type { Claim, FiledNotification, Stores } from '@instance-ha/ports';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { openStores } from './testing/open-stores.ts';
import { realClock } from './testing/surroundings.ts';
import { untilSomebodyWaits } from './testing/until.ts';
import { elapse, freshDatabase } from './testing.ts';

const leaseMs = 60_000;

function crash(instance: number, sequence: number): FiledNotification {
  const instanceUuid = `aaaaaaaa-0000-4000-8000-${instance.toString(16).padStart(12, '0')}`;
  return {
    incidentKey: `instance/node1/${instanceUuid}/1/${sequence}`,
    host: 'node1',
    faultAt: '2026-01-02T03:04:05.000Z',
    detectedAt: '2026-01-02T03:04:05.000Z',
    payload: {
      type: 'COMPUTE_INSTANCE',
      instanceUuid,
      instanceName: `vm-${instance}`,
      fault: 'qemu-failed',
      handledBy: 'none',
      hadHeartbeat: true,
      boot: '1',
      domainId: null,
      libvirtEvent: null,
    },
    evidence: null,
  };
}

const file = (stores: Stores, instance: number, sequence = 1) =>
  stores.notifications.file(crash(instance, sequence), { name: 'monitor' });

async function withClient<Result>(url: string, use: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

describe('many workers on one database', () => {
  it('20 of them take 200 notifications of 50 instances: each is taken once, no instance by two at a time', async () => {
    await using database = await freshDatabase();
    await using filing = await openStores(database);
    const uuids: string[] = [];
    for (let n = 0; n < 200; n += 1) uuids.push((await file(filing, n % 50, n)).record.uuid);

    const processes = await Promise.all(
      Array.from({ length: 4 }, () => openStores({ ...database, poolSize: 5 })),
    );
    const taken: string[] = [];
    const busy = new Set<string>();
    const overlaps: string[] = [];
    const work = async (stores: Stores, worker: string) => {
      while (taken.length < uuids.length) {
        const claims = await stores.recoveries.claim({ worker, leaseMs, limit: 3 });
        for (const { notification } of claims) {
          const instance = notification.instanceUuid ?? '';
          if (busy.has(instance)) overlaps.push(instance);
          busy.add(instance);
          taken.push(notification.uuid);
        }
        for (const claim of claims) {
          await stores.recoveries.append(claim, [{ type: 'looked' }]);
          busy.delete(claim.notification.instanceUuid ?? '');
          await stores.recoveries.end(claim, [], { status: 'finished', message: worker });
        }
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, n) => work(processes[n % 4] as Stores, `worker-${n}`)));
    for (const stores of processes) await stores.close();

    expect(overlaps).toEqual([]);
    expect(taken.toSorted()).toEqual(uuids.toSorted());
    const ended = await filing.notifications.list({ status: ['finished'] }, { limit: 1_000 });
    expect(ended).toHaveLength(200);
  });

  it('no fact of a fenced worker is ever written, whatever the two do at the same time', async () => {
    await using database = await freshDatabase();
    await using stores = await openStores(database);
    for (let round = 0; round < 10; round += 1) {
      await file(stores, round);
      const [late] = await stores.recoveries.claim({ worker: 'late', leaseMs, limit: 1 });
      await elapse(database.connection, leaseMs + 1);
      const [answers, [next]] = await Promise.all([
        Promise.all(
          Array.from({ length: 5 }, (_, n) => stores.recoveries.append(late as Claim, [{ late: n }])),
        ),
        stores.recoveries.claim({ worker: 'next', leaseMs, limit: 1 }),
      ]);
      expect(answers).toEqual(Array.from({ length: 5 }, () => 'fenced'));
      await stores.recoveries.end(next as Claim, [{ next: true }], { status: 'finished', message: 'done' });
      const journal = await stores.notifications.journal((next as Claim).notification.uuid);
      expect(journal.map(({ event }) => event)).toEqual([{ next: true }]);
    }
  });

  it('renewing and taking over a lapsed lease at the same time leaves it with one of the two', async () => {
    await using database = await freshDatabase();
    await using stores = await openStores(database);
    const holders: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      await file(stores, round);
      const [old] = await stores.recoveries.claim({ worker: 'old', leaseMs, limit: 1 });
      await elapse(database.connection, leaseMs + 1);
      const [renewal, taken] = await Promise.all([
        stores.recoveries.renew(old as Claim, { leaseMs }),
        stores.recoveries.claim({ worker: 'new', leaseMs, limit: 1 }),
      ]);
      expect([renewal === 'held', taken.length === 1].filter(Boolean)).toHaveLength(1);
      holders.push(renewal);
      const holder = taken[0] ?? (old as Claim);
      expect(await stores.recoveries.end(holder, [], { status: 'finished', message: 'done' })).toBe('stored');
    }
    expect(holders).toHaveLength(20);
  });

  it('a claim that was under way when a pause was set obeys it', async () => {
    await using database = await freshDatabase();
    await using stores = await openStores(database);
    await file(stores, 1);
    await withClient(database.url, async pausing => {
      await pausing.query('begin; select pg_advisory_xact_lock(4801, 2)');
      const claiming = stores.recoveries.claim({ worker: 'eager', leaseMs, limit: 1 });
      await untilSomebodyWaits(database.url);
      await pausing.query(`insert into pause (reason, set_by, begins_at, ends_at)
        values ('maintenance', 'operator', now(), now() + interval '1 hour')`);
      await pausing.query('commit');
      expect(await claiming).toEqual([]);
    });
  });

  it("no worker's clock is ever asked", async () => {
    await using database = await freshDatabase();
    const year = 31_536_000_000;
    const clockOff = (byMs: number) => ({
      ...realClock,
      wallMs: () => Date.now() + byMs,
      monotonicMs: () => performance.now() + byMs,
    });
    await using early = await openStores({ ...database, clock: clockOff(-year) });
    await using late = await openStores({ ...database, clock: clockOff(year) });
    const { record } = await file(late, 1);
    expect(Math.abs(Date.parse(record.acceptedAt) - Date.now())).toBeLessThan(3_600_000);
    expect(await early.recoveries.claim({ worker: 'early', leaseMs, limit: 1 })).toHaveLength(1);
    expect(await late.recoveries.claim({ worker: 'late', leaseMs, limit: 1 })).toHaveLength(0);
    await late.pause.set({ reason: 'r', by: 'late', forMs: 1_000 });
    expect((await early.pause.current())?.reason).toBe('r');
    await elapse(database.connection, leaseMs + 1);
    expect(await early.pause.current()).toBeUndefined();
    expect(await late.recoveries.claim({ worker: 'late', leaseMs, limit: 1 })).toHaveLength(1);
  });
});

describe('the database itself', () => {
  it('allows exactly the moves of the status machine', async () => {
    await using database = await freshDatabase();
    await using stores = await openStores(database);
    const allowed = await withClient(database.url, async client => {
      const moves: string[] = [];
      for (const [n, from] of notificationStatuses.entries()) {
        for (const [m, to] of notificationStatuses.entries()) {
          const { record } = await file(stores, n * 10 + m);
          await client.query('alter table notification disable trigger notification_status');
          await client.query('update notification set status = $2 where uuid = $1', [record.uuid, from]);
          await client.query('alter table notification enable trigger notification_status');
          const moved = await client
            .query('update notification set status = $2 where uuid = $1', [record.uuid, to])
            .then(
              () => true,
              () => false,
            );
          if (moved && from !== to) moves.push(`${from} ${to}`);
        }
      }
      return moves;
    });
    const expected = notificationStatuses.flatMap(from =>
      notificationStatuses.filter(to => mayBecome(from, to)).map(to => `${from} ${to}`),
    );
    expect(allowed).toEqual(expected);
  });

  it('refuses a second running notification of one instance, and any status it does not know', async () => {
    await using database = await freshDatabase();
    await using stores = await openStores(database);
    await file(stores, 1, 1);
    await file(stores, 1, 2);
    await withClient(database.url, async client => {
      await expect(client.query("update notification set status = 'running'")).rejects.toThrow('one_running');
      await expect(client.query("update notification set status = 'done'")).rejects.toThrow('may not go');
      await expect(
        client.query("insert into token (name, scope, digest) values ('x', 'root', '')"),
      ).rejects.toThrow('check constraint');
    });
  });
});
