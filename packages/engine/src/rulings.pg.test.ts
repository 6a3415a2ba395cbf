import type { RulingKind } from '@instance-ha/notification';
import type { Stores } from '@instance-ha/ports';
import { scriptedControl } from '@instance-ha/ports/fakes';
import { connectStores } from '@instance-ha/postgres';
import { type FreshDatabase, freshDatabase } from '@instance-ha/postgres/testing';
import { systemClock } from '@instance-ha/runtime';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileDeath, handsOn, hostsThatDied, movesOf, source } from '../testing/dead-host.ts';
import { policy, quiet, readableMetrics } from '../testing/world.ts';
import { runEngine } from './index.ts';

const signal = new AbortController().signal;
const clock = systemClock;

let database: FreshDatabase;
let processes: Stores[];
const engines: { stop: AbortController; done: Promise<void> }[] = [];

beforeEach(async () => {
  database = await freshDatabase();
  const { connection } = database;
  processes = await Promise.all(
    Array.from({ length: 4 }, () => connectStores({ connection, log: quiet, clock, signal, poolSize: 5 })),
  );
});

afterEach(async () => {
  for (const { stop } of engines) stop.abort(new Error('the test is over'));
  await Promise.all(engines.splice(0).map(({ done }) => done));
  for (const stores of processes) await stores.close();
  await database.drop();
});

async function until(isTrue: () => Promise<boolean>, limitMs: number): Promise<void> {
  const deadlineMs = clock.monotonicMs() + limitMs;
  while (!(await isTrue())) {
    if (clock.monotonicMs() > deadlineMs) throw new Error(`did not come true within ${limitMs} ms`);
    await clock.sleep(10);
  }
}

it('two workers, and two operators who contradict each other at once: one is obeyed, and by both workers alike', async () => {
  const [one, two, ada, bob] = processes as [Stores, Stores, Stores, Stores];
  const dead = [source, 'compute-2'];
  const hosts = await hostsThatDied({ clock, stores: one }, { instances: 2, dead });
  // Before any worker looks, so that neither host is judged alone.
  const filed = await Promise.all(dead.map(host => fileDeath({ clock, stores: one }, 'STOPPED', host)));
  for (const [index, stores] of [one, two].entries()) {
    const stop = new AbortController();
    const done = runEngine({
      workerName: `worker-${index + 1}`,
      stores,
      control: scriptedControl({ clock }),
      ...handsOn({ stores }, hosts),
      policy: () => ({ ...policy, host: { ...policy.host, hasControl: true } }),
      silentAfterMs: () => 15_000,
      clock,
      log: quiet,
      metrics: readableMetrics().metrics,
      signal: stop.signal,
      concurrency: 1,
    });
    engines.push({ stop, done });
  }
  const held = async (): Promise<boolean> => {
    const all = await Promise.all(filed.map(({ uuid }) => one.rulings.of(uuid)));
    return all.every(told => told?.held);
  };
  await until(held, 10_000);

  const rule = (stores: Stores, uuid: string, ruling: RulingKind, name: string) =>
    stores.rulings.rule(uuid, ruling, { initiator: { id: null, name, project: null }, requestId: name });
  const ruledAtMs = clock.monotonicMs();
  const answers = await Promise.all(
    filed.map(({ uuid }) =>
      Promise.all([rule(ada, uuid, 'approve', 'ada'), rule(bob, uuid, 'reject', 'bob')]),
    ),
  );
  const isEnded = async (): Promise<boolean> => {
    const open = await one.notifications.list({ status: ['new', 'running'] }, { limit: 10 });
    return open.length === 0;
  };
  await until(isEnded, 20_000);
  // An approval brings two evacuations of 3 s; nobody waited for the poll of a minute.
  expect(clock.monotonicMs() - ruledAtMs).toBeLessThan(15_000);

  for (const [index, [approved, rejected]] of answers.entries()) {
    expect([approved.ok, rejected.ok].filter(Boolean)).toHaveLength(1);
    const { uuid, host } = filed[index] ?? expect.fail();
    const record = await one.notifications.get(uuid);
    const evacuated = hosts.evacuations.filter(({ sourceHost }) => sourceHost === host);
    if (approved.ok) {
      expect(record).toMatchObject({ status: 'finished', message: '2 evacuated' });
      expect(await movesOf({ stores: one }, uuid)).toEqual(['succeeded', 'succeeded']);
    } else {
      expect(record).toMatchObject({ status: 'ignored', message: 'rejected by bob' });
      expect(evacuated).toEqual([]);
    }
  }
});
