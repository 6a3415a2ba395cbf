import type { Page } from './stores.ts';

/** Who asks for a change. A worker that acts by itself names itself and carries no project. */
export type AuditInitiator = { id: string | null; name: string; project: string | null };

/** What is written down with a change: who, why if they said so, and the request it came with. */
export type Actor = { initiator: AuditInitiator; requestId: string; reason?: string | null | undefined };

export const auditOutcomes = ['success', 'failure'] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];

/** `type` is `segment`, `host`, `pause`, …; `id` its UUID where it has one. */
export type AuditTarget = { type: string; id: string | null; name: string | null };

/** One field of a change; `***` stands for a secret, so that one sees that it changed and not what it is. */
export type AuditChange = { field: string; before: unknown; after: unknown };

/** Who did what to what, with which outcome: the fields of CADF (DSP0262) under our names. */
export type NewAuditEvent = {
  /** `create`, `update`, `delete`, … */
  action: string;
  outcome: AuditOutcome;
  initiator: AuditInitiator;
  target: AuditTarget;
  reason: string | null;
  requestId: string;
  changes: readonly AuditChange[];
};
export type AuditEvent = Omit<NewAuditEvent, 'changes'> & {
  id: number;
  /** By the database's clock. */
  at: string;
  changes: AuditChange[];
};

export type AuditFilter = {
  action?: string | undefined;
  outcome?: AuditOutcome | undefined;
  /** The initiator's name. */
  initiator?: string | undefined;
  targetType?: string | undefined;
  targetId?: string | undefined;
  requestId?: string | undefined;
  /** `at` at or after, and before. */
  since?: string | undefined;
  until?: string | undefined;
};

/** What was done and by whom; only ever appended to, and purged by age. Newest first. */
export interface AuditStore {
  append(event: NewAuditEvent): Promise<void>;
  list(filter: AuditFilter, page: Page): Promise<AuditEvent[]>;
}

const secretFields: readonly string[] = ['sealedControlAttributes'];
/** What the database itself stamps or counts tells nothing of what somebody wanted. */
const unsaidFields: readonly string[] = ['id', 'createdAt', 'updatedAt'];

/** The fields that differ, in the order of `after`; of a thing that is made or removed the other side is empty. */
export function auditChanges(before: object | undefined, after: object | undefined): AuditChange[] {
  const old = (before ?? {}) as Record<string, unknown>;
  const now = (after ?? {}) as Record<string, unknown>;
  const fields = new Set([...Object.keys(now), ...Object.keys(old)]);
  return [...fields].flatMap(field => {
    if (unsaidFields.includes(field) || old[field] === now[field]) return [];
    if (!secretFields.includes(field))
      return [{ field, before: old[field] ?? null, after: now[field] ?? null }];
    const shown = (value: unknown): string | null => (value === undefined || value === null ? null : '***');
    return [{ field: 'controlAttributes', before: shown(old[field]), after: shown(now[field]) }];
  });
}
