/**
 * A worker as its own process, to be killed. Its hands are in the parent: each act is asked there by message, so that an
 * act goes on when the worker that asked for it is dead, as one of libvirtd does.
 */
import type { InstanceControl } from '@instance-ha/ports';
import { connectStores } from '@instance-ha/postgres';
import { systemClock } from '@instance-ha/runtime';
import { runEngine } from '../src/index.ts';
import { policy, quiet, readableMetrics } from './world.ts';

export type Asked = { id: number; call: 'look' | 'act'; told: unknown[] };
export type Answered = { id: number; answer: unknown };

const waiting = new Map<number, (answer: unknown) => void>();
let lastId = 0;
process.on('message', ({ id, answer }: Answered) => {
  waiting.get(id)?.(answer);
  waiting.delete(id);
});

function ask<T>(call: Asked['call'], ...told: unknown[]): Promise<T> {
  lastId += 1;
  const id = lastId;
  return new Promise<T>(resolve => {
    waiting.set(id, resolve as (answer: unknown) => void);
    process.send?.({ id, call, told } satisfies Asked);
  });
}

const control: InstanceControl = {
  look: (ref, { timeoutMs }) => ask('look', ref, { timeoutMs }),
  act: (act, ref, { life, timeoutMs }) => ask('act', act, ref, { life, timeoutMs }),
  close: async () => {},
};

const [url = '', workerName = ''] = process.argv.slice(2);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort(new Error('stopped')));
const signal = new AbortController().signal;
const stores = await connectStores({ connection: url, log: quiet, clock: systemClock, signal, poolSize: 4 });
let told = false;
await runEngine({
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
  onRound: () => {
    if (!told) process.send?.({ ready: true });
    told = true;
  },
});
await stores.close();
process.disconnect();
