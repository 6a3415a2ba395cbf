/** A clock that stands still until told otherwise, for tests of anything that takes `Timers`. */

import type { Timers } from '../timers.ts';

export type ManualTimers = Timers & {
  /**
   * Moves the clock, running every timer that falls due, in order, and lets streams and promises settle
   * before and after each one.
   */
  advance: (byMs: number) => Promise<void>;
  /** Lets what is already under way settle: stream chunks, promises, immediates. No time passes. */
  settle: () => Promise<void>;
  /** Timers that wait now. */
  readonly waiting: number;
};

type Waiting = { atMs: number; order: number; callback: () => void };

/** Turns of the event loop that a message needs at most to go through a stream pair and its handlers. */
const settleTurns = 12;

export function createManualTimers(startMs = 0): ManualTimers {
  let nowMs = startMs;
  let order = 0;
  const waiting = new Set<Waiting>();

  const settle = async () => {
    for (let turn = 0; turn < settleTurns; turn += 1) await new Promise(resolve => setImmediate(resolve));
  };

  const earliest = (untilMs: number): Waiting | undefined => {
    let first: Waiting | undefined;
    for (const timer of waiting) {
      if (timer.atMs > untilMs) continue;
      if (!first || timer.atMs < first.atMs || (timer.atMs === first.atMs && timer.order < first.order))
        first = timer;
    }
    return first;
  };

  return {
    nowMs: () => nowMs,
    setTimeout: (callback, delayMs) => {
      const timer = { atMs: nowMs + Math.max(0, delayMs), order: order++, callback };
      waiting.add(timer);
      return timer;
    },
    clearTimeout: handle => {
      waiting.delete(handle as Waiting);
    },
    advance: async byMs => {
      const untilMs = nowMs + byMs;
      await settle();
      for (let timer = earliest(untilMs); timer; timer = earliest(untilMs)) {
        waiting.delete(timer);
        nowMs = Math.max(nowMs, timer.atMs);
        timer.callback();
        await settle();
      }
      nowMs = untilMs;
    },
    settle,
    get waiting() {
      return waiting.size;
    },
  };
}
