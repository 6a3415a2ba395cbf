import { type FiledNotification, type RulingAnswer, standingRulings } from '@instance-ha/ports';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { migrations } from './migrations/migrations.ts';
import { openStores } from './testing/open-stores.ts';
import { until } from './testing/until.ts';
import { freshDatabase } from './testing.ts';

const leaseMs = 60_000;
const by = (name: string) => ({ initiator: { id: null, name, project: null }, requestId: `req-${name}` });

const death = (host: string, sequence = 1): FiledNotification => ({
  incidentKey: `host/${host}/${sequence}`,
  host,
  faultAt: '2026-01-02T03:04:05.000Z',
  detectedAt: '2026-01-02T03:04:05.000Z',
  payload: { type: 'COMPUTE_HOST', event: 'STOPPED', hostStatus: 'NORMAL', clusterStatus: null },
  evidence: null,
});

describe('rulings of several operators, through several processes', () => {
  it('that contradict each other at the same moment: one is made, and every worker reads the same one', async () => {
    await using database = await freshDatabase();
    await using one = await openStores(database);
    await using other = await openStores(database);
    const first = new Set<string>();
    for (let round = 0; round < 20; round += 1) {
      const { uuid } = (await one.notifications.file(death(`node${round}`), { name: 'm' })).record;
      const [claim] = await one.recoveries.claim({ worker: 'w', leaseMs, limit: 1 });
      if (!claim) throw new Error('there was nothing to claim');
      await one.recoveries.append(claim, [], { held: 'many at once' });
      const answers: RulingAnswer[] = await Promise.all([
        one.rulings.rule(uuid, round % 2 === 0 ? 'approve' : 'reject', by('ada')),
        other.rulings.rule(uuid, round % 2 === 0 ? 'reject' : 'approve', by('bob')),
      ]);
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
      const [seen, alike] = await Promise.all([one.rulings.of(uuid), other.rulings.of(uuid)]);
      expect(seen).toEqual(alike);
      expect(seen?.rulings).toHaveLength(1);
      const { verdict } = standingRulings(seen?.rulings ?? []);
      const refused = answers.find(answer => !answer.ok);
      expect(refused).toMatchObject({ standing: verdict });
      first.add(verdict?.by ?? '');
      await one.recoveries.end(claim, [], { status: 'ignored', message: 'done' });
    }
    expect(first.size).toBeGreaterThan(0);
  });

  it('beside the writes of a worker neither wait for each other for ever nor lose one', async () => {
    await using database = await freshDatabase();
    await using worker = await openStores(database);
    await using operators = await openStores(database);
    for (let round = 0; round < 20; round += 1) {
      const { uuid } = (await worker.notifications.file(death('node1', round), { name: 'm' })).record;
      const [claim] = await worker.recoveries.claim({ worker: 'w', leaseMs, limit: 1 });
      if (!claim) throw new Error('there was nothing to claim');
      const [ended, aborted] = await Promise.all([
        worker.recoveries.end(claim, [{ n: 1 }], { status: 'failed', message: 'no' }),
        operators.rulings.rule(uuid, 'abort', by('ada')),
        ...Array.from({ length: 5 }, (_, n) => worker.recoveries.append(claim, [{ n }])),
      ]);
      expect(ended).toBe('stored');
      const before = (await worker.rulings.of(uuid))?.rulings.length;
      expect(before).toBe(aborted.ok ? 1 : 0);
      const [retried, again] = await Promise.all([
        worker.rulings.rule(uuid, 'retry', by('ada')),
        operators.rulings.rule(uuid, 'retry', by('bob')),
      ]);
      expect([retried, again].filter(answer => answer.ok && answer.made)).toHaveLength(1);
      const claims = await Promise.all([
        worker.recoveries.claim({ worker: 'w', leaseMs, limit: 5 }),
        operators.recoveries.claim({ worker: 'v', leaseMs, limit: 5 }),
      ]);
      const [taken, ...others] = claims.flat();
      expect(others).toEqual([]);
      if (taken) await worker.recoveries.end(taken, [], { status: 'finished', message: 'done' });
    }
  });

  it('20 workers claim 60 notifications of 10 hosts: no host by two at a time', async () => {
    await using database = await freshDatabase();
    await using filing = await openStores(database);
    for (let n = 0; n < 60; n += 1) await filing.notifications.file(death(`node${n % 10}`, n), { name: 'm' });
    const processes = await Promise.all(
      Array.from({ length: 4 }, () => openStores({ ...database, poolSize: 5 })),
    );
    const busy = new Set<string>();
    const overlaps: string[] = [];
    let ended = 0;
    let most = 0;
    let evacuating = 0;
    const work = async (stores: (typeof processes)[number], worker: string) => {
      while (ended < 60) {
        for (const claim of await stores.recoveries.claim({ worker, leaseMs, limit: 2 })) {
          const { host } = claim.notification;
          if (busy.has(host)) overlaps.push(host);
          busy.add(host);
          for (;;) {
            const turn = await stores.recoveries.takeTurn(claim, { most: 3 });
            if (turn !== 'fenced' && turn.taken) break;
          }
          evacuating += 1;
          most = Math.max(most, evacuating);
          await stores.recoveries.append(claim, [{ n: 1 }]);
          evacuating -= 1;
          busy.delete(host);
          ended += 1;
          await stores.recoveries.end(claim, [], { status: 'finished', message: worker });
        }
      }
    };
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => work(processes[n % 4] as (typeof processes)[number], `w${n}`)),
    );
    for (const stores of processes) await stores.close();
    expect(overlaps).toEqual([]);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3);
  });
});

