import { randomUUID } from 'node:crypto';
import {
  type OpenStack,
  OpenStackError,
  type OpenStackSettings,
  type ResolvedSettings,
} from '@instance-ha/openstack';
import type { CloudFacts, Right, Told } from '../facts.ts';
import { ask, type Bounds } from './ask.ts';

/**
 * Asks Keystone and Nova, and changes nothing. Resolves within twice `timeoutMs`: the login comes first, and where it fails
 * nothing else is tried.
 */
export async function collectCloudFacts(
  resolved: ResolvedSettings,
  connect: (settings: OpenStackSettings) => OpenStack,
  bounds: Bounds,
): Promise<CloudFacts> {
  if (!resolved.ok) return nothing(resolved.errors.join('; '));
  const settings = { ok: true, value: { authUrl: resolved.settings.authUrl } } as const;
  let openstack: OpenStack;
  try {
    openstack = connect(resolved.settings);
  } catch (error) {
    return nothing((error as Error).message);
  }
  try {
    const login = await ask('logging in to Keystone', bounds, async within => ({
      userId: await openstack.userId(within),
    }));
    if (!login.ok) return { ...nothing(login.why), settings, login };
    const { nova } = openstack;
    const [versions, services, listAllServers, updateServices] = await Promise.all([
      ask('asking Nova for its versions', bounds, async within => nova.versions(within)),
      ask('listing compute services', bounds, async within => nova.listComputeServices(null, within)),
      // No host has this name: the right is told, and no server is.
      ask('listing servers of all projects', bounds, async within =>
        rightBy(async () => nova.listServersOfHost(noHost, within), 'granted'),
      ),
      // Nova asks its policy first and looks for the service then: 404 is a yes, and nothing can be changed of what is not there.
      ask('asking for the right to change compute services', bounds, async within =>
        rightBy(
          async () => nova.updateService(randomUUID(), { status: 'enabled' }, within),
          'granted, as asked of a service that does not exist; nothing was changed',
        ),
      ),
    ]);
    return { settings, login, versions, services, listAllServers, updateServices };
  } finally {
    await openstack.close();
  }
}

const noHost = 'instance-ha-doctor-asks-for-no-host';

function nothing(why: string): CloudFacts {
  const missing: Told<never> = { ok: false, why };
  return {
    settings: missing,
    login: missing,
    versions: missing,
    services: missing,
    listAllServers: missing,
    updateServices: missing,
  };
}

/** A yes or a no. Rejects with what is neither. */
async function rightBy(attempt: () => Promise<unknown>, granted: string): Promise<Right> {
  try {
    await attempt();
    return { allowed: true, detail: granted };
  } catch (error) {
    if (!OpenStackError.isInstance(error)) throw error;
    if (error.code === 'not-found') return { allowed: true, detail: granted };
    if (error.code === 'forbidden') return { allowed: false, detail: error.serviceMessage ?? error.message };
    throw error;
  }
}
