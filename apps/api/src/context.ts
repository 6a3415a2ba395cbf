import type { Clock, Logger, Metrics, Stores } from '@instance-ha/ports';
import type { KeyRing } from '@instance-ha/vault';
import type { AccessPolicy } from './auth/access-policy.ts';
import type { ActionWaits } from './live/action-waits.ts';
import type { ChangeHub } from './live/change-hub.ts';

/** What the handlers work with. */
export type ApiContext = {
  stores: Stores;
  hub: ChangeHub;
  actionWaits: ActionWaits;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  policy: AccessPolicy;
  /** Seals and opens control attributes. */
  keys: KeyRing;
  /** Whether Nova has a compute service on this host; without Nova every name is taken. */
  isComputeHost: (name: string) => Promise<boolean>;
  /** Rows that one page may hold. */
  maxPage: number;
  /** A monitor that was not heard for so long is silent. */
  monitorSilentAfterMs: () => number;
};
