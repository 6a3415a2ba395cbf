import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { systemClock } from '@instance-ha/runtime';
import { connectOpenStack, type OpenStack } from '../src/open-stack.ts';
import { type OpenStackSettings, resolveSettings } from '../src/settings/settings.ts';
import { quietLogger } from './quiet-logger.ts';
import { type SilentProxy, startProxy } from './silent-proxy.ts';

/**
 * A real cloud, as the environment names it: `INSTANCE_HA_NOVA_AUTH_URL` and the others as `OS_*` with that prefix; or
 * `INSTANCE_HA_NOVA_CLOUDS_YAML` (a file) with `INSTANCE_HA_NOVA_CLOUD`. Besides:
 *
 * | variable                         | what                                                              |
 * | -------------------------------- | ----------------------------------------------------------------- |
 * | `INSTANCE_HA_NOVA_OTHER_CLOUD`   | another cloud of that file: somebody else, an admin; default the same |
 * | `INSTANCE_HA_NOVA_FLAVOR`, `_IMAGE` | to boot servers of; the image by its name                      |
 * | `INSTANCE_HA_NOVA_HOSTS`         | all its compute hosts, at least three: servers may be booted on them and lost |
 * | `INSTANCE_HA_NOVA_RESTART`       | a command that ends and starts the nova-compute of `$1`           |
 */
const prefix = 'INSTANCE_HA_NOVA_';

const variable = (name: string): string => {
  const value = process.env[`${prefix}${name}`];
  if (value === undefined) throw new Error(`these tests want a real Nova: ${prefix}${name} is not set`);
  return value;
};

export function realSettings(cloudVariable = 'CLOUD'): OpenStackSettings {
  const environment = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[`OS_${name.slice(prefix.length)}`, value]] : [],
    ),
  );
  const file = environment.OS_CLOUDS_YAML;
  const cloud = environment[`OS_${cloudVariable}`] ?? environment.OS_CLOUD;
  if (file === undefined) variable('AUTH_URL');
  const resolved = resolveSettings({
    environment,
    ...(file === undefined || cloud === undefined
      ? {}
      : { cloudsYaml: { text: readFileSync(file, 'utf8'), cloud } }),
  });
  if (!resolved.ok) throw new Error(resolved.errors.join('; '));
  return resolved.settings;
}

export type RealNova = {
  openstack: OpenStack;
  hosts: string[];
  /** Somebody else's hands, past the package under test. */
  hands: Hands;
  proxy: SilentProxy;
  /** What was booted, deleted. */
  close(): Promise<void>;
};

/** The client under test speaks to Nova through a proxy that can fall silent. */
export async function realNova(): Promise<RealNova> {
  const hands = await Hands.logIn(realSettings('OTHER_CLOUD'));
  const proxy = await startProxy(hands.computeUrl);
  const openstack = connectOpenStack({
    settings: { ...realSettings(), computeEndpoint: proxy.url },
    clock: systemClock,
    log: quietLogger,
  });
  return {
    openstack,
    hosts: variable('HOSTS').split(/[ ,]+/),
    hands,
    proxy,
    async close() {
      await openstack.close();
      await proxy.close();
      await hands.deleteAll();
    },
  };
}

type Server = Record<string, unknown> & { id: string; 'OS-EXT-STS:task_state': string | null };

/** Bare calls by `fetch`: a direct client, to arrange the world and to compare with. */
export class Hands {
  readonly computeUrl: string;
  readonly #token: string;
  readonly #imageUrl: string;
  readonly #booted: string[] = [];

  private constructor(found: { token: string; computeUrl: string; imageUrl: string }) {
    this.#token = found.token;
    this.computeUrl = found.computeUrl;
    this.#imageUrl = found.imageUrl;
  }

