import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { migrate, PostgresError } from './index.ts';
import { migrations } from './migrations/migrations.ts';
import { openStores } from './testing/open-stores.ts';
import { silentLog } from './testing/surroundings.ts';
import { until, untilSomebodyWaits } from './testing/until.ts';
import { elapse, freshDatabase } from './testing.ts';

const refusal = (attempt: Promise<unknown>): Promise<PostgresError> =>
  attempt.then(
    () => {
      throw new Error('expected a refusal');
    },
    (error: PostgresError) => error,
  );

async function clientOf(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  return client;
}

describe('the schema', () => {
  it('is made once by processes that start at the same time, and found by those that come later', async () => {
    await using database = await freshDatabase();
    const client = await clientOf(database.url);
    await client.query('drop schema public cascade; create schema public');
    await Promise.all(Array.from({ length: 8 }, () => migrate(database.connection, { log: silentLog })));
    await migrate(database.url, { log: silentLog });
    const { rows } = await client.query('select name from kysely_migration');
    expect(rows).toEqual(Object.keys(migrations).map(name => ({ name })));
    await client.end();
    await using stores = await openStores(database);
    expect(await stores.notifications.list({}, { limit: 1 })).toEqual([]);
  });

  it('of a newer version is left alone', async () => {
    await using database = await freshDatabase();
    const client = await clientOf(database.url);
    await client.query("insert into kysely_migration values ('0099-future', now()::text)");
    await client.end();
    const { code, message } = await refusal(openStores(database));
    expect(code).toBe('schema');
    expect(message).toContain('newer version of this program (unknown migrations: 0099-future)');
  });
});

describe('connecting', () => {
  it('works by URL as by parts', async () => {
    await using database = await freshDatabase();
    await using stores = await openStores({ connection: database.url });
    await stores.ping({ timeoutMs: 5_000 });
  });

  it('tells what is wrong: unreadable, nobody there, wrong password; and never the password', async () => {
    await using database = await freshDatabase();
    const { connection } = database;
    const wrong = { ...connection, password: 'secret-guess' };
    const nobody = { ...connection, host: '/nonexistent', password: 'secret-guess' };
    const found = [
      await refusal(openStores({ connection: 'host=x password=secret-guess' })),
      await refusal(openStores({ connection: nobody, startTimeoutMs: 100 })),
      await refusal(openStores({ connection: wrong })),
    ];
    expect(found.map(({ code }) => code)).toEqual(['invalid', 'unavailable', 'denied']);
    expect(found.every(error => PostgresError.isInstance(error))).toBe(true);
    expect(found.map(error => `${error.message} ${error.stack}`).join()).not.toContain('secret-guess');
  });
});

