import type { Change, ChangeFeed, Clock, Logger } from '@instance-ha/ports';
import { sql } from 'kysely';
import pg from 'pg';
import type { Database } from '../pool.ts';
import { PostgresError, toPostgresError } from '../postgres-error.ts';

type Listener = Parameters<ChangeFeed['subscribe']>[0];

/** Changes fetched at once. */
const pageMax = 1_000;
/** Without any news the connection is tried so often: a peer that vanished without a word is noticed. */
const quietMs = 5_000;
const firstBackoffMs = 50;
const lastBackoffMs = 2_000;

/**
 * The change feed. NOTIFY only says that there is news; what it is and in which order is read from the table, whose
 * ids become visible in order (see `emit_changes`). So a burst costs one query, and nothing depends on the order or
 * the size of notifications.
 *
 * One connection listens for all subscribers of this process. When it breaks it is made anew, and since nobody
 * knows what was missed meanwhile, everyone is told `onLost`.
 */
export class ChangeHub implements ChangeFeed {
  readonly #database: Database;
  readonly #config: pg.ClientConfig;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<Listener>();
  #session: Session | undefined;
  #opening: Promise<Session> | undefined;
  #loop: Promise<void> | undefined;
  #wake: () => void = () => {};

  constructor(options: {
    database: Database;
    config: pg.ClientConfig;
    clock: Clock;
    log: Logger;
    signal: AbortSignal;
  }) {
    this.#database = options.database;
    this.#config = options.config;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#signal = options.signal;
  }

  async subscribe(listener: Listener, signal: AbortSignal): Promise<void> {
    if (this.#signal.aborted) throw new PostgresError('closed', 'the stores are closed');
    await this.#open();
    if (signal.aborted) return;
    // Copied, so that one object may subscribe twice.
    const entry: Listener = {
      onChange: change => listener.onChange(change),
      onLost: () => listener.onLost(),
    };
    this.#listeners.add(entry);
    signal.addEventListener('abort', () => this.#listeners.delete(entry), { once: true });
  }

  async since(id: number, limit: number): Promise<Change[]> {
    return readSince(this.#database, id, Math.min(limit, pageMax));
  }

  async latestId(): Promise<number> {
    return readLatestId(this.#database);
  }

  /** Resolves when nothing of the feed runs any more. Call after `signal` was aborted. */
  async closed(): Promise<void> {
    await this.#opening?.catch(() => {});
    await this.#loop;
  }

  #open(): Promise<Session> {
    if (this.#session) return Promise.resolve(this.#session);
    this.#opening ??= Session.open(this.#config, this.#signal)
      .then(session => {
        this.#session = session;
        if (this.#loop) this.#mended();
        else this.#loop = this.#run();
        return session;
      })
      .finally(() => {
        this.#opening = undefined;
      });
    return this.#opening;
  }

  /** Reads when there is news, and mends the connection, until the end. */
  async #run(): Promise<void> {
    let backoffMs = firstBackoffMs;
    while (!this.#signal.aborted) {
      const session = this.#session;
      if (session) {
        backoffMs = firstBackoffMs;
        await this.#follow(session);
        this.#session = undefined;
        await session.close();
        continue;
      }
      try {
        await this.#open();
      } catch {
        await this.#pause(backoffMs);
        backoffMs = Math.min(lastBackoffMs, backoffMs * 2);
      }
    }
    await this.#session?.close();
  }

  /** The connection was made anew, by the loop or by somebody who subscribed meanwhile. */
  #mended(): void {
    this.#log.info({}, 'change feed listens again');
    this.#tell('onLost', listener => listener.onLost());
    this.#wake();
  }

  async #pause(ms: number): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.#clock.sleep(ms, AbortSignal.any([woken.signal, this.#signal])).catch(() => {});
    this.#wake = () => {};
  }

  /** Until the connection breaks or the end comes. */
  async #follow(session: Session): Promise<void> {
    try {
      while (!this.#signal.aborted) {
        for (const change of await session.news())
          this.#tell('onChange', listener => listener.onChange(change));
        await session.untilNews(this.#clock, quietMs, this.#signal);
      }
    } catch (error) {
      if (this.#signal.aborted) return;
      this.#log.warn({ error: toPostgresError(error, 'listening') }, 'change feed lost its connection');
    }
  }

  #tell(name: string, call: (listener: Listener) => void): void {
    for (const listener of this.#listeners) {
      try {
        call(listener);
      } catch (error) {
        this.#log.error({ error, name }, 'a listener of the change feed failed');
      }
    }
  }
}

/** One listening connection, and how far it has read. */
class Session {
  readonly #client: pg.Client;
  #readUpTo = 0;
  #news = true;
  #lost: Error | undefined;
  #wake: () => void = () => {};

  private constructor(client: pg.Client) {
    this.#client = client;
    client.on('notification', () => {
      this.#news = true;
      this.#wake();
    });
    client.on('error', error => {
      this.#lost ??= error;
      this.#wake();
    });
    client.on('end', () => {
      this.#lost ??= new PostgresError('unavailable', 'the listening connection was closed');
      this.#wake();
    });
  }

  static async open(config: pg.ClientConfig, signal: AbortSignal): Promise<Session> {
    const client = new pg.Client(config);
    const session = new Session(client);
    try {
      await client.connect();
      await client.query("set timezone = 'UTC'; set datestyle = 'ISO, YMD'; listen instance_ha_change");
      session.#readUpTo = await session.#latestId();
      signal.throwIfAborted();
      return session;
    } catch (error) {
      await session.close();
      throw toPostgresError(error, 'listening for changes');
    }
  }

  /** Everything since the last time. */
  async news(): Promise<Change[]> {
    if (this.#lost) throw this.#lost;
    this.#news = false;
    const { rows } = await this.#client.query<Change>({
      name: 'news', // Parsed and planned once.
      text: 'select id, at, kind, subject, data from change where id > $1 order by id limit $2',
      values: [this.#readUpTo, pageMax],
    });
    this.#readUpTo = rows.at(-1)?.id ?? this.#readUpTo;
    if (rows.length === pageMax) this.#news = true;
    return rows;
  }

  /** Resolves at the first news, when the connection broke, or after a quiet time. */
  async untilNews(clock: Clock, quietMs: number, signal: AbortSignal): Promise<void> {
    if (this.#news || this.#lost) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    const either = AbortSignal.any([woken.signal, signal]);
    await clock.sleep(quietMs, either).catch(() => {});
    this.#wake = () => {};
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {});
  }

  async #latestId(): Promise<number> {
    const { rows } = await this.#client.query<{ id: number }>(
      'select coalesce(max(id), 0) as id from change',
    );
    return rows[0]?.id ?? 0;
  }
}

async function readSince(database: Database, id: number, limit: number): Promise<Change[]> {
  const { rows } = await sql<Change>`
    select id, at, kind, subject, data from change where id > ${id} order by id limit ${limit}
  `.execute(database);
  return rows;
}

async function readLatestId(database: Database): Promise<number> {
  const { rows } = await sql<{ id: number }>`select coalesce(max(id), 0) as id from change`.execute(database);
  return rows[0]?.id ?? 0;
}
