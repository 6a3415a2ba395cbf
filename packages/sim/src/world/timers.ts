import type { Timers } from '@instance-ha/libvirt-rpc';
import type { Clock } from '@instance-ha/ports';

/** Timers that run by a clock, so that the wire and the loops live in one time. */
export function timersOf(clock: Clock): Timers {
  return {
    nowMs: () => clock.monotonicMs(),
    setTimeout: (callback, delayMs) => {
      const cleared = new AbortController();
      void run(clock.sleep(delayMs, cleared.signal), callback);
      return cleared;
    },
    clearTimeout: handle => {
      if (handle instanceof AbortController) handle.abort(wasCleared);
    },
  };
}

async function run(slept: Promise<void>, callback: () => void): Promise<void> {
  try {
    await slept;
  } catch {
    return; // Cleared.
  }
  callback();
}

/** A reason of its own, made once: the ordinary one is an exception with a stack trace each time. */
const wasCleared = new Error('the timer was cleared');
