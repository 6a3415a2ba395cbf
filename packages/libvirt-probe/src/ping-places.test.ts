import { describe, expect, it } from 'vitest';
import { PingPlaces } from './ping-places.ts';

const never = new AbortController().signal;

function places(maxInFlight: number, maxWaiting = 100) {
  const inFlight: number[] = [];
  const subject = new PingPlaces({ maxInFlight, maxWaiting, onChange: count => inFlight.push(count) });
  const entered: string[] = [];
  const leave = new Map<string, () => void>();
  const want = (name: string, slow = false, signal = never): void => {
    void subject
      .take(slow, signal)
      ?.then(giveBack => {
        entered.push(name);
        leave.set(name, giveBack);
      })
      .catch(() => entered.push(`${name} gave up`));
  };
  const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
  return { subject, inFlight, entered, leave, want, settle };
}

describe('places for pings', () => {
  it('are given in the order of asking, never more than there are', async () => {
    const { want, entered, leave, settle, inFlight } = places(2);
    for (const name of ['a', 'b', 'c', 'd']) want(name);
    await settle();
    expect(entered).toEqual(['a', 'b']);
    leave.get('b')?.();
    await settle();
    expect(entered).toEqual(['a', 'b', 'c']);
    expect(Math.max(...inFlight)).toBe(2);
  });

  it('are never all held by guests known as slow', async () => {
    const { want, entered, leave, settle } = places(4);
    for (const name of ['s1', 's2', 's3', 's4', 's5']) want(name, true);
    want('healthy');
    await settle();
    expect(entered).toEqual(['s1', 's2', 's3', 'healthy']);
    leave.get('healthy')?.();
    await settle();
    expect(entered).toHaveLength(4);
    leave.get('s2')?.();
    await settle();
    expect(entered.at(-1)).toBe('s4');
  });

  it('can be held by a slow guest where there is one only', async () => {
    const { want, entered, settle } = places(1);
    want('s1', true);
    await settle();
    expect(entered).toEqual(['s1']);
  });

  it('are not given to who gave up, and giving one back twice frees one', async () => {
    const { want, entered, leave, settle, inFlight } = places(1);
    const impatient = new AbortController();
    want('a');
    want('b', false, impatient.signal);
    want('c');
    want('d');
    impatient.abort();
    await settle();
    leave.get('a')?.();
    leave.get('a')?.();
    await settle();
    expect(entered).toEqual(['a', 'b gave up', 'c']);
    expect(inFlight.at(-1)).toBe(1);
  });

  it('are refused at once when too many wait', () => {
    const { subject, want } = places(1, 2);
    for (const name of ['a', 'b', 'c']) want(name);
    expect(subject.take(false, never)).toBeUndefined();
  });
});
