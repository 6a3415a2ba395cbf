import type { Actor, OperationRecord, OperationSnapshot, OperationStore } from '@instance-ha/ports';
import type { Advance, Member, Row } from '@instance-ha/rollout';
import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { Database } from '../pool.ts';
import type { Schema } from '../schema.ts';
import { appendAudit } from './audit-store.ts';
import { pageLimit, storableOrNull, storableText, toJson } from './text.ts';

type OperationRow = Selectable<Schema['operation']> & { counts: OperationRecord['counts'] };

/** Operations that are over are looked at again while a row of theirs is open; at most so many. */
const openMax = 20;
/** Two services on more hosts than one installation has. */
const rowsMax = 20_000;
const beyondAll = Number.MAX_SAFE_INTEGER;

export function operationStore(database: Database): OperationStore {
  return {
    start: (asked, by) =>
      database.transaction().execute(async transaction => {
        // A lock, and not the unique index alone: who comes second is to see who was first.
        await sql`select pg_advisory_xact_lock(4801, 5)`.execute(transaction);
        const [running] = await select(transaction, sql`o.state = 'running'`, 1);
        if (running) return { ok: false, why: 'busy', record: running } as const;
        const { rows } = await sql<{ id: number }>`
          insert into operation (kind, revision, hosts, on_failure, at_once, answer_within_ms, comment, started_by)
          values ('reconfigure', ${asked.revision}, ${asked.hosts === null ? null : toJson(asked.hosts)}::json,
            ${asked.onFailure}, ${asked.atOnce}, ${asked.answerWithinMs}, ${storableOrNull(asked.comment)},
            ${storableText(by.initiator.name)})
          returning id
        `.execute(transaction);
        const id = rows[0]?.id ?? 0;
        await sql`
          insert into operation_row (operation_id, host, service, before)
          select ${id}, row.* from unnest(
            ${asked.rows.map(({ host }) => storableText(host))}::text[],
            ${asked.rows.map(({ service }) => service)}::text[],
            ${asked.rows.map(({ before }) => before)}::integer[]
          ) as row
        `.execute(transaction);
        await audit(transaction, id, 'reconfigure', { ...by, reason: asked.comment });
        await emit(transaction, id, [{ state: 'running' }]);
        const [record] = await select(transaction, sql`o.id = ${id}`, 1);
        if (!record) throw new Error('an operation that was begun comes back');
        return { ok: true, record } as const;
      }),
    get: async id => (await select(database, sql`o.id = ${id}`, 1))[0],
    list: ({ state }, { limit, after = beyondAll }) =>
      select(
        database,
        state === undefined ? sql`o.id < ${after}` : sql`o.id < ${after} and o.state = ${state}`,
        pageLimit(limit),
      ),
    async rows(id) {
      const { rows } = await sql<Selectable<Schema['operation_row']>>`
        select * from operation_row where operation_id = ${id}
        order by host collate "C", service limit ${rowsMax}
      `.execute(database);
      return rows.map(({ operation_id: _id, told_at: toldAt, changed_at: changedAt, ...row }) => ({
        ...row,
        toldAt,
        changedAt,
      }));
    },
    async open() {
      const { rows } = await sql<{ id: number }>`
        select id from operation o
        where o.state = 'running' or exists (
          select from operation_row r
          where r.operation_id = o.id and r.state in ('applying', 'not-answering', 'rolling-back')
        )
        order by id desc limit ${openMax}
      `.execute(database);
      return rows.map(({ id }) => id).reverse();
    },
    advance: (id, decide, by) =>
      database.transaction().execute(async transaction => {
        const snapshot = await lockedSnapshot(transaction, id);
        if (!snapshot) return undefined;
        const decided = decide(snapshot);
        await carryOut(transaction, id, decided);
        if (by) await audit(transaction, id, by.action, by);
        await tell(transaction, id, snapshot.operation.state, decided);
        return (await select(transaction, sql`o.id = ${id}`, 1))[0];
      }),
  };
}

