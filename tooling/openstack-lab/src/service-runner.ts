/**
 * Starts and ends the processes of a lab. Each service leads a process group of its own; its pid and start time are kept in
 * `run/NAME.pid`, so that a pid which was given to somebody else is never mistaken for ours. What outlives its leader is
 * known by the lab's mark in its environment.
 */
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { LabError } from '@instance-ha/lab';
import { identify, isAlive, type ProcessIdentity, sendSignal, waitUntil } from '@instance-ha/lab/tools';
import type { Places } from './places.ts';
import { markVariable, type Service } from './services.ts';

const logLimitBytes = 16 * 1024 * 1024;
const startTimeoutMs = 120_000;

/** A service's process, and whether it lives. */
export type ServiceProcess = ProcessIdentity & { name: string; alive: boolean };

export type ServiceRunner = {
  isRunning: (name: string) => boolean;
  /** Starts what does not run; resolves to whether it had to. Does not wait for it to serve. */
  start: (service: Service) => boolean;
  /** Waits until it serves; throws `host-failed` with its last lines when it ends first, or `timeout`. */
  ready: (service: Service, signal?: AbortSignal) => Promise<void>;
  /** SIGTERM for its whole group, SIGKILL after `stopTimeoutMs`. Resolves to whether there was anything to end. */
  stop: (name: string, stopTimeoutMs: number) => Promise<boolean>;
  /** SIGKILL for its whole group at once. */
  kill: (name: string) => Promise<boolean>;
  /** Every service that was ever started and not ended by us. */
  processes: () => ServiceProcess[];
  /** Kills what still carries the lab's mark, and resolves to their number. */
  sweep: () => Promise<number>;
};

export function createServiceRunner(places: Places, mark: string): ServiceRunner {
  const fileOf = (name: string) => join(places.run, `${name}.pid`);
  const known = (name: string) => readIdentity(fileOf(name));
  const leader = (name: string) => {
    const identity = known(name);
    return identity !== undefined && isAlive(identity) ? identity : undefined;
  };
  const forget = (name: string) => rmSync(fileOf(name), { force: true });

  const end = async (name: string, firstSignal: NodeJS.Signals, timeoutMs: number) => {
    const identity = leader(name);
    if (identity === undefined) {
      forget(name);
      return false;
    }
    sendSignal(-identity.pid, firstSignal);
    const gone = () => (groupMembers(identity.pid).length === 0 ? true : undefined);
    const what = `the end of ${name} (process group ${identity.pid})`;
    await waitUntil(what, gone, { timeoutMs, everyMs: 20 }).catch(async () => {
      sendSignal(-identity.pid, 'SIGKILL');
      await waitUntil(what, gone, { timeoutMs: 5_000, everyMs: 20 });
    });
    forget(name);
    return true;
  };

  return {
    isRunning: name => leader(name) !== undefined,
    start: service => {
      if (leader(service.name) !== undefined) return false;
      launch(service, places.log(service.name), fileOf(service.name));
      return true;
    },
    ready: async (service, signal) => {
      const look = async () => {
        if (leader(service.name) === undefined) return 'ended' as const;
        if (service.ready !== undefined) await answers(service.ready);
        return 'serves' as const;
      };
      const limits = { timeoutMs: startTimeoutMs, everyMs: 100, signal };
      const seen = await waitUntil(`${service.name} serving`, look, limits).catch((cause: unknown) => {
        if (signal?.aborted) throw cause;
        throw new LabError(
          'timeout',
          `${service.name} does not serve. ${lastLines(places.log(service.name))}`,
          { cause },
        );
      });
      if (seen === 'ended') {
        throw new LabError(
          'host-failed',
          `${service.name} ended by itself. ${lastLines(places.log(service.name))}`,
        );
      }
    },
    stop: (name, stopTimeoutMs) => end(name, 'SIGTERM', stopTimeoutMs),
    kill: name => end(name, 'SIGKILL', 5_000),
    processes: () =>
      (existsSync(places.run) ? readdirSync(places.run) : [])
        .filter(file => file.endsWith('.pid'))
        .flatMap(file => {
          const name = file.slice(0, -'.pid'.length);
          const identity = known(name);
          return identity === undefined ? [] : [{ name, ...identity, alive: isAlive(identity) }];
        }),
    sweep: async () => {
      const seen = new Set<number>();
      let emptyLooks = 0; // a process that is just becoming another program shows no environment: one look may miss it
      const look = () => {
        const pids = markedProcesses(mark);
        for (const pid of pids) {
          seen.add(pid);
          sendSignal(pid, 'SIGKILL');
        }
        emptyLooks = pids.length === 0 ? emptyLooks + 1 : 0;
        return emptyLooks > 1 ? true : undefined;
      };
      await waitUntil('the end of all processes of the lab', look, { timeoutMs: 15_000, everyMs: 50 });
      return seen.size;
    },
  };
}

function launch(service: Service, logPath: string, pidPath: string): void {
  if (existsSync(logPath) && statSync(logPath).size > logLimitBytes) renameSync(logPath, `${logPath}.old`);
  const log = openSync(logPath, 'a', 0o600);
  try {
    const child = spawn(service.command, service.args, {
      detached: true, // a session, and so a process group, of its own
      stdio: ['ignore', log, log],
      cwd: '/',
      env: service.env,
    });
    child.on('error', () => {}); // has no pid; told below
    child.unref();
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity === undefined)
      throw new LabError('host-failed', `${service.name}: ${service.command} could not be started`);
    writeFileSync(`${pidPath}.new`, JSON.stringify(identity));
    renameSync(`${pidPath}.new`, pidPath);
  } finally {
    closeSync(log);
  }
}

/** The last lines of a service's log, for an error message. */
export function lastLines(logPath: string): string {
  try {
    const lines = readFileSync(logPath, 'utf8').trim().split('\n').slice(-3);
    return `${logPath} ends with: ${lines.join(' | ').slice(-1200)}`;
  } catch {
    return `${logPath} is not there`;
  }
}

/** Rejects while nothing answers. Any HTTP status is an answer. */
export async function answers(ready: { port: number } | { url: string } | { socket: string }): Promise<void> {
  if ('url' in ready) {
    const response = await fetch(ready.url, { signal: AbortSignal.timeout(20_000) });
    await response.arrayBuffer();
    return;
  }
  await knock('port' in ready ? { host: '127.0.0.1', port: ready.port } : { path: ready.socket });
}

/** Resolves when something accepts connections there. */
export function knock(where: { host: string; port: number } | { path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(where);
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer in 5 s')));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

function readIdentity(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

const allPids = () =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number);

/** Living processes of a group (`proc(5)`, stat field 5). */
function groupMembers(group: number): number[] {
  return allPids().filter(pid => {
    const stat = read(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[2] === String(group) && fields[0] !== 'Z' && fields[0] !== 'X';
  });
}

/** Living processes that were started with the lab's mark (`proc(5)`, environ). */
function markedProcesses(mark: string): number[] {
  const entry = `${markVariable}=${mark}`;
  return allPids().filter(
    pid =>
      pid !== process.pid &&
      read(`/proc/${pid}/environ`).split('\0').includes(entry) &&
      identify(pid) !== undefined,
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // a process that ended while we looked
  }
}
