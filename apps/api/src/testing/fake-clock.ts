import type { Clock } from '@instance-ha/ports';

/** A clock that stands until it is moved; sleepers wake in order. */
export type FakeClock = Clock & { advance(ms: number): Promise<void> };

export function fakeClock(wallMs = Date.parse('2026-01-02T03:04:05.000Z')): FakeClock {
  let nowMs = 0;
  let sleepers: { atMs: number; wake: () => void }[] = [];
  return {
    monotonicMs: () => nowMs,
    wallMs: () => wallMs + nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { atMs: nowMs + ms, wake: resolve };
        sleepers.push(sleeper);
        const onAbort = (): void => {
          sleepers = sleepers.filter(one => one !== sleeper);
          reject(signal?.reason as Error);
        };
        if (signal?.aborted) onAbort();
        else signal?.addEventListener('abort', onAbort, { once: true });
      }),
    advance: async ms => {
      nowMs += ms;
      for (const sleeper of sleepers.filter(({ atMs }) => atMs <= nowMs)) sleeper.wake();
      sleepers = sleepers.filter(({ atMs }) => atMs > nowMs);
      await new Promise(resolve => setImmediate(resolve)); // Whoever woke has gone on.
    },
  };
}
