import type { Recording } from '@instance-ha/guest-health';
import { isQuiet, type RecordingStore, recordingSeamMs, recordingsKeptMs } from '@instance-ha/ports';
import { sql } from 'kysely';
import type { Database } from '../pool.ts';
import { storableText } from './text.ts';

export function recordingStore(database: Database): RecordingStore {
  return {
    async keep(host, recording) {
      const name = storableText(host);
      const [fromAt, toAt] = [recording.fromAt, recording.toAt].map(at => new Date(at).toISOString());
      const quiet = isQuiet(recording);
      await sql`
        with gone as (
          delete from recording
          where host = ${name}
            and kept_at < statement_timestamp() - ${recordingsKeptMs} * interval '1 millisecond'
        ), lengthened as (
          update recording set to_at = ${toAt}::timestamptz, kept_at = clock_timestamp()
          where id = (select id from recording where host = ${name} order by id desc limit 1)
            and quiet and ${quiet} and heard = ${recording.heard}
            and to_at between ${fromAt}::timestamptz - ${recordingSeamMs} * interval '1 millisecond'
              and ${fromAt}::timestamptz + ${recordingSeamMs} * interval '1 millisecond'
          returning id
        )
        insert into recording (host, from_at, to_at, quiet, heard, body)
        select ${name}, ${fromAt}::timestamptz, ${toAt}::timestamptz, ${quiet}, ${recording.heard},
          ${JSON.stringify(recording)}::json
        where not exists (select from lengthened)
      `.execute(database);
    },
    async since(since, { hosts, limit }) {
      const { rows } = await sql<{ host: string; to_at: string; body: Recording }>`
        select host, to_at, body from recording
        where host = any(${[...hosts].map(storableText)}::text[]) and to_at > ${since}::timestamptz
        order by host collate "C", from_at, id limit ${limit}
      `.execute(database);
      return rows.map(({ host, to_at: toAt, body }) => ({
        host,
        recording: { ...body, toAt: Date.parse(toAt) },
      }));
    },
  };
}
