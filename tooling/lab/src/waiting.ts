import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from './lab-error.ts';

export type WaitOptions = { timeoutMs: number; everyMs?: number; signal?: AbortSignal | undefined };

/**
 * Asks `look` again and again until it answers something other than undefined. When `timeoutMs` have passed it throws
 * `timeout` with `what` in its message and the last error `look` threw as its cause.
 */
export async function waitUntil<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  options: WaitOptions,
): Promise<T> {
  const endMs = performance.now() + options.timeoutMs;
  let last: unknown;
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      const seen = await look();
      if (seen !== undefined) return seen;
      last = undefined;
    } catch (error) {
      options.signal?.throwIfAborted();
      last = error;
    }
    if (performance.now() >= endMs) {
      const why = last instanceof Error ? ` (last answer: ${last.message})` : '';
      throw new LabError('timeout', `${what} did not happen within ${options.timeoutMs} ms${why}`, {
        cause: last,
      });
    }
    await sleep(options.everyMs ?? 50, undefined, options.signal ? { signal: options.signal } : {});
  }
}
