import { type Asker, type FakeCloud, FakeFault } from './cloud.ts';
import type { FakeMigration, FakeServer, FakeService } from './server.ts';

export type ApiRequest = {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
  /** The microversion asked for, e.g. 2.73 as 73. */
  minor: number;
  asker: Asker;
};
export type ApiAnswer = { status: number; body?: object };

export const newestMinor = 93; // Zed.

/** The routes of nova-api that the adapter uses, each with the microversion that its fields need. */
export function answerAsNova(cloud: FakeCloud, request: ApiRequest): ApiAnswer {
  const { method, path } = request;
  for (const [routeMethod, pattern, handle] of routes) {
    const match = routeMethod === method ? pattern.exec(path) : null;
    if (match) return handle(cloud, request, match[1] ?? '', match[2] ?? '');
  }
  throw new FakeFault(404, 'itemNotFound', 'The resource could not be found.');
}

type Handler = (cloud: FakeCloud, request: ApiRequest, first: string, second: string) => ApiAnswer;

const ok = (body: object): ApiAnswer => ({ status: 200, body });

const routes: readonly [method: string, pattern: RegExp, handle: Handler][] = [
  [
    'GET',
    /^\/$/,
    () => ok({ version: { id: 'v2.1', status: 'CURRENT', version: '2.93', min_version: '2.1' } }),
  ],
  ['GET', /^\/servers\/detail$/, listServers],
  [
    'GET',
    /^\/servers\/([^/]+)$/,
    (cloud, request, id) => ok({ server: showServer(cloud, request, cloud.find(id)) }),
  ],
  ['POST', /^\/servers\/([^/]+)\/action$/, actOnServer],
  ['GET', /^\/servers\/([^/]+)\/os-instance-actions$/, listActions],
  ['GET', /^\/servers\/([^/]+)\/os-instance-actions\/([^/]+)$/, showAction],
  ['GET', /^\/os-services$/, listServices],
  ['PUT', /^\/os-services\/([^/]+)$/, updateService],
  ['GET', /^\/os-migrations$/, listMigrations],
  ['GET', /^\/os-hypervisors\/detail$/, listHypervisors],
  ['GET', /^\/os-aggregates$/, () => ok({ aggregates: [] })],
];

function showServer(cloud: FakeCloud, { minor }: ApiRequest, server: FakeServer): object {
  const service = cloud.services.get(server.host ?? '');
  return {
    id: server.id,
    name: server.name,
    status: server.status,
    metadata: server.metadata,
    ...(minor >= 9 ? { locked: server.locked } : {}),
    ...(minor >= 73 ? { locked_reason: server.lockedReason } : {}),
    ...(minor >= 16 ? { host_status: service ? hostStatus(cloud, service) : '' } : {}),
    ...(server.vmState === 'error' && server.fault !== null
      ? { fault: { code: 500, created: `${server.launchedAt}Z`, message: server.fault } }
      : {}),
    'OS-EXT-STS:vm_state': server.vmState,
    'OS-EXT-STS:task_state': server.taskState,
    'OS-EXT-STS:power_state': server.powerState,
    'OS-EXT-SRV-ATTR:host': server.host,
    'OS-EXT-SRV-ATTR:hypervisor_hostname': server.host === null ? null : `${server.host}.hypervisor`,
    'OS-SRV-USG:launched_at': `${server.launchedAt}.000000`,
  };
}

/** As Nova reckons: one that is disabled is in MAINTENANCE, dead or alive. */
function hostStatus(cloud: FakeCloud, service: FakeService): string {
  if (service.forcedDown) return 'DOWN';
  if (!service.enabled) return 'MAINTENANCE';
  return cloud.isUp(service) ? 'UP' : 'UNKNOWN';
}

/** As nova-api writes its links: with an address it believes to be its own, which need not be one we can reach. */
const ownAddress = 'http://nova.internal:8774/v2.1';

