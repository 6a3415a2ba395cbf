import {
  type ConfigurationRevision,
  type ConfigurationStore,
  type ConfigurationSummary,
  configurationPath,
} from '@instance-ha/ports';
import { type Selectable, sql } from 'kysely';
import type { Database } from '../pool.ts';
import type { Schema } from '../schema.ts';
import { appendAudit } from './audit-store.ts';
import { pageLimit, storableOrNull, storableText } from './text.ts';

type Row = Selectable<Schema['config_revision']>;

/** The file for all hosts has the empty host. */
const hostKey = (host: string | null): string => (host === null ? '' : storableText(host));
/** Files of one installation that are listed: one for each host, and more hosts than there are. */
const filesMax = 10_001;
const beyondAll = 2_147_483_647;

const summaryColumns = sql.raw('revision, host, saved_at, saved_by, comment, errors, warnings');

export function configurationStore(database: Database): ConfigurationStore {
  const target = async (hosts: string[]): Promise<number | undefined> => {
    // The host's own before that of all: the empty text is the least.
    const { rows } = await sql<{ revision: number }>`
      select revision from config_target where host = any(${hosts}::text[]) order by host desc limit 1
    `.execute(database);
    return rows[0]?.revision;
  };
  return {
    save: (file, by) =>
      database.transaction().execute(async transaction => {
        // Saves come one after the other, so that a revision never appears after a later one.
        await sql`select pg_advisory_xact_lock(4801, 4)`.execute(transaction);
        const latest = await newest(transaction, file.host);
        if ((latest?.revision ?? 0) !== file.expected)
          return { ok: false, why: 'overtaken', record: latest } as const;
        const text = storableText(file.text);
        if (latest?.text === text) return { ok: true, record: latest } as const;
        const savedBy = storableText(by.initiator.name);
        const { rows } = await sql<Row>`
          insert into config_revision (host, text, saved_by, comment, errors, warnings)
          values (${hostKey(file.host)}, ${text}, ${savedBy}, ${storableOrNull(file.comment)},
            ${file.errors}, ${file.warnings})
          returning *
        `.execute(transaction);
        const [row] = rows;
        if (!row) throw new Error('a revision that was saved comes back');
        const record = toRevision(row);
        const path = configurationPath(record.host);
        await appendAudit(transaction, {
          action: 'save',
          outcome: 'success',
          initiator: by.initiator,
          target: { type: 'configuration', id: String(record.revision), name: path },
          reason: file.comment,
          requestId: by.requestId,
          changes: file.changes,
        });
        const data = JSON.stringify({ revision: record.revision, by: savedBy, draft: record.errors > 0 });
        await sql`select emit_changes('configuration', array[${path}::text], array[${data}::json])`.execute(
          transaction,
        );
        return { ok: true, record } as const;
      }),
    get: (host, upTo) => newest(database, host, upTo),
    async files(upTo = beyondAll) {
      const { rows } = await sql<Omit<Row, 'text'>>`
        select distinct on (host) ${summaryColumns} from config_revision
        where revision <= ${upTo} order by host, revision desc limit ${filesMax}
      `.execute(database);
      return rows.map(toSummary);
    },
    async list(host, { limit, after = beyondAll }) {
      const { rows } = await sql<Omit<Row, 'text'>>`
        select ${summaryColumns} from config_revision
        where host = ${hostKey(host)} and revision < ${after}
        order by revision desc limit ${pageLimit(limit)}
      `.execute(database);
      return rows.map(toSummary);
    },
    async latest() {
      const { rows } = await sql<{ latest: number }>`
        select coalesce(max(revision), 0) as latest from config_revision
      `.execute(database);
      return rows[0]?.latest ?? 0;
    },
    wanted: host => target([storableText(host), '']),
    async wantedOf(hosts) {
      const keys = hosts.map(storableText);
      const { rows } = await sql<{ host: string; revision: number }>`
        select host, revision from config_target where host = any(${[...keys, '']}::text[])
      `.execute(database);
      const told = new Map(rows.map(({ host, revision }) => [host, revision]));
      return keys.map(host => told.get(host) ?? told.get(''));
    },
    applied: () => target(['']),
  };
}

async function newest(
  database: Database,
  host: string | null,
  upTo = beyondAll,
): Promise<ConfigurationRevision | undefined> {
  const { rows } = await sql<Row>`
    select * from config_revision
    where host = ${hostKey(host)} and revision <= ${upTo} order by revision desc limit 1
  `.execute(database);
  return rows[0] && toRevision(rows[0]);
}

const toSummary = (row: Omit<Row, 'text'>): ConfigurationSummary => ({
  revision: row.revision,
  host: row.host === '' ? null : row.host,
  savedAt: row.saved_at,
  savedBy: row.saved_by,
  comment: row.comment,
  errors: row.errors,
  warnings: row.warnings,
});

const toRevision = (row: Row): ConfigurationRevision => ({ ...toSummary(row), text: row.text });
