import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@instance-ha/ports';
import pg from 'pg';
import { PostgresError } from '../postgres-error.ts';
import { type Cluster, superuser } from './cluster.ts';
import { type Runtime, serverEnvironment } from './runtime.ts';
import type { ServerUser } from './server-user.ts';
import { servesFolder } from './serves-folder.ts';
import { socketPort } from './socket-folder.ts';

/** The database of the stores; made at first start. */
export const databaseName = 'instance_ha';

/** The pid of the server that runs on this data folder; undefined when none does. */
export async function runningPid(dataFolder: string): Promise<number | undefined> {
  const file = await readFile(join(dataFolder, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(file, 10);
  return Number.isInteger(pid) && servesFolder(pid, dataFolder) ? pid : undefined;
}

/** True when the server itself says that it accepts connections: asked so, its log is not filled with refusals. */
export async function saysReady(dataFolder: string, pid: number): Promise<boolean> {
  const lines = (await readFile(join(dataFolder, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  // LOCK_FILE_LINE_PM_STATUS of src/include/utils/pidfile.h.
  return lines[0]?.trim() === String(pid) && lines[7]?.trim() === 'ready';
}

/** Starts the server detached: it lives on when this process dies, and is adopted by the next. */
export async function spawnPostmaster(options: {
  runtime: Runtime;
  user: ServerUser;
  dataFolder: string;
  socketFolder: string;
  logFile: string;
  noSync: boolean;
}): Promise<{ pid: number; exited: () => boolean }> {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: `"${options.socketFolder.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    port: String(socketPort),
    max_connections: '200',
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    logging_collector: 'off',
    log_destination: 'stderr',
    // One call for the whole file system before crash recovery, not one for each of a thousand files: measured on a
    // busy disk, 0.3 to 1 s until it answers again after a kill -9, not 1 to 3 s.
    recovery_init_sync_method: 'syncfs',
    // Commits still reach the system's cache: they survive a kill -9, not a power cut.
    ...(options.noSync ? { fsync: 'off', full_page_writes: 'off' } : {}),
  };
  const log = await open(options.logFile, 'a', 0o600);
  try {
    const child = spawn(
      join(options.runtime.folder, 'bin', 'postgres'),
      [
        '-D',
        options.dataFolder,
        ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
      ],
      {
        ...options.user.ids,
        cwd: '/',
        env: serverEnvironment,
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      },
    );
    let gone = false;
    const ended = new Promise<void>(resolve => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    void ended.then(() => {
      gone = true;
    });
    child.unref();
    return { pid: child.pid ?? 0, exited: () => gone };
  } finally {
    await log.close();
  }
}

/** Whether the server answers and lets us in. Makes the database of the stores where it is missing. */
export async function callServer(socketFolder: string, cluster: Cluster): Promise<boolean> {
  const client = new pg.Client({
    host: socketFolder,
    port: socketPort,
    user: superuser,
    password: cluster.password,
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
    query_timeout: 5_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const found = await client.query('select 1 from pg_database where datname = $1', [databaseName]);
    if (found.rowCount === 0) await createDatabase(client);
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === '28P01') {
      throw new PostgresError(
        'denied',
        `the server at ${socketFolder} refuses the password kept beside its data folder: was it changed, or the folder restored without its password file?`,
        { cause: error },
      );
    }
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

async function createDatabase(client: pg.Client): Promise<void> {
  await client.query(`create database ${databaseName}`).catch((error: { code?: string }) => {
    // duplicate_database, or the same seen as a unique violation: another process was quicker.
    if (error.code !== '42P04' && error.code !== '23505') throw error;
  });
}

/**
 * Stops a server: fast (open transactions are rolled back), then immediate (crash recovery at the next start), then
 * by force. Each has its share of time; answers which one it took.
 */
export async function stopPostmaster(
  pid: number,
  dataFolder: string,
  { clock, fastMs, immediateMs }: { clock: Clock; fastMs: number; immediateMs: number },
): Promise<'fast' | 'immediate' | 'killed'> {
  const steps = [
    ['fast', 'SIGINT', fastMs],
    ['immediate', 'SIGQUIT', immediateMs],
    ['killed', 'SIGKILL', 5_000],
  ] as const;
  for (const [name, signal, patienceMs] of steps) {
    try {
      process.kill(pid, signal);
    } catch {
      return name; // It went by itself.
    }
    const deadline = clock.monotonicMs() + patienceMs;
    while (clock.monotonicMs() < deadline) {
      if (!servesFolder(pid, dataFolder)) return name;
      await clock.sleep(20);
    }
  }
  throw new PostgresError('not-started', `the server process ${pid} does not end, not even by SIGKILL`);
}