  static async logIn({ authUrl, auth }: OpenStackSettings): Promise<Hands> {
    if (auth.method !== 'password' || !('project' in auth.scope))
      throw new Error('these tests log in by password');
    const response = await fetch(`${authUrl}/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        auth: {
          identity: {
            methods: ['password'],
            password: { user: { ...auth.user, password: auth.password.reveal() } },
          },
          scope: auth.scope,
        },
      }),
    });
    type Catalog = { type: string; endpoints: { interface: string; url: string }[] }[];
    const { token } = (await response.json()) as { token: { catalog: Catalog } };
    const urlOf = (type: string): string =>
      token.catalog.find(one => one.type === type)?.endpoints.find(one => one.interface === 'public')?.url ??
      '';
    return new Hands({
      token: response.headers.get('x-subject-token') ?? '',
      computeUrl: urlOf('compute'),
      imageUrl: urlOf('image'),
    });
  }

  async call(method: string, path: string, body?: object, base = this.computeUrl): Promise<unknown> {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        'x-auth-token': this.#token,
        'content-type': 'application/json',
        'openstack-api-version': 'compute 2.88',
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  act = async (id: string, body: object): Promise<unknown> =>
    this.call('POST', `/servers/${id}/action`, body);

  async show(id: string): Promise<Server> {
    return ((await this.call('GET', `/servers/${id}`)) as { server: Server }).server;
  }

  /** Until no task is under way. */
  async settled(id: string, pauseMs = 100): Promise<Server> {
    for (;;) {
      const server = await this.show(id);
      if (server['OS-EXT-STS:task_state'] === null && server.status !== 'BUILD') return server;
      await systemClock.sleep(pauseMs);
    }
  }

  async boot(host: string): Promise<string> {
    const { images } = (await this.call(
      'GET',
      `/v2/images?name=${variable('IMAGE')}`,
      undefined,
      this.#imageUrl,
    )) as { images: { id: string }[] };
    const made = (await this.call('POST', '/servers', {
      server: {
        name: 'conformance',
        flavorRef: variable('FLAVOR'),
        imageRef: images[0]?.id,
        networks: 'none',
        host,
      },
    })) as { server: { id: string } };
    this.#booted.push(made.server.id);
    const { status } = await this.settled(made.server.id);
    if (status !== 'ACTIVE') throw new Error(`a server was booted on ${host} and is ${String(status)}`);
    return made.server.id;
  }

  async deleteAll(): Promise<void> {
    for (const id of this.#booted.splice(0)) {
      await this.act(id, { unlock: null }).catch(() => {});
      await this.call('DELETE', `/servers/${id}`).catch(() => {});
    }
  }

  async service(host: string): Promise<Record<string, unknown> & { id: string }> {
    const found = (await this.call('GET', `/os-services?binary=nova-compute&host=${host}`)) as {
      services: (Record<string, unknown> & { id: string })[];
    };
    if (!found.services[0]) throw new Error(`Nova has no compute host ${host}`);
    return found.services[0];
  }

  /** Ends the nova-compute of a host, starts it again, and waits until it has cleared what was evacuated from it. */
  async restartCompute(host: string): Promise<void> {
    await promisify(execFile)('sh', ['-c', variable('RESTART'), 'sh', host]);
    while (await this.hasRemains(host)) await systemClock.sleep(500);
  }

  async hasRemains(host: string): Promise<boolean> {
    const path = `/os-migrations?migration_type=evacuation&source_compute=${host}`;
    const { migrations } = (await this.call('GET', path)) as { migrations: { status: string }[] };
    return migrations.some(({ status }) => status === 'done');
  }

  /** What Nova's books say of its nova-compute. */
  async change(host: string, change: { status?: string; forced_down?: boolean }): Promise<void> {
    const { id } = await this.service(host);
    await this.call('PUT', `/os-services/${id}`, change);
  }

  /** Back in service. */
  async reinstate(host: string): Promise<void> {
    await this.change(host, { status: 'enabled', forced_down: false });
    while ((await this.service(host)).state !== 'up') await systemClock.sleep(500);
  }
}
