import type { OpenStackLab, Server } from '@instance-ha/openstack-lab';
import { eventually } from './eventually.ts';

/** A server as a listing of Nova in detail shows it. */
export type ListedServer = Server & {
  locked: boolean;
  'OS-EXT-STS:task_state': string | null;
  'OS-EXT-STS:power_state': number;
};

export type Migration = {
  uuid: string;
  instance_uuid: string;
  status: string;
  source_compute: string;
  dest_compute: string | null;
};

export type ComputeService = {
  id: string;
  host: string;
  state: 'up' | 'down';
  status: 'enabled' | 'disabled';
  forced_down: boolean;
};

/** Its owner wants it recovered: so every policy of recovery takes it in. */
export const protectedBy = { HA_Enabled: 'True' };

/** How the servers of a cloud are asked for at the same time: more starve a small nova-api. */
const together = 5;

/** Nova as a witness beside the product: asked by the lab's own client, with the product's not a line in between. */
export class NovaCloud {
  readonly lab: OpenStackLab;
  readonly #booted = new Set<string>();

  constructor(lab: OpenStackLab) {
    this.lab = lab;
  }

  /** What a worker needs to recover by this cloud; `by`: other addresses of the same services. */
  environment(by: { keystone?: string; nova?: string } = {}): Record<string, string> {
    const who = this.lab.credentials('instance-ha');
    return {
      OS_WORKER__DRIVER: 'nova',
      OS_OPENSTACK__AUTH_URL: by.keystone ?? who.authUrl,
      OS_OPENSTACK__USERNAME: who.username,
      OS_OPENSTACK__PASSWORD: who.password,
      OS_OPENSTACK__USER_DOMAIN_NAME: who.userDomainName,
      OS_OPENSTACK__PROJECT_NAME: who.projectName,
      OS_OPENSTACK__PROJECT_DOMAIN_NAME: who.projectDomainName,
      OS_OPENSTACK__REGION_NAME: who.regionName,
      ...(by.nova === undefined ? {} : { OS_OPENSTACK__COMPUTE_ENDPOINT: by.nova }),
    };
  }

  /** Boots so many servers on one host; answers their ids. */
  async boot(count: number, where: { host: string; prefix: string }): Promise<string[]> {
    const ids: string[] = [];
    for (let first = 1; first <= count; first += together) {
      const names = Array.from(
        { length: Math.min(together, count - first + 1) },
        (_, index) => `${where.prefix}-${first + index}`,
      );
      const some = await Promise.all(
        names.map(name => this.lab.boot({ name, host: where.host, metadata: protectedBy })),
      );
      ids.push(...some.map(({ id }) => id));
    }
    for (const id of ids) this.#booted.add(id);
    return ids;
  }

  /** Boots one server in a server group: its members never share a host. */
  async bootApart(name: string, where: { host: string; group: string }): Promise<string> {
    const { images } = await this.#ask<{ images: { id: string }[] }>('image', '/v2/images?name=os-img');
    const server = {
      name,
      flavorRef: 'os-tiny',
      imageRef: images[0]?.id,
      networks: 'none',
      host: where.host,
    };
    const body = { server, 'os:scheduler_hints': { group: where.group } };
    const made = await this.lab.api().call<{ server: { id: string } }>('compute', {
      method: 'POST',
      path: '/servers',
      body,
      microversion: '2.74',
    });
    this.#booted.add(made.server.id);
    await this.untilStatus(made.server.id, 'ACTIVE');
    return made.server.id;
  }

  async makeGroupApart(name: string): Promise<{ id: string; remove: () => Promise<void> }> {
    const body = { server_group: { name, policy: 'anti-affinity' } };
    const { server_group: made } = await this.lab.api().call<{ server_group: { id: string } }>('compute', {
      method: 'POST',
      path: '/os-server-groups',
      body,
      microversion: '2.64',
    });
    const path = `/os-server-groups/${made.id}`;
    return { id: made.id, remove: async () => this.lab.api().call('compute', { method: 'DELETE', path }) };
  }

  /** Deletes what was booted here. */
  async removeAll(): Promise<void> {
    const ids = [...this.#booted];
    for (let first = 0; first < ids.length; first += together)
      await Promise.all(ids.slice(first, first + together).map(id => this.lab.remove(id)));
    this.#booted.clear();
  }

  act(id: string, body: object): Promise<unknown> {
    const path = `/servers/${id}/action`;
    return this.lab.api().call('compute', { method: 'POST', path, body, microversion: '2.73' });
  }

  /** Servers of all hosts, by their id, in one call. */
  async servers(ids: readonly string[]): Promise<ListedServer[]> {
    const { servers } = await this.#ask<{ servers: ListedServer[] }>(
      'compute',
      '/servers/detail?all_tenants=true&limit=1000',
      '2.73',
    );
    const by = new Map(servers.map(server => [server.id, server]));
    return ids.flatMap(id => by.get(id) ?? []);
  }

  async serversOn(host: string): Promise<string[]> {
    const path = `/servers?all_tenants=true&host=${host}&limit=1000`;
    return (await this.#ask<{ servers: { id: string }[] }>('compute', path)).servers.map(({ id }) => id);
  }

  untilStatus(id: string, status: string, timeoutMs = 60_000): Promise<void> {
    return eventually(`${id} is ${status}`, timeoutMs, async () => {
      const seen = (await this.lab.show(id)) as ListedServer;
      if (seen.status !== status) throw new Error(`it is ${seen.status}`);
      return seen['OS-EXT-STS:task_state'] === null;
    });
  }

  /** Newest first. */
  async evacuationsFrom(host: string): Promise<Migration[]> {
    const path = `/os-migrations?migration_type=evacuation&source_compute=${host}&limit=1000`;
    return (await this.#ask<{ migrations: Migration[] }>('compute', path, '2.80')).migrations;
  }

  /** What was done to a server since it was made, oldest first, such as `create`, `stop`, `start`. */
  async actionsOf(id: string): Promise<string[]> {
    const path = `/servers/${id}/os-instance-actions`;
    type Answer = { instanceActions: { action: string }[] };
    return (await this.#ask<Answer>('compute', path)).instanceActions.map(({ action }) => action).reverse();
  }

  async service(host: string): Promise<ComputeService> {
    const path = `/os-services?binary=nova-compute&host=${host}`;
    const { services } = await this.#ask<{ services: ComputeService[] }>('compute', path, '2.53');
    if (!services[0]) throw new Error(`Nova has no nova-compute of ${host}`);
    return services[0];
  }

  /** Runs, is enabled and counts as up, whatever befell it before. */
  async intoService(host: string): Promise<void> {
    await this.lab.computes.start(host);
    await eventually(`${host} is in service`, 90_000, async () => {
      const { id } = await this.service(host);
      await this.update(id, { status: 'enabled', forced_down: false });
      return (await this.service(host)).state === 'up';
    });
  }

  async update(serviceId: string, body: { status?: string; forced_down?: boolean }): Promise<void> {
    const path = `/os-services/${serviceId}`;
    await this.lab.api().call('compute', { method: 'PUT', path, body, microversion: '2.53' });
  }

  #ask<T>(service: 'compute' | 'image', path: string, microversion?: string): Promise<T> {
    return this.lab.api().call<T>(service, { path, ...(microversion === undefined ? {} : { microversion }) });
  }
}
