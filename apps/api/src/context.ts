import type { Clock, Logger, Metrics, Stores } from '@instance-ha/ports';
import type { ChangeHub } from './live/change-hub.ts';

/** What the handlers work with. */
export type ApiContext = {
  stores: Stores;
  hub: ChangeHub;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  /** Rows that one page may hold. */
  maxPage: number;
  /** A monitor that was not heard for so long is silent. */
  monitorSilentAfterMs: () => number;
};
