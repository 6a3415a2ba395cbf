import type { z } from 'zod';
import type { BreakerState } from '../http/breaker.ts';
import type { Answered, Call, CallBounds, ServiceCaller } from '../http/caller.ts';
import type { KeystoneSession } from '../keystone/session.ts';
import { OpenStackError } from '../openstack-error.ts';
import {
  ActionAnswer,
  ActionsPage,
  AggregatesAnswer,
  HypervisorsPage,
  MigrationsPage,
  type NovaAction,
  type NovaAggregate,
  type NovaHypervisor,
  type NovaMigration,
  type NovaServer,
  type NovaService,
  type NovaVersions,
  ServerAnswer,
  ServersPage,
  ServiceAnswer,
  ServicesAnswer,
  VersionAnswer,
} from './wire.ts';

/**
 * The microversion of each call: the lowest that has the fields used. All are in Nova since Train (2.79 and 2.80, 2019).
 * Evacuate stays below 2.95, from where Nova leaves an evacuated server stopped.
 */
const versions = {
  show: '2.73',
  act: '2.1',
  lock: '2.73',
  evacuate: '2.68',
  services: '2.53',
  migrations: '2.80',
  actions: '2.66',
  hypervisors: '2.53',
  aggregates: '2.1',
} as const;

/** The highest of them: what a Nova must speak. */
export const neededMicroversion = '2.80';

export type NovaLimits = {
  /** Things asked for at a time. Nova itself gives at most 1 000 (`max_limit`). Default 1 000. */
  pageSize: number;
  /** Pages of one listing; one with more is an error, never silently cut. Default 50. */
  pageLimit: number;
};
const defaultNovaLimits: NovaLimits = { pageSize: 1_000, pageLimit: 50 };

/** An act that Nova has accepted: it goes on for a while after. */
export type Accepted = { requestId: string | null };

/** Nova's calls, as Nova has them. Each rejects with `OpenStackError`. */
export interface NovaClient {
  readonly breakerState: BreakerState;
  versions(bounds: CallBounds): Promise<NovaVersions>;

  showServer(id: string, bounds: CallBounds): Promise<NovaServer>;
  /** Of all projects. */
  listServersOfHost(host: string, bounds: CallBounds): Promise<NovaServer[]>;
  /** Newest first. `limit`: no more than so many are asked for. */
  listActions(id: string, options: CallBounds & { limit?: number }): Promise<NovaAction[]>;
  showAction(id: string, requestId: string, bounds: CallBounds): Promise<NovaAction>;

  stopServer(id: string, bounds: CallBounds): Promise<Accepted>;
  startServer(id: string, bounds: CallBounds): Promise<Accepted>;
  rebootServerHard(id: string, bounds: CallBounds): Promise<Accepted>;
  /** Changes what Nova holds for the server's state and nothing else, at once. */
  resetServerState(id: string, state: 'active' | 'error', bounds: CallBounds): Promise<Accepted>;
  lockServer(id: string, reason: string | null, bounds: CallBounds): Promise<Accepted>;
  unlockServer(id: string, bounds: CallBounds): Promise<Accepted>;
  /** `host` null: the scheduler chooses. Nova does not refuse a second one while the first goes on. */
  evacuateServer(id: string, host: string | null, bounds: CallBounds): Promise<Accepted>;

  /** The nova-computes, all or of one host. */
  listComputeServices(host: string | null, bounds: CallBounds): Promise<NovaService[]>;
  updateService(
    id: string,
    change: { status?: 'enabled' | 'disabled'; disabledReason?: string; forcedDown?: boolean },
    bounds: CallBounds,
  ): Promise<NovaService>;

  /** Newest first. `since`: only what was changed at or after it. */
  listEvacuations(
    filter: { sourceHost: string; instanceUuid?: string; since?: Date },
    bounds: CallBounds,
  ): Promise<NovaMigration[]>;
  listHypervisors(bounds: CallBounds): Promise<NovaHypervisor[]>;
  listAggregates(bounds: CallBounds): Promise<NovaAggregate[]>;
}