/** Nova's paging: at most `limit`, after the `marker`, and a link to the rest. */
function page<Item>(
  request: ApiRequest,
  items: readonly Item[],
  options: { idOf: (item: Item) => string; linksName: string },
): { items: readonly Item[]; links: object } {
  const { query, path } = request;
  const marker = query.get('marker');
  const from = marker === null ? 0 : items.findIndex(one => options.idOf(one) === marker) + 1;
  if (marker !== null && from === 0)
    throw new FakeFault(400, 'badRequest', `Marker ${marker} could not be found.`);
  const limit = Math.min(1_000, Number(query.get('limit') ?? 1_000));
  const found = items.slice(from, from + limit);
  const last = found.at(-1);
  if (last === undefined || from + limit >= items.length) return { items: found, links: {} };
  const next = new URLSearchParams(query);
  next.set('marker', options.idOf(last));
  return {
    items: found,
    links: { [options.linksName]: [{ rel: 'next', href: `${ownAddress}${path}?${String(next)}` }] },
  };
}

function listServers(cloud: FakeCloud, request: ApiRequest): ApiAnswer {
  const host = request.query.get('host');
  const all = [...cloud.servers.values()].filter(one => host === null || one.host === host).reverse();
  const { items, links } = page(request, all, { idOf: one => one.id, linksName: 'servers_links' });
  return ok({ servers: items.map(one => showServer(cloud, request, one)), ...links });
}

function actOnServer(cloud: FakeCloud, request: ApiRequest, id: string): ApiAnswer {
  const server = cloud.find(id);
  const { asker, minor } = request;
  const [name, value] = Object.entries(request.body)[0] ?? ['', null];
  const told = (value ?? {}) as Record<string, unknown>;
  const accepted: ApiAnswer = { status: 202 };
  switch (name) {
    case 'os-stop':
      cloud.stop(server, asker);
      return accepted;
    case 'os-start':
      cloud.start(server, asker);
      return accepted;
    case 'reboot':
      if (told.type !== 'HARD') throw new FakeFault(400, 'badRequest', 'the fake knows hard reboots only');
      cloud.rebootHard(server, asker);
      return accepted;
    case 'os-resetState':
      cloud.resetState(server, told.state === 'active' ? 'active' : 'error', asker);
      return accepted;
    case 'lock':
      if (value !== null && minor < 73)
        throw new FakeFault(400, 'badRequest', 'Invalid input for field lock');
      Object.assign(server, { locked: true, lockedReason: told.locked_reason ?? null });
      return accepted;
    case 'unlock':
      Object.assign(server, { locked: false, lockedReason: null });
      return accepted;
    case 'evacuate':
      if (minor < 14) throw new FakeFault(400, 'badRequest', "'onSharedStorage' is a required property");
      cloud.evacuate(server, typeof told.host === 'string' ? told.host : null, asker);
      return { status: 200 };
    default:
      throw new FakeFault(400, 'badRequest', `There is no such action: ${name}`);
  }
}

const showOneAction = (one: FakeServer['actions'][number], server: FakeServer): object => ({
  action: one.action,
  instance_uuid: server.id,
  request_id: one.requestId,
  user_id: one.userId,
  project_id: one.userId === null ? null : 'admin-project',
  start_time: one.startTime,
  message: one.message,
});

function listActions(cloud: FakeCloud, request: ApiRequest, id: string): ApiAnswer {
  const server = cloud.find(id);
  const all = server.actions;
  const { items, links } =
    request.minor >= 58
      ? page(request, all, { idOf: one => one.requestId, linksName: 'links' })
      : { items: all, links: {} };
  return ok({ instanceActions: items.map(one => showOneAction(one, server)), ...links });
}

function showAction(cloud: FakeCloud, _request: ApiRequest, id: string, requestId: string): ApiAnswer {
  const server = cloud.find(id);
  const found = server.actions.find(one => one.requestId === requestId);
  if (!found) throw new FakeFault(404, 'itemNotFound', `Action ${requestId} not found`);
  return ok({ instanceAction: { ...showOneAction(found, server), events: [] } });
}

