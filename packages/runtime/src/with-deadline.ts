import type { Clock } from '@instance-ha/ports';
import { systemClock } from './system-clock.ts';

const marker: unique symbol = Symbol.for('@instance-ha/runtime/DeadlineError');

/** A wait came to its end before what was waited for. */
export class DeadlineError extends Error {
  readonly [marker] = true;
  readonly deadlineMs: number;

  constructor(what: string, deadlineMs: number) {
    super(`${what} did not end within ${deadlineMs} ms`);
    this.name = 'DeadlineError';
    this.deadlineMs = deadlineMs;
  }

  static isInstance(error: unknown): error is DeadlineError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}

/** Resolves or rejects as `work` does, or rejects with `DeadlineError` first. `work` itself goes on: abort it yourself. */
export async function withDeadline<T>(
  work: Promise<T>,
  options: { deadlineMs: number; what: string; clock?: Clock },
): Promise<T> {
  const { deadlineMs, what, clock = systemClock } = options;
  const timer = new AbortController();
  const tooLate = clock.sleep(deadlineMs, timer.signal).then(
    () => {
      throw new DeadlineError(what, deadlineMs);
    },
    () => new Promise<never>(() => {}), // Aborted below: the race is over.
  );
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    timer.abort();
  }
}