describe('a call', () => {
  it('ends by its deadline when the database does not let it go on, and the next works', async () => {
    await using database = await freshDatabase();
    await using stores = await openStores({ ...database, statementTimeoutMs: 300 });
    const blocker = await clientOf(database.url);
    await blocker.query('begin; lock table pause');
    const told = await refusal(stores.pause.set({ reason: 'r', by: 'b', forMs: 1_000 }));
    expect([told.code, told.retryable]).toEqual(['timeout', true]);
    await blocker.query('rollback');
    await blocker.end();
    expect((await stores.pause.set({ reason: 'r', by: 'b', forMs: 1_000 })).reason).toBe('r');
  });

  it('fails as unavailable when its connection is cut, and the next makes another', async () => {
    await using database = await freshDatabase();
    await using stores = await openStores({ ...database, poolSize: 1 });
    const blocker = await clientOf(database.url);
    await blocker.query('begin; lock table pause');
    const cut = refusal(stores.pause.current());
    await untilSomebodyWaits(database.url);
    await blocker.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database()`);
    expect(await cut).toMatchObject({ code: 'unavailable', retryable: true });
    await blocker.query('rollback');
    await blocker.end();
    expect(await stores.pause.current()).toBeUndefined();
  });

  it('after the end is refused as closed', async () => {
    await using database = await freshDatabase();
    const ended = new AbortController();
    const stores = await openStores({ ...database, signal: ended.signal });
    ended.abort();
    expect(await refusal(stores.tokens.list())).toMatchObject({ code: 'closed', retryable: false });
    const listener = { onChange: () => {}, onLost: () => {} };
    expect(await refusal(stores.changes.subscribe(listener, new AbortController().signal))).toMatchObject({
      code: 'closed',
    });
    await stores.close();
  });
});

describe('the change feed', () => {
  it('gives ids in the order in which they become visible, though a transaction dawdles', async () => {
    await using database = await freshDatabase();
    await using stores = await openStores(database);
    const dawdler = await clientOf(database.url);
    await dawdler.query('begin');
    await dawdler.query(`select emit_changes('pause', array['slow'], array['{}'::json])`);
    const quick = stores.pause.set({ reason: 'quick', by: 'b', forMs: 60_000 });
    // The quick one may not overtake: its id is greater, so a reader that saw it would never look for the slow one.
    await untilSomebodyWaits(database.url);
    expect(await stores.changes.since(0, 10)).toEqual([]);
    await dawdler.query('commit');
    await quick;
    const subjects = (await stores.changes.since(0, 10)).map(({ subject, data }) => subject || data);
    expect(subjects).toEqual(['slow', { pause: expect.objectContaining({ reason: 'quick' }) as unknown }]);
    await dawdler.end();
  });

  it('leaves nothing out and tells nothing twice while many processes write', async () => {
    await using database = await freshDatabase();
    const writers = await Promise.all(
      Array.from({ length: 3 }, () => openStores({ ...database, poolSize: 4 })),
    );
    await using reader = await openStores(database);
    const heard: number[] = [];
    const listener = {
      onChange: ({ id }: { id: number }) => heard.push(id),
      onLost: () => heard.push(Number.NaN),
    };
    await reader.changes.subscribe(listener, new AbortController().signal);
    await Promise.all(
      writers.flatMap((stores, n) =>
        Array.from({ length: 40 }, (_, m) =>
          stores.guests.report({
            host: `node-${n}-${m}`,
            session: 's',
            sequence: 1,
            version: '1',
            startedAt: '2026-01-01T00:00:00.000Z',
            state: 'watching',
            cause: null,
            mode: 'libvirt',
            checkIntervalMs: 1_000,
            gate: { suspect: false, silent: 0, heard: 0 },
            spoolDepth: 0,
            complete: true,
            guests: [],
          }),
        ),
      ),
    );
    await until(() => heard.length >= 120);
    expect(heard).toEqual((await reader.changes.since(0, 1_000)).map(({ id }) => id));
    expect(heard).toHaveLength(120);
    for (const stores of writers) await stores.close();
  });

  it('says that changes were lost when its connection was cut, and goes on', async () => {
    await using database = await freshDatabase();
    await using stores = await openStores(database);
    let lost = 0;
    const heard: string[] = [];
    await stores.changes.subscribe(
      {
        onChange: ({ kind }) => heard.push(kind),
        onLost: () => {
          lost += 1;
        },
      },
      new AbortController().signal,
    );
    const killer = await clientOf(database.url);
    await killer.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'instance-ha changes' and datname = current_database()`);
    await killer.end();
    await until(() => lost === 1);
    await stores.pause.set({ reason: 'r', by: 'b', forMs: 1_000 });
    await until(() => heard.length === 1);
    expect([lost, heard]).toEqual([1, ['pause']]);
  });

  it('goes on for the others when one listener throws', async () => {
    await using database = await freshDatabase();
    await using stores = await openStores(database);
    const heard: string[] = [];
    const { signal } = new AbortController();
    const throwing = () => {
      throw new Error('not today');
    };
    await stores.changes.subscribe({ onChange: throwing, onLost: throwing }, signal);
    await stores.changes.subscribe({ onChange: ({ kind }) => heard.push(kind), onLost: () => {} }, signal);
    await stores.pause.set({ reason: 'one', by: 'b', forMs: 1_000 });
    await stores.pause.set({ reason: 'two', by: 'b', forMs: 1_000 });
    await until(() => heard.length === 2);
  });
});

describe('time', () => {
  it('elapses for everything the database stamps', async () => {
    await using database = await freshDatabase();
    await using stores = await openStores(database);
    const client = await clientOf(database.url);
    const { rows } = await client.query<{ table: string; column: string }>(`
      select table_name as table, column_name as column from information_schema.columns
      where table_schema = 'public' and data_type like 'timestamp%'`);
    await client.end();
    // What monitors and workers stamp is theirs; anything else must be in the list of `elapse`.
    const monitors = [
      'fault_at',
      'detected_at',
      'started_at',
      'since',
      'last_beat_at',
      'heard_again_at',
      'from_at',
      'to_at',
    ];
    const theirs = [...monitors, 'start_time', 'end_time'];
    const ours = rows
      .filter(({ table, column }) => !theirs.includes(column) || table === 'operation')
      .map(({ table, column }) => `${table}.${column}`);
    const { stamped } = await import('./testing/elapse.ts');
    const listed = Object.entries(stamped).flatMap(([table, columns]) =>
      columns.map(column => `${table}.${column}`),
    );
    expect(listed.toSorted()).toEqual(ours.toSorted());
    await stores.pause.set({ reason: 'r', by: 'b', forMs: 1_000 });
    await elapse(database.connection, 1_001);
    expect(await stores.pause.current()).toBeUndefined();
  });
});
