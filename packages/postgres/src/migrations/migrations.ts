import type { Migration } from 'kysely/migration';
import * as foundation from './0001-foundation.ts';
import * as segmentsAndAudit from './0002-segments-and-audit.ts';

/** By name, in order. */
export const migrations: Record<string, Migration> = {
  '0001-foundation': foundation,
  '0002-segments-and-audit': segmentsAndAudit,
};
