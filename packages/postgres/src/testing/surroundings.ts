import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Logger } from '@instance-ha/ports';

/** The migrated database that every fresh one is a copy of. */
export const templateName = 'instance_ha_template';

/** A server in another process keeps its own time, so tests of it wait by the real clock. */
export const realClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}),
};

const nothing = () => {};
export const silentLog: Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => silentLog,
};
