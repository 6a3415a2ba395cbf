import type { Migration } from 'kysely/migration';
import * as foundation from './0001-foundation.ts';
import * as segmentsAndAudit from './0002-segments-and-audit.ts';
import * as heardInABoot from './0003-heard-in-a-boot.ts';
import * as silence from './0004-silence.ts';
import * as rulings from './0005-rulings.ts';
import * as monitorActions from './0006-monitor-actions.ts';
import * as workersAndClocks from './0007-workers-and-clocks.ts';
import * as leasedHosts from './0008-leased-hosts.ts';
import * as configuration from './0010-configuration.ts';
import * as silentWorkers from './0011-silent-workers.ts';
import * as recordings from './0012-recordings.ts';
import * as trends from './0013-trends.ts';

/** By name, in order. */
export const migrations: Record<string, Migration> = {
  '0001-foundation': foundation,
  '0002-segments-and-audit': segmentsAndAudit,
  '0003-heard-in-a-boot': heardInABoot,
  '0004-silence': silence,
  '0005-rulings': rulings,
  '0006-monitor-actions': monitorActions,
  '0007-workers-and-clocks': workersAndClocks,
  '0008-leased-hosts': leasedHosts,
  '0010-configuration': configuration,
  '0011-silent-workers': silentWorkers,
  '0012-recordings': recordings,
  '0013-trends': trends,
};
