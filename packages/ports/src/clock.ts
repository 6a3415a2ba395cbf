/**
 * Time, passed in. Durations and deadlines are reckoned by `monotonicMs`; `wallMs` is only for what people and other
 * machines read, and may jump.
 */
export interface Clock {
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonicMs(): number;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  wallMs(): number;
  /** Resolves after `ms`; rejects with `signal.reason` when aborted. Never keeps the process alive by itself if `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
