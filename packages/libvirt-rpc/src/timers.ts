/** Time as this package sees it: passed in, so that tests own it. */
export type Timers = {
  /** Monotonic milliseconds; only differences mean anything. */
  nowMs: () => number;
  setTimeout: (callback: () => void, delayMs: number) => unknown;
  clearTimeout: (handle: unknown) => void;
};

/** The process's own clock. Looks the globals up at each call, so a test's replaced globals are honoured. */
export const systemTimers: Timers = {
  nowMs: () => globalThis.performance.now(),
  setTimeout: (callback, delayMs) => globalThis.setTimeout(callback, delayMs),
  clearTimeout: handle => globalThis.clearTimeout(handle as NodeJS.Timeout),
};
