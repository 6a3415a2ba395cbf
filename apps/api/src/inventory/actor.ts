import type { Actor, AuditTarget, Stores } from '@instance-ha/ports';
import type { FastifyRequest } from 'fastify';
import { identityOf } from '../auth/require-access.ts';

/** Who asks, as the audit writes it down, and why if they said so. */
export function actorOf(request: FastifyRequest, reason: string | null = null): Actor {
  const { userId, name, projectId } = identityOf(request);
  return { initiator: { id: userId, name, project: projectId }, requestId: request.id, reason };
}

/** Writes down what was asked and refused; what was done is written down by the stores with the change itself. */
export async function auditRefusal(
  stores: Pick<Stores, 'audit'>,
  request: FastifyRequest,
  refused: { action: string; target: AuditTarget; reason: string },
): Promise<void> {
  const { initiator, requestId } = actorOf(request);
  await stores.audit.append({ ...refused, outcome: 'failure', initiator, requestId, changes: [] });
}
