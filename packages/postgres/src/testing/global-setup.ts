import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityOf, isIdentityAlive } from '@instance-ha/runtime';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { readCluster } from '../embedded/cluster.ts';
import { runningPid, stopPostmaster } from '../embedded/postmaster.ts';
import { type EmbeddedConnection, startEmbedded } from '../embedded/start-embedded.ts';
import { migrate } from '../migrate.ts';
import { realClock, silentLog, templateName } from './surroundings.ts';

declare module 'vitest' {
  interface ProvidedContext {
    instanceHaPostgres: EmbeddedConnection;
  }
}

const prefix = 'instance-ha-test-';

/**
 * For vitest's `globalSetup`: one PostgreSQL for the whole run, without fsync, in a temporary folder, with one migrated
 * database that `freshDatabase` copies. Ends with the run; what a killed run left behind is cleared away by the next.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await clearLeftovers();
  const dir = await mkdtemp(join(tmpdir(), `${prefix}${identityOf(process.pid).replace(' ', '-')}-`));
  const remove = () => rm(dir, { recursive: true, force: true });
  try {
    const ended = new AbortController();
    const server = await startEmbedded({
      dir,
      noSync: true,
      log: silentLog,
      clock: realClock,
      signal: ended.signal,
    });
    await makeTemplate(server.connection);
    project.provide('instanceHaPostgres', server.connection);
    return async () => {
      await server.stop({ timeoutMs: 5_000 });
      await remove();
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function makeTemplate(connection: EmbeddedConnection): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  await client.query(`create database ${templateName}`);
  await client.end();
  await migrate({ ...connection, database: templateName }, { log: silentLog });
}

/** Folders whose run is gone, and the servers that may still run in them. */
async function clearLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const [pid = '', started = ''] = name.slice(prefix.length).split('-');
    if (isIdentityAlive(`${pid} ${started}`)) continue;
    const dir = join(tmpdir(), name);
    const cluster = await readCluster(dir).catch(() => undefined);
    const server = cluster && (await runningPid(cluster.dataFolder));
    if (cluster && server !== undefined) {
      await stopPostmaster(server, cluster.dataFolder, {
        clock: realClock,
        fastMs: 2_000,
        immediateMs: 2_000,
      });
    }
    await rm(dir, { recursive: true, force: true });
  }
}