export function novaClientOf(options: {
  session: KeystoneSession;
  caller: ServiceCaller;
  endpoint: (bounds: CallBounds) => Promise<string>;
  limits?: Partial<NovaLimits> | undefined;
}): NovaClient {
  const { session, caller, endpoint } = options;
  const limits = { ...defaultNovaLimits, ...options.limits };

  type Told<T> = Omit<Call<T>, 'url' | 'headers'> & { path: string; version?: string };
  async function call<T>(told: Told<T>, bounds: CallBounds): Promise<Answered<T>> {
    const { path, version, ...rest } = told;
    const url = `${await endpoint(bounds)}${path}`;
    const headers = version === undefined ? {} : { 'openstack-api-version': `compute ${version}` };
    return session.call(caller, { ...rest, name: `nova ${told.name}`, url, headers }, bounds);
  }

  const get = async <T>(told: Omit<Told<T>, 'method'>, bounds: CallBounds): Promise<T> =>
    (await call({ method: 'GET', ...told }, bounds)).body;

  async function act(
    id: string,
    told: { name: string; body: object; version: string },
    bounds: CallBounds,
  ): Promise<Accepted> {
    const { headers } = await call<undefined>(
      { method: 'POST', path: `/servers/${encodeURIComponent(id)}/action`, ...told },
      bounds,
    );
    return { requestId: headers['x-openstack-request-id'] ?? null };
  }

  /**
   * All pages. Of Nova's `next` only the query is taken: its address is what Nova believes of itself, and our token goes
   * nowhere but to the endpoint.
   */
  async function pages<T>(
    told: {
      name: string;
      path: string;
      query: Record<string, string>;
      version: string;
      answer: z.ZodType<{ items: T[]; next: string | null }>;
      limit?: number | undefined;
    },
    bounds: CallBounds,
  ): Promise<T[]> {
    const { name, path, query, version, answer, limit = Number.POSITIVE_INFINITY } = told;
    const found: T[] = [];
    const size = Math.min(limits.pageSize, limit);
    let search = `?${new URLSearchParams({ ...query, limit: String(size) }).toString()}`;
    const asked = new Set<string>();
    for (let page = 1; ; page += 1) {
      asked.add(search);
      const { items, next } = await get({ name, path: `${path}${search}`, version, answer }, bounds);
      found.push(...items);
      if (next === null || found.length >= limit) return found.slice(0, limit);
      search = URL.parse(next, 'http://nova.invalid')?.search ?? '';
      if (search === '' || asked.has(search))
        throw new OpenStackError({
          code: 'garbage',
          message: `nova ${name}: the next page is the same page again`,
        });
      if (page >= limits.pageLimit)
        throw new OpenStackError({
          code: 'answer-too-large',
          message: `nova ${name}: expected at most ${limits.pageLimit} pages, found more (${found.length} read)`,
        });
    }
  }

  const pathOf = (id: string): string => `/servers/${encodeURIComponent(id)}`;

  return {
    get breakerState() {
      return caller.breakerState;
    },

    async versions(bounds) {
      const found = await get({ name: 'show versions', path: '/', answer: VersionAnswer }, bounds);
      if (found) return found;
      throw new OpenStackError({ code: 'garbage', message: 'nova show versions: expected v2.1 among them' });
    },

    showServer: async (id, bounds) =>
      get({ name: 'show server', path: pathOf(id), version: versions.show, answer: ServerAnswer }, bounds),

    listServersOfHost: async (host, bounds) =>
      pages(
        {
          name: 'list servers of host',
          path: '/servers/detail',
          query: { all_tenants: 'true', host },
          version: versions.show,
          answer: ServersPage,
        },
        bounds,
      ),

    listActions: async (id, { limit, ...bounds }) =>
      pages(
        {
          name: 'list actions of server',
          path: `${pathOf(id)}/os-instance-actions`,
          query: {},
          version: versions.actions,
          answer: ActionsPage,
          limit,
        },
        bounds,
      ),

    showAction: async (id, requestId, bounds) =>
      get(
        {
          name: 'show action of server',
          path: `${pathOf(id)}/os-instance-actions/${encodeURIComponent(requestId)}`,
          version: versions.actions,
          answer: ActionAnswer,
        },
        bounds,
      ),

    stopServer: async (id, bounds) =>
      act(id, { name: 'stop server', body: { 'os-stop': null }, version: versions.act }, bounds),
    startServer: async (id, bounds) =>
      act(id, { name: 'start server', body: { 'os-start': null }, version: versions.act }, bounds),
    rebootServerHard: async (id, bounds) =>
      act(id, { name: 'reboot server', body: { reboot: { type: 'HARD' } }, version: versions.act }, bounds),
    resetServerState: async (id, state, bounds) =>
      act(
        id,
        { name: 'reset state of server', body: { 'os-resetState': { state } }, version: versions.act },
        bounds,
      ),
    lockServer: async (id, reason, bounds) =>
      act(
        id,
        {
          name: 'lock server',
          body: { lock: reason === null ? null : { locked_reason: reason } },
          version: versions.lock,
        },
        bounds,
      ),
    unlockServer: async (id, bounds) =>
      act(id, { name: 'unlock server', body: { unlock: null }, version: versions.lock }, bounds),
    evacuateServer: async (id, host, bounds) =>
      act(
        id,
        {
          name: 'evacuate server',
          body: { evacuate: host === null ? {} : { host } },
          version: versions.evacuate,
        },
        bounds,
      ),

    listComputeServices: async (host, bounds) =>
      get(
        {
          name: 'list compute services',
          path: `/os-services?${new URLSearchParams({ binary: 'nova-compute', ...(host === null ? {} : { host }) }).toString()}`,
          version: versions.services,
          answer: ServicesAnswer,
        },
        bounds,
      ),

    async updateService(id, change, bounds) {
      const { status, disabledReason, forcedDown } = change;
      const { body } = await call(
        {
          name: 'update compute service',
          method: 'PUT',
          path: `/os-services/${encodeURIComponent(id)}`,
          version: versions.services,
          body: { status, disabled_reason: disabledReason, forced_down: forcedDown },
          answer: ServiceAnswer,
        },
        bounds,
      );
      return body;
    },

    listEvacuations: async ({ sourceHost, instanceUuid, since }, bounds) =>
      pages(
        {
          name: 'list evacuations',
          path: '/os-migrations',
          query: {
            migration_type: 'evacuation',
            source_compute: sourceHost,
            ...(instanceUuid === undefined ? {} : { instance_uuid: instanceUuid }),
            ...(since === undefined ? {} : { 'changes-since': since.toISOString() }),
          },
          version: versions.migrations,
          answer: MigrationsPage,
        },
        bounds,
      ),

    listHypervisors: async bounds =>
      pages(
        {
          name: 'list hypervisors',
          path: '/os-hypervisors/detail',
          query: {},
          version: versions.hypervisors,
          answer: HypervisorsPage,
        },
        bounds,
      ),
    listAggregates: async bounds =>
      get(
        {
          name: 'list aggregates',
          path: '/os-aggregates',
          version: versions.aggregates,
          answer: AggregatesAnswer,
        },
        bounds,
      ),
  };
}