describe('a database of the version before', () => {
  it('in which two recoveries of one host run goes on with the older one, and tries the other again after it', async () => {
    await using database = await freshDatabase();
    const client = new pg.Client(database.url);
    await client.connect();
    await client.query('drop schema public cascade; create schema public');
    const pool = new pg.Pool({ connectionString: database.url, max: 1 });
    const old = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
    const migrator = new Migrator({ db: old, provider: { getMigrations: async () => migrations } });
    expect((await migrator.migrateTo('0004-silence')).error).toBeUndefined();
    for (const n of [1, 2])
      await sql`
        with filed as (
          insert into notification (incident_key, type, host, fault_at, detected_at, payload, filed_by)
          values (${`host/${n}`}, 'COMPUTE_HOST', 'node1', now(), now(),
            '{"type":"COMPUTE_HOST","event":"STOPPED","hostStatus":"NORMAL","clusterStatus":null}', 'm')
          returning id
        )
        insert into recovery (notification_id, claimable_at, lease_owner, fence)
        select id, now() + interval '1 hour', 'old-worker', 1 from filed
      `.execute(old);
    await sql`update notification set status = 'running'`.execute(old);
    await old.destroy();

    await using stores = await openStores(database);
    const listed = await stores.notifications.list({}, { limit: 10 });
    expect(listed.map(({ id, status }) => [id, status])).toEqual([
      [2, 'error'],
      [1, 'running'],
    ]);
    expect(await stores.recoveries.claim({ worker: 'w', leaseMs, limit: 5 })).toEqual([]);
    await client.query(`update recovery set claimable_at = now() where notification_id = 1`);
    const [older, ...others] = await stores.recoveries.claim({ worker: 'w', leaseMs, limit: 5 });
    expect([older?.notification.id, others]).toEqual([1, []]);
    if (older) await stores.recoveries.end(older, [], { status: 'finished', message: 'done' });
    const [younger] = await stores.recoveries.claim({ worker: 'w', leaseMs, limit: 5 });
    expect(younger?.notification.id).toBe(2);
    await client.end();
  });
});

describe('claims, turns and rulings beside many old notifications', () => {
  it('read no table from end to end', async () => {
    await using database = await freshDatabase();
    await using filing = await openStores(database);
    const client = new pg.Client(database.url);
    await client.connect();
    await client.query(`
      insert into notification (incident_key, type, host, status, fault_at, detected_at, ended_at, payload, filed_by)
      select 'old/' || n, 'COMPUTE_HOST', 'node' || n % 500, 'finished', now(), now(), now(),
        '{"type":"COMPUTE_HOST","event":"STOPPED","hostStatus":"NORMAL","clusterStatus":null}', 'm'
      from generate_series(1, 20000) n`);
    await client.query(
      'insert into recovery (notification_id, failed_host) select id, host from notification',
    );
    await client.query('vacuum analyze notification, recovery');
    const scans = async () => {
      const { rows } = await client.query<{ whole: string; by_index: string }>(`
        select sum(seq_scan) as whole, sum(idx_scan) as by_index from pg_stat_user_tables
        where relname in ('notification', 'recovery')`);
      return { whole: Number(rows[0]?.whole), byIndex: Number(rows[0]?.by_index) };
    };
    await client.query('select pg_stat_force_next_flush()');
    const before = await scans();

    const stores = await openStores(database);
    for (let n = 0; n < 8; n += 1) {
      const { uuid } = (await filing.notifications.file(death('node1', n), { name: 'm' })).record;
      await filing.notifications.file(death('node1', 100 + n), { name: 'm' });
      const [claim] = await stores.recoveries.claim({ worker: 'w', leaseMs, limit: 5 });
      if (claim?.notification.uuid !== uuid) throw new Error('it was not claimed');
      await stores.recoveries.nextDueInMs(1000);
      await stores.recoveries.takeTurn(claim, { most: 3 });
      await stores.rulings.rule(uuid, 'abort', by('ada'));
      await stores.rulings.of(uuid);
      await stores.recoveries.end(claim, [], { status: 'finished', message: 'done' });
      const [next] = await stores.recoveries.claim({ worker: 'w', leaseMs, limit: 5 });
      if (next) await stores.recoveries.end(next, [], { status: 'finished', message: 'done' });
    }
    await stores.close(); // A session that ends tells what it has counted.
    await until(async () => (await scans()).byIndex > before.byIndex + 50);
    expect((await scans()).whole).toBe(before.whole);
    await client.end();
  });
});
