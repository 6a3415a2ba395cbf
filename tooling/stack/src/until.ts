import { setTimeout as delay } from 'node:timers/promises';

/** Asks again and again until `isTrue`, an abort, or the deadline; an error counts as "not yet" and is told at the deadline. */
export async function untilTrue(
  what: string,
  options: { timeoutMs: number; everyMs: number; signal: AbortSignal },
  isTrue: () => Promise<boolean>,
): Promise<void> {
  const deadlineMs = performance.now() + options.timeoutMs;
  let why: unknown;
  while (performance.now() < deadlineMs) {
    options.signal.throwIfAborted();
    try {
      if (await isTrue()) return;
      why = undefined;
    } catch (error) {
      why = error;
    }
    await delay(options.everyMs, undefined, { signal: options.signal });
  }
  throw new Error(`waited ${options.timeoutMs / 1000} s in vain for ${what}`, { cause: why });
}
