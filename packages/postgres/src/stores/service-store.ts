import { type ServiceSighting, type ServiceStore, serviceForgottenAfterMs } from '@instance-ha/ports';
import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { Database } from '../pool.ts';
import type { Schema } from '../schema.ts';
import { storableOrNull, storableText } from './text.ts';

/** Two services on more hosts than one installation has. */
const listMax = 20_000;

export function serviceStore(database: Database): ServiceStore {
  return {
    async asked(asking) {
      const { service, name, host, version } = storable(asking);
      await sql`
        ${forgotten(asking)}
        insert into service_revision (service, name, host, version, seen_at)
        values (${service}, ${name}, ${host}, ${version}, clock_timestamp())
        on conflict (service, name) do update set
          host = excluded.host, version = excluded.version, seen_at = excluded.seen_at
      `.execute(database);
    },
    async reported({ wanted, running, state, error, ...told }) {
      const { service, name, host, version } = storable(told);
      await sql`
        ${forgotten(told)}
        insert into service_revision (service, name, host, version, wanted, running, state, error, seen_at)
        values (${service}, ${name}, ${host}, ${version}, ${wanted}, ${running}, ${state},
          ${storableOrNull(error)}, clock_timestamp())
        on conflict (service, name) do update set
          host = excluded.host, version = excluded.version, wanted = excluded.wanted,
          running = excluded.running, state = excluded.state, error = excluded.error,
          seen_at = excluded.seen_at
      `.execute(database);
    },
    async left({ service, name }) {
      await sql`
        delete from service_revision where service = ${service} and name = ${storableText(name)}
      `.execute(database);
    },
    async list() {
      const { rows } = await sql<Selectable<Schema['service_revision']>>`
        select * from service_revision
        order by host collate "C", service, name collate "C" limit ${listMax}
      `.execute(database);
      return rows.map(({ seen_at: seenAt, ...row }) => ({ ...row, seenAt }));
    },
  };
}

type Asking = Pick<ServiceSighting, 'service' | 'name' | 'host' | 'version'>;

const storable = ({ service, name, host, version }: Asking): Asking => ({
  service,
  name: storableText(name),
  host: storableText(host),
  version: storableText(version),
});

/** Those of the same service and host by another name, once they were not heard for long: processes that are no more. */
const forgotten = (asking: Asking): RawBuilder<unknown> => {
  const { service, name, host } = storable(asking);
  return sql`
    with forgotten as (
      delete from service_revision
      where service = ${service} and host = ${host} and name <> ${name}
        and seen_at < statement_timestamp() - ${serviceForgottenAfterMs} * interval '1 millisecond'
    )`;
};
