export { connectStores, type StoresOptions } from './connect-stores.ts';
export type { PostgresConnection } from './connection.ts';
export { migrate } from './migrate.ts';
export { PostgresError, type PostgresErrorCode, postgresErrorCodes } from './postgres-error.ts';