async function select(
  database: Database,
  where: RawBuilder<unknown>,
  limit: number,
): Promise<OperationRecord[]> {
  const { rows } = await sql<OperationRow>`
    select o.*, (
      select coalesce(json_object_agg(state, rows), '{}')
      from (select state, count(*)::int as rows from operation_row r where r.operation_id = o.id group by state) counted
    ) as counts
    from operation o where ${where} order by o.id desc limit ${limit}
  `.execute(database);
  return rows.map(row => ({
    id: row.id,
    kind: row.kind,
    revision: row.revision,
    hosts: row.hosts,
    onFailure: row.on_failure,
    atOnce: row.at_once,
    answerWithinMs: row.answer_within_ms,
    comment: row.comment,
    state: row.state,
    message: row.message,
    startedBy: row.started_by,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    counts: row.counts,
  }));
}

/** All that a decision needs, with its age by the database's clock; others wait until this transaction ends. */
async function lockedSnapshot(transaction: Database, id: number): Promise<OperationSnapshot | undefined> {
  const { rows: found } = await sql<Selectable<Schema['operation']>>`
    select * from operation where id = ${id} for update
  `.execute(transaction);
  const [operation] = found;
  if (!operation) return undefined;
  const { rows } = await sql<Row>`
    select host, service, state, before, running, error,
      extract(epoch from clock_timestamp() - told_at)::float8 * 1000 as "toldAgoMs"
    from operation_row where operation_id = ${id}
    order by host collate "C", service limit ${rowsMax}
  `.execute(transaction);
  const { rows: members } = await sql<Member>`
    select host, service, wanted, running, state, error,
      extract(epoch from clock_timestamp() - seen_at)::float8 * 1000 as "seenAgoMs"
    from service_revision
    where host in (select host from operation_row where operation_id = ${id})
    limit ${rowsMax}
  `.execute(transaction);
  const { revision, hosts, on_failure: onFailure, at_once: atOnce, state } = operation;
  const answerWithinMs = operation.answer_within_ms;
  return {
    operation: { revision, isForAll: hosts === null, onFailure, atOnce, answerWithinMs, state },
    rows,
    members,
  };
}

async function carryOut(transaction: Database, id: number, { rows, targets, end }: Advance): Promise<void> {
  if (rows.length > 0) {
    const changed = rows.map(({ error, isTold, ...row }) => ({
      ...row,
      error: storableOrNull(error),
      told: isTold ?? false,
    }));
    await sql`
      update operation_row r set
        state = c.state, running = c.running, error = c.error, changed_at = clock_timestamp(),
        told_at = case when c.told then clock_timestamp() else r.told_at end
      from json_to_recordset(${toJson(changed)}::json)
        as c (host text, service text, state text, running integer, error text, told boolean)
      where r.operation_id = ${id} and r.host = c.host and r.service = c.service
    `.execute(transaction);
  }
  // What is said to all takes the place of what was said to one.
  if (targets.some(({ host }) => host === null)) await sql`delete from config_target`.execute(transaction);
  if (targets.length > 0) {
    const told = targets.map(({ host, revision }) => ({ host: host ?? '', revision }));
    await sql`
      insert into config_target (host, revision)
      select host, revision from json_to_recordset(${toJson(told)}::json) as t (host text, revision integer)
      on conflict (host) do update set revision = excluded.revision, told_at = clock_timestamp()
    `.execute(transaction);
  }
  if (end)
    await sql`
      update operation set state = ${end.state}, message = ${storableText(end.message)}, ended_at = clock_timestamp()
      where id = ${id}
    `.execute(transaction);
}

async function tell(
  transaction: Database,
  id: number,
  before: OperationRecord['state'],
  { rows, end }: Advance,
): Promise<void> {
  const state = end?.state ?? before;
  const news: object[] = rows.map(({ host, service, state: now }) => ({
    state,
    row: { host, service, state: now },
  }));
  if (end) news.push({ state });
  if (news.length > 0) await emit(transaction, id, news);
}

const emit = (transaction: Database, id: number, news: readonly object[]): Promise<unknown> =>
  sql`
    select emit_changes('operation', ${news.map(() => String(id))}::text[], ${news.map(toJson)}::json[])
  `.execute(transaction);

const audit = (transaction: Database, id: number, action: string, by: Actor): Promise<void> =>
  appendAudit(transaction, {
    action,
    outcome: 'success',
    initiator: by.initiator,
    target: { type: 'operation', id: String(id), name: 'reconfigure' },
    reason: by.reason ?? null,
    requestId: by.requestId,
    changes: [],
  });
