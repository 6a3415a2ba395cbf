import { expect, it } from 'vitest';
import { EventQueue, type EventQueueOptions } from './event-queue.ts';

const turn = () => new Promise(resolve => setImmediate(resolve));
const queueOf = (options: Partial<EventQueueOptions<number>>) =>
  new EventQueue<number>({
    listener: () => {},
    maxQueued: 1_000,
    onListenerError: error => expect.unreachable(String(error)),
    ...options,
  });

it('gives events in order, never inside push', async () => {
  const seen: number[] = [];
  const queue = queueOf({ listener: event => void seen.push(event) });
  queue.push(1);
  queue.push(2);
  expect(seen).toEqual([]);
  await turn();
  expect(seen).toEqual([1, 2]);
});

it('waits for a listener that returns a promise', async () => {
  const seen: string[] = [];
  const gate = Promise.withResolvers<void>();
  const queue = queueOf({
    listener: async event => {
      seen.push(`begin ${event}`);
      await gate.promise;
      seen.push(`end ${event}`);
    },
  });
  queue.push(1);
  queue.push(2);
  await turn();
  expect(seen).toEqual(['begin 1']);
  gate.resolve();
  await turn();
  expect(seen).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
});

it('lets other work of the process run during a burst', async () => {
  let seen = 0;
  const queue = queueOf({ listener: () => void seen++, maxQueued: 10_000 });
  for (let event = 0; event < 10_000; event += 1) queue.push(event);
  await turn();
  expect(seen).toBeGreaterThan(0);
  expect(seen).toBeLessThan(10_000);
  for (let turns = 0; seen < 10_000 && turns < 1_000; turns += 1) await turn();
  expect(seen).toBe(10_000);
});

it('says when it is full', () => {
  const queue = queueOf({ maxQueued: 2 });
  expect([queue.push(1), queue.push(2), queue.push(3)]).toEqual([true, true, false]);
});

it('gives nothing after stop, not even what it holds', async () => {
  const seen: number[] = [];
  const queue = queueOf({
    listener: event => {
      seen.push(event);
      queue.stop();
    },
  });
  for (const event of [1, 2, 3]) queue.push(event);
  await turn();
  expect(queue.push(4)).toBe(true);
  await turn();
  expect(seen).toEqual([1]);
});

it('reports what a listener throws or rejects with, and goes on', async () => {
  const errors: unknown[] = [];
  const queue = queueOf({
    listener: event => {
      if (event === 1) throw new Error('thrown');
      return event === 2 ? Promise.reject(new Error('rejected')) : undefined;
    },
    onListenerError: error => errors.push((error as Error).message),
  });
  for (const event of [1, 2, 3]) queue.push(event);
  await turn();
  expect(errors).toEqual(['thrown', 'rejected']);
});
