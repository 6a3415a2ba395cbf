import type { ConformanceCase } from './conformance-case.ts';
import { changeCases, retentionCases, tokenCases } from './stores/changes-and-tokens.ts';
import { guestCases, heartbeatCases, silenceCases } from './stores/guests.ts';
import { notificationCases } from './stores/notifications.ts';
import { claimCases, journalCases, scheduleCases } from './stores/recoveries.ts';
import type { StoresWorld } from './stores/world.ts';

/** What every implementation of `Stores` promises. Each case wants stores of its own, empty. */
export const storesConformance: readonly ConformanceCase<StoresWorld>[] = [
  ...notificationCases,
  ...claimCases,
  ...journalCases,
  ...scheduleCases,
  ...guestCases,
  ...silenceCases,
  ...heartbeatCases,
  ...changeCases,
  ...tokenCases,
  ...retentionCases,
];
