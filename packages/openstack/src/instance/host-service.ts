import type { NovaServer } from '../nova/wire.ts';
import { OpenStackError } from '../openstack-error.ts';
import { callBounds, type Following } from './follow.ts';

/** Whether Nova hears from a host's nova-compute: `down` when it does not, `forced-down` when somebody said so. */
export type HostService = 'up' | 'down' | 'forced-down';

/**
 * What Nova tells with the server, `host_status`, says it mostly. MAINTENANCE does not: so Nova calls every host that is disabled
 * and not forced down, dead or alive (`get_instance_host_status`, `nova/compute/api.py`); and a policy may hide it. Then the
 * service itself is asked for. Undefined where that is not allowed either.
 */
export async function hostServiceOf(
  { nova, bounds }: Following,
  { host, hostStatus }: NovaServer,
): Promise<HostService | undefined> {
  if (hostStatus === 'UP') return 'up';
  if (hostStatus === 'UNKNOWN') return 'down';
  if (hostStatus === 'DOWN') return 'forced-down';
  if (host === null) return undefined;
  try {
    const [service] = await nova.listComputeServices(host, callBounds(bounds));
    if (!service) return undefined;
    if (service.forcedDown) return 'forced-down';
    return service.up ? 'up' : 'down';
  } catch (error) {
    if (OpenStackError.isInstance(error) && error.code === 'forbidden') return undefined;
    throw error;
  }
}
