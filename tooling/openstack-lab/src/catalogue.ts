import { LabError } from '@instance-ha/lab';
import type { Endpoints, OpenStackApi } from './api.ts';
import { loopback } from './configuration.ts';
import type { Secrets } from './secrets.ts';
import type { Settings } from './settings.ts';

/** Where the lab's APIs are, by the type they have in the catalogue. */
export function endpointsOf({ ports }: Settings): Endpoints {
  return {
    identity: loopback(ports.keystone, '/v3'),
    placement: loopback(ports.placement),
    image: loopback(ports.glance),
    compute: loopback(ports.nova, '/v2.1'),
    network: loopback(ports.neutron),
  };
}

/** Names of the services by type, as upstream has them. */
const serviceNames: Record<string, string> = {
  placement: 'placement',
  image: 'glance',
  compute: 'nova',
  network: 'neutron',
  'instance-ha': 'masakari',
};

type Account = { name: string; password: string; project: string; roles: string[] };

/** The users of a lab besides `admin`, whom `keystone-manage bootstrap` makes. */
export function accountsOf(secrets: Secrets): Account[] {
  const service = (name: string) => ({
    name,
    password: secrets.service,
    project: 'service',
    roles: ['admin', 'service'],
  });
  return [
    ...['placement', 'glance', 'nova', 'instance-ha'].map(service),
    { name: 'demo', password: secrets.demo, project: 'demo', roles: ['member'] },
  ];
}

type Named = { id: string; name: string };

/** Makes what is missing of users, roles and endpoints. Changes nothing that is there. */
export async function ensureCatalogue(
  api: OpenStackApi,
  settings: Settings,
  secrets: Secrets,
): Promise<void> {
  const domain = { domain_id: 'default' }; // the id that bootstrap gives the domain named Default
  const roles = await idsByName(api, 'role');
  const projects = await idsByName(api, 'project');
  const users = await idsByName(api, 'user');
  const idOf = async (kind: Kind, known: Map<string, string>, name: string, extra: object) => {
    const id = known.get(name) ?? (await create(api, kind, { name, ...extra }));
    known.set(name, id);
    return id;
  };
  for (const { name, password, project, roles: wanted } of accountsOf(secrets)) {
    const projectId = await idOf('project', projects, project, domain);
    const userId = await idOf('user', users, name, { ...domain, password, default_project_id: projectId });
    for (const role of wanted) {
      const roleId = await idOf('role', roles, role, {});
      const path = `/projects/${projectId}/users/${userId}/roles/${roleId}`;
      await api.call('identity', { method: 'PUT', path });
    }
  }
  const { identity: _, ...rest } = endpointsOf(settings);
  for (const [type, url] of Object.entries(rest)) await ensureEndpoint(api, { type, url, settings });
}

/** Makes the catalogue say that the service of `type` is publicly at `url`; one that says something else is changed. */
export async function ensureEndpoint(
  api: OpenStackApi,
  { type, url, settings }: { type: string; url: string; settings: Settings },
): Promise<void> {
  const { services } = await api.call<{ services: Named[] }>('identity', { path: `/services?type=${type}` });
  const id = services[0]?.id ?? (await create(api, 'service', { type, name: serviceNames[type] ?? type }));
  type Endpoint = { id: string; url: string };
  const { endpoints } = await api.call<{ endpoints: Endpoint[] }>('identity', {
    path: `/endpoints?service_id=${id}&interface=public`,
  });
  const there = endpoints[0];
  if (there === undefined) {
    await create(api, 'endpoint', { service_id: id, interface: 'public', region_id: settings.region, url });
  } else if (there.url !== url) {
    const path = `/endpoints/${there.id}`;
    await api.call('identity', { method: 'PATCH', path, body: { endpoint: { url } } });
  }
}

type Kind = 'role' | 'project' | 'user' | 'service' | 'endpoint';

async function idsByName(api: OpenStackApi, kind: Kind): Promise<Map<string, string>> {
  const listing = await api.call<Record<string, Named[]>>('identity', { path: `/${kind}s` });
  return new Map((listing[`${kind}s`] ?? []).map(({ name, id }) => [name, id]));
}

/** The id of what was made. */
async function create(api: OpenStackApi, kind: Kind, what: Record<string, unknown>): Promise<string> {
  const body = { [kind]: what };
  const made = await api.call<Record<string, Named>>('identity', { method: 'POST', path: `/${kind}s`, body });
  const id = made[kind]?.id;
  if (id === undefined) throw new LabError('command-failed', `Keystone made a ${kind} and did not name it`);
  return id;
}
