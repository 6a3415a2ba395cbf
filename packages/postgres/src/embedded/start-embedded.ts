import { chmod, mkdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Logger } from '@instance-ha/ports';
import { urlOf } from '../connection.ts';
import { PostgresError } from '../postgres-error.ts';
import { type Cluster, openCluster, readCluster, superuser } from './cluster.ts';
import {
  callServer,
  databaseName,
  runningPid,
  saysReady,
  spawnPostmaster,
  stopPostmaster,
} from './postmaster.ts';
import { prepareRuntime, type Runtime, removeOtherRuntimes } from './runtime.ts';
import { lastLines, rotateLog } from './server-log.ts';
import { assertSearchable, type ServerUser, serverUser } from './server-user.ts';
import { servesFolder } from './serves-folder.ts';
import { findSocketFolder, openSocketFolder, removeShortFolder, socketPort } from './socket-folder.ts';
import { takeStartLock } from './start-lock.ts';

export type EmbeddedOptions = {
  /** State folder of the server, made when missing. On a local disk; every process that names it shares one server. */
  dir: string;
  log: Logger;
  clock: Clock;
  /** Ends the supervision, not the server: use `stop` for that. */
  signal: AbortSignal;
  /** For tests only: a crash of the machine may lose everything. */
  noSync?: boolean;
  /** Told whenever the server died and answers again. */
  onRestart?: (restarted: { pid: number }) => void;
  /** A folder with bin, lib and share of a PostgreSQL, beside a package.json; by default the npm package's. */
  native?: string;
  /** How long the first start may take, initialisation and crash recovery included; by default 120,000 ms. */
  startTimeoutMs?: number;
};

/** As `pg` and `connectStores` take it. The password is a secret: not for logs. */
export type EmbeddedConnection = {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
};

export type EmbeddedServer = {
  connection: EmbeddedConnection;
  /** The same as one string, password included. */
  url: string;
  /** Of the server that runs now; another one after a restart. */
  readonly pid: number;
  /** True when the server ran already and was not started by this process. */
  readonly adopted: boolean;
  /** Resolves when supervision was ended by `stop`, `leave` or `signal`; rejects when the server could not be brought back. */
  watch: Promise<void>;
  /** Ends supervision and the server, for every process that uses it. */
  stop(options?: { mode?: 'fast'; timeoutMs?: number }): Promise<void>;
  /** Ends supervision and leaves the server running, for others to use and to adopt. */
  leave(): Promise<void>;
};

const watchIntervalMs = 100;
const logCheckIntervalMs = 10_000;
/** After a kill -9 of the server the next start fails while its last backends still go. */
const restartTimeoutMs = 60_000;
/** An immediate stop: the server itself kills what does not end within 5 s. */
const patience = { fastMs: 10_000, immediateMs: 10_000 };
const firstBackoffMs = 50;
const lastBackoffMs = 1_000;

/** Everything that stays the same while servers come and go in one folder. */
type Site = Required<Pick<EmbeddedOptions, 'dir' | 'log' | 'clock' | 'noSync'>> & {
  native: string | undefined;
  user: ServerUser;
  logFile: string;
  /** Written by whoever stops the server on purpose, so that no other supervisor starts it again. */
  stoppedFile: string;
};

type Running = { pid: number; adopted: boolean; cluster: Cluster; socketFolder: string };

/**
 * Starts the PostgreSQL that npm brought, or adopts the one that runs on this folder already, and keeps it running.
 *
 * It listens on a unix socket only. It is its own process and outlives this one: after a kill -9 of this process the
 * next one adopts it with every row, and when the server itself is killed it is back within about half a second. Any
 * number of processes may name the same folder.
 *
 * Rejects with `PostgresError`: `no-binaries`, `folder`, `version`, `denied` or `not-started`.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const site = await openSite(options);
  await rm(site.stoppedFile, { force: true });
  let running = await bringUp(site, options.startTimeoutMs ?? 120_000, options.signal);
  const first = running;

  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const watch = superviseUntil(signal, site, {
    current: () => running,
    replaced: next => {
      running = next;
      options.onRestart?.({ pid: next.pid });
    },
  });
  watch.catch((error: unknown) => site.log.fatal({ error }, 'embedded PostgreSQL is lost'));
  const leave = async () => {
    ended.abort();
    await watch.catch(() => {});
  };

  const connection = {
    host: first.socketFolder,
    port: socketPort,
    database: databaseName,
    user: superuser,
    password: first.cluster.password,
  };
  return {
    connection,
    url: urlOf(connection),
    get pid() {
      return running.pid;
    },
    adopted: first.adopted,
    watch,
    leave,
    stop: async ({ timeoutMs = patience.fastMs } = {}) => {
      await leave();
      await writeFile(site.stoppedFile, '', { mode: 0o600 });
      const pid = await runningPid(running.cluster.dataFolder);
      if (pid !== undefined) {
        const how = await stopPostmaster(pid, running.cluster.dataFolder, {
          clock: site.clock,
          ...patience,
          fastMs: timeoutMs,
        });
        site.log.info({ pid, how }, 'embedded PostgreSQL stopped');
      }
      await removeShortFolder(site.dir);
    },
  };
}

async function openSite(options: EmbeddedOptions): Promise<Site> {
  if (process.platform !== 'linux') {
    throw new PostgresError(
      'no-binaries',
      `the embedded PostgreSQL runs on Linux, not on ${process.platform}: set [database] connection to a PostgreSQL of your own`,
    );
  }
  const user = await serverUser();
  await mkdir(options.dir, { recursive: true, mode: 0o711 });
  const dir = await realpath(options.dir);
  // Ours to open: others may pass through, but read only what has a mode of its own.
  if (user.ids) await chmod(dir, ((await stat(dir)).mode & 0o777) | 0o111);
  await assertSearchable(dir, user);
  return {
    dir,
    log: options.log,
    clock: options.clock,
    noSync: options.noSync ?? false,
    native: options.native,
    user,
    logFile: join(dir, 'postgres.log'),
    stoppedFile: join(dir, 'stopped'),
  };
}

/** Adopts or starts, again and again with growing pauses, until a server answers or the time is over. */
async function bringUp(site: Site, timeoutMs: number, signal: AbortSignal): Promise<Running> {
  const { clock, log } = site;
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  let backoffMs = firstBackoffMs;
  let attempts = 0;
  while (clock.monotonicMs() < deadlineMs) {
    signal.throwIfAborted();
    const adopted = await adopt(site, deadlineMs, signal);
    if (adopted) {
      log.info({ pid: adopted.pid }, 'embedded PostgreSQL adopted');
      return adopted;
    }
    const unlock = await takeStartLock(site.dir);
    if (unlock) {
      attempts += 1;
      let started: Running | undefined;
      try {
        started = await start(site, deadlineMs, signal);
      } finally {
        await unlock();
      }
      if (started) {
        log.info({ pid: started.pid, attempts }, 'embedded PostgreSQL started');
        return started;
      }
      log.warn({ attempts, said: await lastLines(site.logFile, 2) }, 'embedded PostgreSQL did not start yet');
    }
    // At random, so that two that asked at the same moment do not do so again.
    await clock.sleep(backoffMs * (0.5 + Math.random()), signal);
    backoffMs = unlock ? Math.min(lastBackoffMs, backoffMs * 2) : firstBackoffMs;
  }
  throw new PostgresError(
    'not-started',
    `the embedded PostgreSQL in ${site.dir} did not start within ${timeoutMs} ms (${attempts} attempts); its log ends with: ${await lastLines(site.logFile, 5)}`,
  );
}

