import { withDeadline } from '@instance-ha/runtime';
import type { Told } from '../facts.ts';

/** What one question may take. */
export type Bounds = { timeoutMs: number; signal: AbortSignal };

/**
 * The answer, or why there is none. Never rejects and never takes longer than its time, even where what is asked takes no heed
 * of its signal: one part that hangs must not hold up the others.
 */
export async function ask<T>(
  what: string,
  { timeoutMs, signal }: Bounds,
  question: (bounds: Bounds) => Promise<T>,
): Promise<Told<T>> {
  const ended = new AbortController();
  const bounds = { timeoutMs, signal: AbortSignal.any([signal, ended.signal]) };
  try {
    const value = await withDeadline(Promise.resolve(question(bounds)), { deadlineMs: timeoutMs, what });
    return { ok: true, value };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  } finally {
    ended.abort(new Error(`${what} is over`));
  }
}
