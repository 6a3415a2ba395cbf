import type { Clock } from '@instance-ha/ports';

/** How long one look or act may go on: its time, and its caller's patience. */
export type Bounds = {
  /** Aborts when the caller does or when the time is up. */
  signal: AbortSignal;
  /** Whether it was the time. */
  timeIsUp: () => boolean;
  /** For one call of libvirt, at least 1. */
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
