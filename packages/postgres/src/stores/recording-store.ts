import type { Recording } from '@instance-ha/guest-health';
import {
  isQuiet,
  type RecordingStore,
  recordingSeamMs,
  recordingsKeptMs,
  recordingsOfAHost,
} from '@instance-ha/ports';
import { sql } from 'kysely';
import type { Database } from '../pool.ts';
import { storableText } from './text.ts';

export function recordingStore(database: Database): RecordingStore {
  return {
    async keep(host, recording) {
      const name = storableText(host);
      const [fromAt, toAt] = [recording.fromAt, recording.toAt].map(at => new Date(at).toISOString());
      const quiet = isQuiet(recording);
      const body = JSON.stringify(recording);
      await sql`
        with gone as (
          delete from recording
          where host = ${name} and (
            kept_at < statement_timestamp() - ${recordingsKeptMs} * interval '1 millisecond'
            or id <= (
              select id from recording where host = ${name} order by id desc offset ${recordingsOfAHost - 1} limit 1
            ))
        ), lengthened as (
          update recording set to_at = ${toAt}::timestamptz, kept_at = clock_timestamp()
          where id = (select id from recording where host = ${name} order by id desc limit 1)
            and quiet and ${quiet} and heard = ${recording.heard}
            and to_at between ${fromAt}::timestamptz - ${recordingSeamMs} * interval '1 millisecond'
              and ${fromAt}::timestamptz + ${recordingSeamMs} * interval '1 millisecond'
          returning id
        )
        insert into recording (host, from_at, to_at, quiet, heard, body, bytes)
        select ${name}, ${fromAt}::timestamptz, ${toAt}::timestamptz, ${quiet}, ${recording.heard},
          ${body}::json, ${Buffer.byteLength(body)}
        where not exists (select from lengthened)
      `.execute(database);
    },
    async of(host, { since, maxBytes }) {
      const { rows } = await sql<{ to_at: string; body: Recording; all: number }>`
        select r.to_at, r.body, sizes.all from (
          select id, sum(bytes) over (order by id) as so_far, count(*) over () as all
          from recording where host = ${storableText(host)} and to_at > ${since}::timestamptz
        ) sizes join recording r using (id)
        where sizes.so_far <= ${maxBytes} order by id
      `.execute(database);
      const recordings = rows.map(({ to_at: toAt, body }) => ({ ...body, toAt: Date.parse(toAt) }));
      if (rows.length > 0) return { recordings, complete: Number(rows[0]?.all) === rows.length };
      const { rows: more } = await sql`
        select from recording where host = ${storableText(host)} and to_at > ${since}::timestamptz limit 1
      `.execute(database);
      return { recordings, complete: more.length === 0 };
    },
  };
}
