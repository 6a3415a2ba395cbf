import {
  type Actor,
  type AuditEvent,
  type AuditStore,
  auditChanges,
  type NewAuditEvent,
} from '@instance-ha/ports';
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Database } from '../pool.ts';
import type { Schema } from '../schema.ts';
import { isStorable, pageLimit, storableOrNull, storableText, toJson } from './text.ts';

export function auditStore(database: Database): AuditStore {
  return {
    append: event => appendAudit(database, event),
    async list(
      { action, outcome, initiator, targetType, targetId, requestId, since, until },
      { limit, after },
    ) {
      const words = [action, initiator, targetType, targetId, requestId];
      if (words.some(word => word !== undefined && !isStorable(word))) return [];
      let listing = database.selectFrom('audit').selectAll();
      if (action !== undefined) listing = listing.where('action', '=', action);
      if (outcome !== undefined) listing = listing.where('outcome', '=', outcome);
      if (initiator !== undefined) listing = listing.where('initiator_name', '=', initiator);
      if (targetType !== undefined) listing = listing.where('target_type', '=', targetType);
      if (targetId !== undefined)
        listing = listing
          .where(sql<string>`md5(target_id)`, '=', sql<string>`md5(${targetId})`)
          .where('target_id', '=', targetId);
      if (requestId !== undefined) listing = listing.where('request_id', '=', requestId);
      if (since !== undefined) listing = listing.where('at', '>=', since);
      if (until !== undefined) listing = listing.where('at', '<', until);
      if (after !== undefined) listing = listing.where('id', '<', after);
      const rows = await listing.orderBy('id', 'desc').limit(pageLimit(limit)).execute();
      return rows.map(toEvent);
    },
  };
}

const toEvent = (row: Selectable<Schema['audit']>): AuditEvent => ({
  id: row.id,
  at: row.at,
  action: row.action,
  outcome: row.outcome,
  initiator: { id: row.initiator_id, name: row.initiator_name, project: row.initiator_project },
  target: { type: row.target_type, id: row.target_id, name: row.target_name },
  reason: row.reason,
  requestId: row.request_id,
  changes: row.changes,
});

export async function appendAudit(database: Database, event: NewAuditEvent): Promise<void> {
  const { initiator, target } = event;
  await sql`
    insert into audit (action, outcome, initiator_id, initiator_name, initiator_project,
      target_type, target_id, target_name, reason, request_id, changes)
    values (${storableText(event.action)}, ${event.outcome}, ${storableOrNull(initiator.id)},
      ${storableText(initiator.name)}, ${storableOrNull(initiator.project)}, ${storableText(target.type)},
      ${storableOrNull(target.id)}, ${storableOrNull(target.name)}, ${storableOrNull(event.reason)},
      ${storableText(event.requestId)}, ${toJson(event.changes)}::json)
  `.execute(database);
}

/** The line for a change that its own transaction makes; none when nothing changed. */
export async function recordChange(
  transaction: Database,
  change: {
    action: 'create' | 'update' | 'delete';
    type: 'segment' | 'host';
    before?: { uuid: string; name: string } | undefined;
    after?: { uuid: string; name: string } | undefined;
    by: Actor;
  },
): Promise<void> {
  const { action, type, before, after, by } = change;
  const changes = auditChanges(before, after);
  const target = after ?? before;
  if (changes.length === 0 || !target) return;
  await appendAudit(transaction, {
    action,
    outcome: 'success',
    initiator: by.initiator,
    target: { type, id: target.uuid, name: target.name },
    reason: by.reason ?? null,
    requestId: by.requestId,
    changes,
  });
}
