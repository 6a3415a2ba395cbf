import type { HostRecord } from '@instance-ha/ports';
import type { FastifyRequest } from 'fastify';
import { identityOf } from '../auth/require-access.ts';
import type { ApiContext } from '../context.ts';

/** What stands for control attributes where they may not be seen. */
export const masked = '***';

/** Control attributes hold the way to a management controller: only who may change them may see them. */
export function controlAttributesFor(
  { policy, keys }: Pick<ApiContext, 'policy' | 'keys'>,
  request: FastifyRequest,
  rule: string,
): (host: HostRecord) => string {
  const maySee = policy.allows(rule, identityOf(request));
  return host => (maySee ? keys.open(host.sealedControlAttributes, host.uuid) : masked);
}
