import type { TokenStore } from '@instance-ha/ports';
import type { Database } from '../pool.ts';
import { PostgresError } from '../postgres-error.ts';
import { storableOrNull, storableText } from './text.ts';

/** More tokens than anybody hands out. */
const listMax = 10_000;

export function tokenStore(database: Database): TokenStore {
  return {
    async add({ name, scope, host }, tokenDigest) {
      try {
        await database
          .insertInto('token')
          .values({
            name: storableText(name),
            scope,
            host: storableOrNull(host),
            digest: Buffer.from(tokenDigest),
          })
          .execute();
      } catch (error) {
        if (!PostgresError.isInstance(error) || error.code !== 'conflict') throw error;
        // The server's own error would name the digest.
        throw new PostgresError('conflict', `a token named ${name}, or with this digest, is there already`);
      }
    },
    async find(tokenDigest) {
      return database
        .selectFrom('token')
        .select(['name', 'scope', 'host'])
        .where('digest', '=', Buffer.from(tokenDigest))
        .executeTakeFirst();
    },
    async list() {
      const rows = await database.selectFrom('token').selectAll().orderBy('name').limit(listMax).execute();
      return rows.map(({ name, scope, host, created_at: createdAt }) => ({ name, scope, host, createdAt }));
    },
    async remove(name) {
      const { numDeletedRows } = await database
        .deleteFrom('token')
        .where('name', '=', storableText(name))
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}
