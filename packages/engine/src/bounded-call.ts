import type { Clock, Logger } from '@instance-ha/ports';
import { untilAborted } from './until-aborted.ts';

/** A control has its own bound; past it, and so much more, it has broken its promise and is not waited for. */
export const promiseGraceMs = 1000;

/**
 * A call of a control that may hang, or reject although it must not. Answers `otherwise(why)` then; rejects only with the
 * reason of `signal`, when that aborts.
 */
export async function boundedCall<T>(options: {
  what: string;
  call: (signal: AbortSignal) => Promise<T>;
  timeoutMs: number;
  otherwise: (why: string) => T;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}): Promise<T> {
  const { what, call, timeoutMs, otherwise, clock, log, signal } = options;
  signal.throwIfAborted();
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  const limitMs = timeoutMs + promiseGraceMs;
  const bound = clock.sleep(limitMs, both).then(
    () => over.abort(new Error(`${what}: no answer within ${limitMs} ms`)),
    () => {},
  );
  try {
    return await untilAborted(call(both), both);
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    if (over.signal.aborted) log.warn({ what, timeoutMs }, 'a control did not answer in its time');
    else log.error({ what, error }, 'a control rejected, which it must not');
    return otherwise(why);
  } finally {
    over.abort(new Error('over'));
    await bound;
  }
}
