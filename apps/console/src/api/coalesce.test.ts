import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Coalesce } from './coalesce.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Asks each `askMs` for so long; answers the instants at which work was done. */
function instants(options: { askMs: number; forMs: number }): number[] {
  const coalesce = new Coalesce(1000);
  const done: number[] = [];
  const startMs = Date.now();
  for (let atMs = 0; atMs < options.forMs; atMs += options.askMs) {
    coalesce.run('list', () => void done.push(Date.now() - startMs));
    vi.advanceTimersByTime(options.askMs);
  }
  vi.advanceTimersByTime(10_000);
  return done;
}

it('does what is asked for now and then at once', () => {
  expect(instants({ askMs: 5000, forMs: 15_000 })).toEqual([0, 5000, 10_000]);
});

it('does what is asked for twice within the pause once more at its end', () => {
  expect(instants({ askMs: 600, forMs: 1000 })).toEqual([0, 1000]);
});

it('slows down in a storm, to a quarter, and is quick again after it', () => {
  expect(instants({ askMs: 20, forMs: 12_000 })).toEqual([0, 1000, 3000, 7000, 11_000, 15_000]);
  expect(instants({ askMs: 20, forMs: 100 })).toEqual([0, 1000]);
});
