import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startTimeOf } from '@instance-ha/runtime';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedOptions, type EmbeddedServer, startEmbedded } from './embedded.ts';
import { connectStores, type PostgresError } from './index.ts';
import { stopAll } from './testing/stop-all.ts';
import { realClock, silentLog } from './testing/surroundings.ts';
import { until } from './testing/until.ts';

/** Every test has a folder of its own; whatever runs on it is stopped in the end. */
let parent: string;
let dir: string;
let children: ChildProcess[];
let servers: EmbeddedServer[];
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'embedded-'));
  await chmod(parent, 0o755);
  dir = join(parent, 'postgres');
  children = [];
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await server.leave();
  for (const child of children) child.kill('SIGKILL');
  await stopAll(parent);
  await rm(parent, { recursive: true, maxRetries: 5, retryDelay: 100 });
});

async function start(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedServer> {
  const { signal } = new AbortController();
  const server = await startEmbedded({
    dir,
    noSync: true,
    log: silentLog,
    clock: realClock,
    signal,
    ...options,
  });
  servers.push(server);
  return server;
}

async function query<Row extends object>(server: EmbeddedServer, text: string): Promise<Row[]> {
  const client = new pg.Client(server.connection);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

const serverPid = async (): Promise<number> =>
  Number.parseInt(await readFile(join(dir, 'cluster', 'data', 'postmaster.pid'), 'utf8'), 10);

const isAlive = (pid: number): boolean => startTimeOf(pid) !== undefined;

const refusal = (attempt: Promise<unknown>): Promise<PostgresError> =>
  attempt.then(
    () => {
      throw new Error('expected a refusal');
    },
    (error: PostgresError) => error,
  );

/** A process of its own that starts the server, says so, and then waits. */
function startElsewhere(): { child: ChildProcess; said: Promise<string> } {
  const script = `
    import { startEmbedded } from ${JSON.stringify(new URL('./embedded.ts', import.meta.url).href)};
    import { realClock, silentLog } from ${JSON.stringify(new URL('./testing/surroundings.ts', import.meta.url).href)};
    const signal = new AbortController().signal;
    const server = await startEmbedded({
      dir: ${JSON.stringify(dir)}, noSync: true, log: silentLog, clock: realClock, signal,
    });
    console.log(JSON.stringify({ pid: server.pid, adopted: server.adopted }));
    setInterval(() => {}, 1000);
  `;
  const flags = ['--conditions=@instance-ha/source', '--input-type=module', '--eval'];
  const child = spawn(process.execPath, [...flags, script], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const said = once(child.stdout as NodeJS.EventEmitter, 'data').then(([chunk]) => String(chunk));
  said.catch(() => {});
  return { child, said };
}

describe('the embedded PostgreSQL', () => {
  it('is a PostgreSQL of its own: no port, no root, nothing without the password, checksums, UTF-8', async () => {
    const server = await start();
    expect(server.adopted).toBe(false);
    const [found] = await query(
      server,
      `select current_setting('listen_addresses') as addresses, current_setting('data_checksums') as checksums,
        current_setting('server_encoding') as encoding, current_setting('server_version_num')::int >= 180000 as new,
        (select datcollate from pg_database where datname = current_database()) as collation,
        (select count(*)::int from pg_hba_file_rules where auth_method <> 'scram-sha-256') as open_doors`,
    );
    expect(found).toEqual({
      addresses: '',
      checksums: 'on',
      encoding: 'UTF8',
      new: true,
      collation: 'C',
      open_doors: 0,
    });
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
    expect(status).not.toMatch(/^Uid:\s+0/m);
    const modeOf = async (path: string) => ((await stat(join(dir, path))).mode & 0o777).toString(8);
    expect(await modeOf('cluster/password')).toBe('600');
    expect(await modeOf('cluster/data')).toBe('700');
    expect(await modeOf('run')).toBe('700');
    const stranger = new pg.Client({ ...server.connection, password: 'guessed' });
    await expect(stranger.connect()).rejects.toThrow('password authentication failed');
    expect((await readFile(join(dir, 'postgres.log'), 'utf8')).includes(server.connection.password)).toBe(
      false,
    );
  });

  it('is adopted by whoever starts it again', async () => {
    const first = await start();
    const second = await start();
    expect([second.adopted, second.pid]).toEqual([true, first.pid]);
    expect(second.url).toBe(first.url);
    await query(first, 'create table kept (n int)');
    expect(await query(second, 'select * from kept')).toEqual([]);
  });

  it('comes back with every row after kill -9, and the stores and their feed with it', async () => {
    const restarts: number[] = [];
    const server = await start({ noSync: false, onRestart: ({ pid }) => restarts.push(pid) });
    const { signal } = new AbortController();
    const { connection } = server;
    const stores = await connectStores({ connection, log: silentLog, clock: realClock, signal });
    let lost = 0;
    const heard: string[] = [];
    const listener = {
      onChange: (change: { subject: string }) => heard.push(change.subject),
      onLost: () => {
        lost += 1;
      },
    };
    await stores.changes.subscribe(listener, signal);
    await stores.pause.set({ reason: 'before the crash', by: 'operator', forMs: 3_600_000 });

    const killed = server.pid;
    process.kill(killed, 'SIGKILL');
    await until(() => restarts.length > 0);
    expect(server.pid).toBe(restarts[0]);
    expect(server.pid).not.toBe(killed);

    const current = await stores.pause.current().catch(() => stores.pause.current());
    expect(current?.reason).toBe('before the crash');
    await until(() => lost > 0);
    await stores.tokens.list(); // Whatever else was pooled is gone by now.
    const before = heard.length;
    await stores.pause.clear({ by: 'operator' });
    await until(() => heard.length > before);
    await stores.close();
  });

  it('outlives kill -9 of its starter, and is adopted', async () => {
    const { child, said } = startElsewhere();
    const { pid } = JSON.parse(await said) as { pid: number };
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAlive(pid)).toBe(true);
    const server = await start();
    expect([server.pid, server.adopted]).toEqual([pid, true]);
  });

  it('is started once by processes that start at the same time', async () => {
    const elsewhere = [startElsewhere(), startElsewhere()];
    const here = await Promise.all([start(), start()]);
    const there = await Promise.all(
      elsewhere.map(async ({ said }) => JSON.parse(await said) as EmbeddedServer),
    );
    const all = [...here, ...there];
    expect(new Set(all.map(({ pid }) => pid)).size).toBe(1);
    expect(all.filter(({ adopted }) => !adopted).length).toBe(1);
    expect(await serverPid()).toBe(here[0].pid);
  });

  it('begins anew where an initialisation was cut short, and leaves nothing of it', async () => {
    const { child } = startElsewhere();
    const halfDone = async () =>
      (await readdir(dir).catch(() => [])).filter(name => name.startsWith('.init-'));
    await until(async () => (await halfDone()).length > 0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const server = await start();
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await halfDone()).toEqual([]);
    expect(await readdir(join(dir, 'runtime'))).toHaveLength(1);
  });

  it('stops when asked, is not restarted by others that watch it, and is followed when it starts again', async () => {
    const restarts: number[] = [];
    const watcher = await start({ onRestart: ({ pid }) => restarts.push(pid) });
    const stopper = await start();
    const { pid } = stopper;
    await stopper.stop();
    expect(isAlive(pid)).toBe(false);
    expect(await readdir(join(dir, 'run'))).toEqual([]);
    await stopper.watch; // Resolved: it was ended on purpose.
    await realClock.sleep(500); // Five looks of the watcher.
    expect(restarts).toEqual([]);

    const again = await start();
    expect(again.adopted).toBe(false);
    await until(() => restarts.length > 0);
    expect(watcher.pid).toBe(again.pid);
    await watcher.leave();
    expect(isAlive(again.pid)).toBe(true);
  });

  it('is not left behind by a start that was called off', async () => {
    const calledOff = new AbortController();
    const settled = start({ signal: calledOff.signal }).catch(() => undefined);
    const pidFile = join(dir, 'cluster', 'data', 'postmaster.pid');
    await until(() =>
      stat(pidFile).then(
        () => true,
        () => false,
      ),
    );
    calledOff.abort(new Error('called off'));
    const server = await settled;
    // Either it was stopped, or it had answered just before: then it runs, and its caller has it to stop.
    expect(await serverPid().catch(() => undefined)).toBe(server?.pid);
  });

  it('stops at last, though a session of it hangs', async () => {
    const server = await start();
    const client = new pg.Client(server.connection);
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const backend = rows[0]?.pid ?? 0;
    process.kill(backend, 'SIGSTOP');
    await server.stop({ timeoutMs: 300 });
    expect([isAlive(server.pid), isAlive(backend)]).toEqual([false, false]);
  });
});

describe('an embedded PostgreSQL that cannot be', () => {
  it('says so when the data is of another major version', async () => {
    const server = await start();
    await server.stop();
    await writeFile(join(dir, 'cluster', 'data', 'PG_VERSION'), '17\n');
    const { code, message } = await refusal(start());
    expect(code).toBe('version');
    expect(message).toContain('was made by PostgreSQL 17, and this program brings PostgreSQL 18');
  });

  it('says so when its folder holds something else', async () => {
    await mkdir(join(dir, 'cluster', 'mine'), { recursive: true });
    expect(await refusal(start())).toMatchObject({
      code: 'folder',
      message: expect.stringContaining('found mine') as string,
    });
  });

  it('says so when the programs are missing or do not run', async () => {
    expect(await refusal(start({ native: join(parent, 'nowhere') }))).toMatchObject({ code: 'no-binaries' });
    const native = join(parent, 'package', 'native');
    await mkdir(join(native, 'bin'), { recursive: true });
    await writeFile(join(dirname(native), 'package.json'), '{"version":"1.0.0"}');
    await writeFile(join(native, 'bin', 'postgres'), 'no program');
    expect(await refusal(start({ native }))).toMatchObject({
      code: 'no-binaries',
      message: expect.stringContaining('does not run here') as string,
    });
  });

  it('says what its log says when it does not start', async () => {
    const server = await start();
    await server.stop();
    await writeFile(join(dir, 'cluster', 'data', 'postgresql.conf'), 'no_such_setting = on\n');
    const { code, message } = await refusal(start({ startTimeoutMs: 1_000 }));
    expect(code).toBe('not-started');
    expect(message).toContain('no_such_setting');
  });

  it.runIf(process.getuid?.() === 0)('names the folder that its user may not enter', async () => {
    const home = join(parent, 'home');
    await mkdir(home, { mode: 0o700 });
    const { code, message } = await refusal(start({ dir: join(home, 'state', 'postgres') }));
    expect(code).toBe('folder');
    expect(message).toContain(`may not enter ${home},`);
  });

  it('still is where the path is too long for a socket, and takes its short folder away when it stops', async () => {
    const deep = join(parent, 'a'.repeat(80), 'b'.repeat(80));
    const server = await start({ dir: deep });
    const { host } = server.connection;
    expect(host.length).toBeLessThan(80);
    const second = await start({ dir: deep });
    expect([second.adopted, second.connection.host]).toEqual([true, host]);
    await second.leave();
    await server.stop();
    await expect(stat(host)).rejects.toThrow('ENOENT');
  });
});
