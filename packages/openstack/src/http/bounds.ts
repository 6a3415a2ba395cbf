import type { Clock } from '@instance-ha/ports';

/** How long one piece of work may go on: its time, and its caller's patience. */
export type Bounds = {
  /** Aborts when the caller does or when the time is up. */
  signal: AbortSignal;
  /** Whether it was the time. */
  timeIsUp: () => boolean;
  /** Until the time is up, at least 1. */
  remainingMs: () => number;
  /** Stops the timer. */
  end: () => void;
};

export function startBounds(options: { clock: Clock; timeoutMs: number; signal: AbortSignal }): Bounds {
  const { clock, timeoutMs, signal } = options;
  const endAtMs = clock.monotonicMs() + timeoutMs;
  const time = new AbortController();
  const ended = new AbortController();
  clock.sleep(timeoutMs, ended.signal).then(
    () => time.abort(new Error(`not done within ${timeoutMs} ms`)),
    () => {},
  );
  return {
    signal: AbortSignal.any([signal, time.signal]),
    timeIsUp: () => time.signal.aborted,
    remainingMs: () => Math.max(1, endAtMs - clock.monotonicMs()),
    end: () => ended.abort(),
  };
}

/** Waits for `work`, but no longer than `signal` allows: `work` itself goes on. */
export async function unless<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