/** The server that runs on this folder, once it answers; undefined when none runs. */
async function adopt(site: Site, deadlineMs: number, signal: AbortSignal): Promise<Running | undefined> {
  const cluster = await readCluster(site.dir);
  const socketFolder = await findSocketFolder(site.dir);
  const pid = cluster && (await runningPid(cluster.dataFolder));
  if (!cluster || pid === undefined || socketFolder === undefined) return undefined;
  const answered = await untilReady(site, { pid, cluster, socketFolder }, deadlineMs, signal);
  return answered ? { pid, adopted: true, cluster, socketFolder } : undefined;
}

/** Starts a server; undefined when it ended before it answered. Only under the start lock. */
async function start(site: Site, deadlineMs: number, signal: AbortSignal): Promise<Running | undefined> {
  const runtime: Runtime = await prepareRuntime(join(site.dir, 'runtime'), site.user, site.native);
  const cluster = await openCluster({ folder: site.dir, runtime, user: site.user, noSync: site.noSync });
  if ((await runningPid(cluster.dataFolder)) !== undefined) return undefined; // To be adopted.
  const socketFolder = await openSocketFolder(site.dir, site.user);
  await removeOtherRuntimes(join(site.dir, 'runtime'), runtime.folder);
  await rotateLog(site.logFile);
  const { pid, exited } = await spawnPostmaster({
    runtime,
    user: site.user,
    dataFolder: cluster.dataFolder,
    socketFolder,
    logFile: site.logFile,
    noSync: site.noSync,
  });
  try {
    const answered = await untilReady(site, { pid, cluster, socketFolder, exited }, deadlineMs, signal);
    return answered ? { pid, adopted: false, cluster, socketFolder } : undefined;
  } catch (error) {
    // Whoever gave up waiting leaves no server behind; one that needs longer for its recovery is left to finish it.
    if (signal.aborted) await stopPostmaster(pid, cluster.dataFolder, { clock: site.clock, ...patience });
    throw error;
  }
}

/** True once the server answers, false when it ended first. */
async function untilReady(
  { clock, logFile }: Site,
  server: { pid: number; cluster: Cluster; socketFolder: string; exited?: () => boolean },
  deadlineMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { pid, cluster, socketFolder } = server;
  const gone = server.exited ?? (() => !servesFolder(pid, cluster.dataFolder));
  while (!gone()) {
    if ((await saysReady(cluster.dataFolder, pid)) && (await callServer(socketFolder, cluster))) return true;
    if (clock.monotonicMs() > deadlineMs) {
      throw new PostgresError(
        'not-started',
        `the server process ${pid} runs on ${cluster.dataFolder} and does not answer at ${socketFolder}; its log ends with: ${await lastLines(logFile, 5)}`,
      );
    }
    await clock.sleep(20, signal);
  }
  return false;
}

async function superviseUntil(
  signal: AbortSignal,
  site: Site,
  server: { current(): Running; replaced(next: Running): void },
): Promise<void> {
  const { clock, log } = site;
  let logCheckedMs = clock.monotonicMs();
  while (!signal.aborted) {
    const { pid, cluster } = server.current();
    if (!servesFolder(pid, cluster.dataFolder) && !(await wasStopped(site))) {
      log.error({ pid }, 'embedded PostgreSQL died');
      try {
        server.replaced(await bringUp(site, restartTimeoutMs, signal));
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
    }
    if (clock.monotonicMs() - logCheckedMs > logCheckIntervalMs) {
      logCheckedMs = clock.monotonicMs();
      await rotateLog(site.logFile).catch((error: unknown) => log.warn({ error }, 'log not rotated'));
    }
    await clock.sleep(watchIntervalMs, signal).catch(() => {});
  }
}

const wasStopped = (site: Site): Promise<boolean> =>
  stat(site.stoppedFile).then(
    () => true,
    () => false,
  );
