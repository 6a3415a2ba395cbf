import { describe, expect, it } from 'vitest';
import { BoundedQueue } from './bounded-queue.ts';

const read = async <T>(queue: BoundedQueue<T>, signal = new AbortController().signal): Promise<T[]> => {
  const items: T[] = [];
  for await (const item of queue.read(signal)) items.push(item);
  return items;
};

describe('a bounded queue', () => {
  it('gives items in order, those pushed before and those pushed while it is read', async () => {
    const queue = new BoundedQueue<number>({ limit: 10 });
    queue.push(1);
    const reading = read(queue);
    queue.push(2);
    await Promise.resolve();
    queue.push(3);
    queue.close();
    expect(await reading).toEqual([1, 2, 3]);
  });

  it('refuses beyond its limit and takes again when there is room', () => {
    const queue = new BoundedQueue<number>({ limit: 2 });
    expect([queue.push(1), queue.push(2), queue.push(3)]).toEqual([true, true, false]);
    expect(queue.drain()).toEqual([1, 2]);
    expect(queue.push(4)).toBe(true);
  });

  it('ends its reader when the signal aborts, also while the reader waits', async () => {
    const queue = new BoundedQueue<number>({ limit: 2 });
    const controller = new AbortController();
    const reading = read(queue, controller.signal);
    await Promise.resolve();
    controller.abort();
    expect(await reading).toEqual([]);
  });

  it('keeps order over many items', async () => {
    const queue = new BoundedQueue<number>({ limit: 10_000 });
    const all = Array.from({ length: 5000 }, (_, index) => index);
    for (const item of all) queue.push(item);
    queue.close();
    expect(await read(queue)).toEqual(all);
  });

  it('refuses a limit below one', () => {
    expect(() => new BoundedQueue({ limit: 0 })).toThrow('at least 1, found 0');
  });
});
