import { recordingsKeptMs } from '@instance-ha/ports';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../pool.ts';

/** A feed bridges absences; it is no archive. */
const changesKeptDays = 1;
const recordingsKeptDays = recordingsKeptMs / 86_400_000;

/**
 * Deletes what is older than it must be kept: ended notifications with their journals and moves, news, the audit,
 * heartbeats of old incidents, recordings, what was asked of monitors, operations that are over, saves of a configuration that no host
 * is to run any more, and monitors unheard for the whole time with their guests. At most `limit` rows, counting each
 * notification and each monitor as one; call again until it answers 0.
 */
export async function purge(
  database: Database,
  { olderThanDays, limit }: { olderThanDays: number; limit: number },
): Promise<number> {
  const before = (days: number) => sql`statement_timestamp() - ${days}::float8 * interval '1 day'`;
  const old = before(olderThanDays);
  const deletions: ((left: number) => RawBuilder<unknown>)[] = [
    left => sql`delete from notification where id in (
      select id from notification where ended_at < ${old} order by id limit ${left} for update skip locked)`,
    // The newest stays, so that the feed always knows how far it came.
    left => sql`delete from change where id in (
      select id from change
      where at < ${before(Math.min(olderThanDays, changesKeptDays))} and id < (select max(id) from change)
      order by id limit ${left})`,
    left =>
      sql`delete from audit where id in (select id from audit where at < ${old} order by at limit ${left})`,
    left => sql`delete from operation where id in (
      select id from operation where ended_at < ${old} order by id limit ${left})`,
    // What hosts run, and everything since, stays: a roll-back goes no further.
    left => sql`delete from config_revision where revision in (
      select revision from config_revision c
      where c.saved_at < ${old} and exists (
        select from config_revision newer
        where newer.host = c.host and newer.revision > c.revision
          and newer.revision <= (select min(revision) from config_target))
      order by revision limit ${left})`,
    left => sql`delete from service_revision where (service, name) in (
      select service, name from service_revision where seen_at < ${old} limit ${left})`,
    left => sql`delete from heard_again where incident_key in (
      select incident_key from heard_again where noted_at < ${old} limit ${left})`,
    left => sql`delete from recording where id in (
      select id from recording
      where kept_at < ${before(Math.min(olderThanDays, recordingsKeptDays))} order by kept_at limit ${left})`,
    left => sql`delete from monitor_action where id in (
      select id from monitor_action where coalesce(ended_at, due_at) < ${old} limit ${left})`,
    left => sql`delete from monitor where host in (
      select host from monitor where last_seen_at < ${old} limit ${left} for update skip locked)`,
  ];
  let left = limit;
  for (const deletion of deletions) {
    if (left <= 0) break;
    const { numAffectedRows } = await deletion(left).execute(database);
    left -= Number(numAffectedRows ?? 0n);
  }
  return limit - left;
}
