import type { ConformanceCase } from './conformance-case.ts';
import { actionCases } from './stores/actions.ts';
import { changeCases, retentionCases, tokenCases } from './stores/changes-and-tokens.ts';
import {
  configurationCases,
  configurationRetentionCases,
  operationCases,
  serviceCases,
} from './stores/configuration.ts';
import { guestCases, heartbeatCases, silenceCases } from './stores/guests.ts';
import { hostCases, segmentCases } from './stores/inventory.ts';
import { notificationCases } from './stores/notifications.ts';
import { recordingCases } from './stores/recordings.ts';
import { claimCases, journalCases, scheduleCases } from './stores/recoveries.ts';
import { hostRecoveryCases, rulingCases } from './stores/rulings.ts';
import { trendCases } from './stores/trends.ts';
import { auditCases, vmoveCases } from './stores/vmoves-and-audit.ts';
import { workerCases } from './stores/workers.ts';
import type { StoresWorld } from './stores/world.ts';

/** What every implementation of `Stores` promises. Each case wants stores of its own, empty. */
export const storesConformance: readonly ConformanceCase<StoresWorld>[] = [
  ...notificationCases,
  ...claimCases,
  ...journalCases,
  ...scheduleCases,
  ...rulingCases,
  ...hostRecoveryCases,
  ...guestCases,
  ...silenceCases,
  ...workerCases,
  ...recordingCases,
  ...trendCases,
  ...heartbeatCases,
  ...changeCases,
  ...tokenCases,
  ...segmentCases,
  ...hostCases,
  ...vmoveCases,
  ...auditCases,
  ...actionCases,
  ...configurationCases,
  ...configurationRetentionCases,
  ...operationCases,
  ...serviceCases,
  ...retentionCases,
];