const showService = (cloud: FakeCloud, service: FakeService): object => ({
  id: service.id,
  binary: 'nova-compute',
  host: service.host,
  zone: 'nova',
  state: cloud.isUp(service) ? 'up' : 'down',
  status: service.enabled ? 'enabled' : 'disabled',
  disabled_reason: service.disabledReason,
  forced_down: service.forcedDown,
  updated_at: `${cloud.reportedAt(service)}.000000`,
});

function listServices(cloud: FakeCloud, { query, minor }: ApiRequest): ApiAnswer {
  const host = query.get('host');
  const found = [...cloud.services.values()].filter(one => host === null || one.host === host);
  const shown = found.map((one, index) => ({
    ...showService(cloud, one),
    ...(minor < 53 ? { id: index } : {}),
  }));
  return ok({ services: shown });
}

function updateService(cloud: FakeCloud, { body, minor }: ApiRequest, id: string): ApiAnswer {
  const service = [...cloud.services.values()].find(one => one.id === id);
  if (minor < 53 || !service) throw new FakeFault(404, 'itemNotFound', `Service ${id} could not be found.`);
  const { status, disabled_reason: reason, forced_down: forcedDown } = body;
  const unclear = cloud.migrations.some(one => one.sourceCompute === service.host && one.status === 'done');
  if (forcedDown === false && unclear)
    throw new FakeFault(
      400,
      'badRequest',
      `Unable to force up host ${service.host} as \`done\` evacuation migration records remain associated with the host. Ensure the compute service has been restarted, allowing these records to move to \`completed\` before retrying this request.`,
    );
  if (status === 'enabled') Object.assign(service, { enabled: true, disabledReason: null });
  if (status === 'disabled') Object.assign(service, { enabled: false, disabledReason: reason ?? null });
  if (typeof forcedDown === 'boolean') service.forcedDown = forcedDown;
  return ok({ service: showService(cloud, service) });
}

const showMigration = (one: FakeMigration): object => ({
  id: one.id,
  uuid: one.uuid,
  instance_uuid: one.instanceUuid,
  status: one.status,
  migration_type: 'evacuation',
  source_compute: one.sourceCompute,
  source_node: `${one.sourceCompute}.hypervisor`,
  dest_compute: one.destCompute,
  created_at: `${one.createdAt}.000000`,
  updated_at: one.updatedAt === null ? null : `${one.updatedAt}.000000`,
});

function listMigrations(cloud: FakeCloud, request: ApiRequest): ApiAnswer {
  const { query, minor } = request;
  if (minor < 59) throw new FakeFault(400, 'badRequest', 'the fake pages migrations from 2.59 only');
  const since = query.get('changes-since');
  const wanted = (one: FakeMigration): boolean =>
    one.sourceCompute === (query.get('source_compute') ?? one.sourceCompute) &&
    one.instanceUuid === (query.get('instance_uuid') ?? one.instanceUuid) &&
    (query.get('migration_type') ?? 'evacuation') === 'evacuation' &&
    (since === null || Date.parse(`${one.updatedAt ?? one.createdAt}Z`) >= Date.parse(since));
  const all = cloud.migrations.filter(wanted).reverse();
  const { items, links } = page(request, all, { idOf: one => one.uuid, linksName: 'migrations_links' });
  return ok({ migrations: items.map(showMigration), ...links });
}

function listHypervisors(cloud: FakeCloud, request: ApiRequest): ApiAnswer {
  const all = [...cloud.services.values()];
  const { items, links } = page(request, all, { idOf: one => one.id, linksName: 'hypervisors_links' });
  const shown = items.map(one => ({
    id: one.id,
    hypervisor_hostname: `${one.host}.hypervisor`,
    hypervisor_type: 'QEMU',
    state: cloud.isUp(one) ? 'up' : 'down',
    status: one.enabled ? 'enabled' : 'disabled',
    service: { host: one.host, id: one.id, disabled_reason: one.disabledReason },
  }));
  return ok({ hypervisors: shown, ...links });
}
