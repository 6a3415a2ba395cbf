import pg from 'pg';
import { PostgresError } from './postgres-error.ts';

/** A `postgresql://` URL, or its parts. A `host` that begins with `/` is the folder of a unix socket. */
export type PostgresConnection =
  | string
  | { host: string; port?: number; database: string; user: string; password: string };

/** The parts as one string, password included. */
export function urlOf(parts: Exclude<PostgresConnection, string>): string {
  const { host, port = 5432, database, user, password } = parts;
  const query = new URLSearchParams({ host, port: String(port) });
  const [login, secret] = [user, password].map(encodeURIComponent);
  return `postgresql://${login}:${secret}@/${encodeURI(database)}?${query.toString()}`;
}

/** What each statement may take on the server; the client waits a little longer, then gives the connection up. */
export type Deadlines = { statementTimeoutMs: number };

const clientMarginMs = 1_000;
const connectTimeoutMs = 5_000;

/** How every connection of this package is made: with deadlines, in UTC, and with our reading of the types. */
export function clientConfig(
  connection: PostgresConnection,
  { statementTimeoutMs, applicationName }: Deadlines & { applicationName: string },
): pg.ClientConfig {
  return {
    ...(typeof connection === 'string' ? { connectionString: connection } : connection),
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + clientMarginMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser: readAs },
  };
}

/** Refuses a connection string that cannot be read, without repeating it: it holds a password. */
export function assertReadable(connection: PostgresConnection): void {
  if (typeof connection !== 'string') return;
  const refuse = (found: string) =>
    new PostgresError(
      'invalid',
      `[database] connection must be a URL like postgresql://user:password@host:5432/database (one host), found ${found}`,
    );
  if (!/^postgres(ql)?:\/\//.test(connection)) throw refuse('another scheme or none');
  try {
    new pg.Client({ connectionString: connection });
  } catch {
    throw refuse('one that cannot be read');
  }
}

/** Object identifiers of pg_type.dat. */
const int8 = 20;
const timestamptz = 1184;

type Reader = (text: string) => unknown;

/** Our ids stay far below 2^53; instants are read as text, which costs less than a Date and loses nothing we keep. */
function readAs(oid: number, format?: 'text' | 'binary'): Reader {
  if (oid === int8) return Number;
  if (oid === timestamptz) return isoOf;
  return pg.types.getTypeParser(oid, format as 'text') as Reader;
}

/** `2026-01-02 03:04:05.678901+00`, as a UTC session writes it, to `2026-01-02T03:04:05.678Z`. */
export function isoOf(text: string): string {
  if (!text.endsWith('+00') || text.length < 22 || text[10] !== ' ') return new Date(text).toISOString();
  const milliseconds = text.slice(20, -3).slice(0, 3).padEnd(3, '0');
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${milliseconds}Z`;
}
