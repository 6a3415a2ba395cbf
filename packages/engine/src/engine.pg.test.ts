import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { NotificationRecord, Stores } from '@instance-ha/ports';
import { type ScriptedControl, scriptedControl } from '@instance-ha/ports/fakes';
import { connectStores } from '@instance-ha/postgres';
import { type FreshDatabase, freshDatabase } from '@instance-ha/postgres/testing';
import { systemClock } from '@instance-ha/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Asked } from '../testing/child-worker.ts';
import { Cloud, uuidOf } from '../testing/cloud.ts';
import { policy, quiet, readableMetrics } from '../testing/world.ts';
import { runEngine } from './index.ts';

const childFile = fileURLToPath(new URL('../testing/child-worker.ts', import.meta.url));
const signal = new AbortController().signal;

let database: FreshDatabase;
let stores: Stores;
let control: ScriptedControl;
let cloud: Cloud;
const children = new Set<ChildProcess>();
const engines: { stop: AbortController; done: Promise<void> }[] = [];

beforeEach(async () => {
  database = await freshDatabase();
  const connection = database.connection;
  stores = await connectStores({ connection, log: quiet, clock: systemClock, signal, poolSize: 10 });
  control = scriptedControl({ clock: systemClock, lookMs: 2, actMs: 400 });
  cloud = new Cloud({ clock: systemClock, stores, control, bootMs: 1200 });
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const { stop } of engines) stop.abort(new Error('the test is over'));
  await Promise.all(engines.splice(0).map(({ done }) => done));
  cloud.endReports();
  await stores.close();
  await database.drop();
});

function start(workerName: string): void {
  const stop = new AbortController();
  const done = runEngine({
    workerName,
    stores,
    control,
    policy: () => policy,
    silentAfterMs: () => 15_000,
    clock: systemClock,
    log: quiet,
    metrics: readableMetrics().metrics,
    signal: stop.signal,
    concurrency: 4,
  });
  engines.push({ stop, done });
}

/** Starts a worker as its own process; resolves when it looks for work. */
async function spawnWorker(workerName: string): Promise<ChildProcess> {
  const child = fork(childFile, [database.url, workerName], {
    execArgv: ['--conditions=@instance-ha/source', '--disable-warning=ExperimentalWarning'],
  });
  children.add(child);
  child.on('exit', () => children.delete(child));
  child.on('message', (message: Asked | { ready: true }) => {
    if ('ready' in message) return;
    const { id, call, told } = message;
    const bounds = { ...(told.at(-1) as object), signal } as never;
    const work =
      call === 'look'
        ? control.look(told[0] as never, bounds)
        : control.act(told[0] as never, told[1] as never, bounds);
    void work.then(answer => child.connected && child.send({ id, answer }, () => {}));
  });
  await new Promise<void>((resolve, reject) => {
    child.on('message', message => 'ready' in (message as object) && resolve());
    child.on('exit', code => reject(new Error(`the worker ended before it was ready: ${code}`)));
  });
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function until(isTrue: () => Promise<boolean>, limitMs: number): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + limitMs;
  while (!(await isTrue())) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`did not come true within ${limitMs} ms`);
    await systemClock.sleep(10);
  }
}

const ended = async (): Promise<boolean> => (await cloud.open()).length === 0;

describe('on a real PostgreSQL', () => {
  it('two workers share thirty crashes, and none is recovered twice', async () => {
    start('worker-1');
    start('worker-2');
    const records: NotificationRecord[] = [];
    for (let number = 1; number <= 30; number++) records.push(await cloud.crash(number));
    await until(ended, 30_000);
    const workers = new Set<string>();
    for (const [index, record] of records.entries()) {
      expect(await cloud.get(record)).toMatchObject({
        status: 'finished',
        message: 'restarted, and heard again',
      });
      expect(control.changes(uuidOf(index + 1))).toEqual(['start']);
      for (const { worker } of await stores.notifications.journal(record.uuid)) workers.add(worker);
    }
    expect([...workers].sort()).toEqual(['worker-1', 'worker-2']);
  });

  it('a worker is woken by the crash and by the heartbeat: nothing waits for a poll', async () => {
    start('worker-1');
    await systemClock.sleep(100);
    const beforeMs = systemClock.monotonicMs();
    await cloud.crash();
    await until(ended, 10_000);
    const ownMs = systemClock.monotonicMs() - beforeMs - cloud.bootMs;
    console.info(JSON.stringify({ measure: 'recovery without the boot', ms: Math.round(ownMs) }));
    expect(ownMs).toBeLessThan(1000); // One poll.
  });
});

describe('a worker killed with kill -9', () => {
  it('in the middle of an act is followed by another one within 3 s, which does not repeat it', async () => {
    const first = await spawnWorker('worker-1');
    control.next('start', { takesMs: 20_000 });
    const record = await cloud.crash();
    await until(async () => control.changes(uuidOf(1)).length > 0, 10_000);
    await spawnWorker('worker-2');
    await kill(first);
    const killedAtMs = systemClock.wallMs();
    await until(ended, 20_000);

    const journal = await stores.notifications.journal(record.uuid);
    const takenOver = journal.find(({ event }) => (event as { type: string }).type === 'taken-over');
    const tookMs = Date.parse(takenOver?.at ?? '') - killedAtMs;
    console.info(JSON.stringify({ measure: 'take-over after kill -9', ms: tookMs }));
    expect(tookMs).toBeLessThanOrEqual(3000);
    expect(takenOver?.worker).toBe('worker-2');
    expect(control.changes(uuidOf(1))).toEqual(['start']);
    expect((await cloud.get(record)).status).toBe('finished');
  });

  it('at random moments, again and again: nothing is lost and nothing is done twice', async () => {
    const incidents = 24;
    const kills = 12;
    const records: NotificationRecord[] = [];
    const names = Array.from({ length: kills + 2 }, (_, index) => `worker-${index + 1}`);
    const workers = [await spawnWorker(names.shift() ?? ''), await spawnWorker(names.shift() ?? '')];
    const filing = (async () => {
      for (let number = 1; number <= incidents; number++) {
        const hangs = number % 2 === 0;
        const told = hangs ? ({ fault: 'heartbeat-lost' } as const) : {};
        records.push(await cloud.crash(number, told, hangs ? 'running' : 'stopped'));
        await systemClock.sleep(200 + Math.random() * 400);
      }
    })();
    for (const name of names) {
      await systemClock.sleep(Math.random() * 1200);
      const [victim] = workers.splice(Math.floor(Math.random() * workers.length), 1);
      if (victim) await kill(victim);
      workers.push(await spawnWorker(name));
    }
    await filing;
    await until(ended, 60_000);

    let takenOver = 0;
    for (const [index, record] of records.entries()) {
      const { status, facts } = await cloud.get(record);
      const expected = index % 2 === 0 ? ['start'] : ['stop', 'start'];
      expect(control.changes(uuidOf(index + 1)), facts.join(', ')).toEqual(expected);
      expect(status, facts.join(', ')).toBe('finished');
      takenOver += facts.filter(fact => fact === 'taken-over').length;
    }
    console.info(JSON.stringify({ measure: 'kill -9 of workers', incidents, kills, takenOver }));
    expect(takenOver, 'a kill that met no recovery proves nothing').toBeGreaterThan(0);
  }, 180_000);
});
