import { z } from 'zod';

/**
 * The fields of Nova's answers that are used, in Nova's spelling, and what they are called here. Nova's compute API
 * reference; seen on Zed (26.2.2).
 */
const Links = z.array(z.object({ rel: z.string(), href: z.string() })).optional();

/** Nova's `nova/compute/power_state.py`. */
export const PowerState = {
  NOSTATE: 0,
  RUNNING: 1,
  PAUSED: 3,
  SHUTDOWN: 4,
  CRASHED: 6,
  SUSPENDED: 7,
} as const;

const ServerFields = z.object({
  id: z.string(),
  name: z.string().nullish(),
  status: z.string(),
  metadata: z.record(z.string(), z.string()).default({}),
  locked: z.boolean(),
  locked_reason: z.string().nullish(),
  fault: z.object({ message: z.string() }).optional(),
  host_status: z.string().nullish(),
  'OS-EXT-STS:vm_state': z.string().nullable(),
  'OS-EXT-STS:task_state': z.string().nullable(),
  'OS-EXT-STS:power_state': z.number().nullable(),
  'OS-EXT-SRV-ATTR:host': z.string().nullable(),
  'OS-SRV-USG:launched_at': z.string().nullish(),
});

/** One server. `host` is the name of the compute service, not the hypervisor's own; null before it was scheduled. */
export type NovaServer = {
  id: string;
  name: string | null;
  /** Nova's own word over all, e.g. ACTIVE, REBUILD. */
  status: string;
  /** `nova/compute/vm_states.py`: active, building, paused, suspended, stopped, rescued, resized, soft-delete, deleted, error, shelved, shelved_offloaded, or a newer one. */
  vmState: string;
  taskState: string | null;
  /** See `PowerState`; null where the hypervisor told none yet. What Nova noted last, not what the hypervisor says now. */
  powerState: number | null;
  host: string | null;
  locked: boolean;
  lockedReason: string | null;
  metadata: Readonly<Record<string, string>>;
  /** Why it is in ERROR. */
  faultMessage: string | null;
  /** UP, DOWN, UNKNOWN, MAINTENANCE; null when the policy does not show it. */
  hostStatus: string | null;
  launchedAt: string | null;
};

const toServer = (one: z.infer<typeof ServerFields>): NovaServer => ({
  id: one.id,
  name: one.name ?? null,
  status: one.status,
  vmState: one['OS-EXT-STS:vm_state'] ?? 'unknown',
  taskState: one['OS-EXT-STS:task_state'],
  powerState: one['OS-EXT-STS:power_state'],
  host: one['OS-EXT-SRV-ATTR:host'],
  locked: one.locked,
  lockedReason: one.locked_reason ?? null,
  metadata: one.metadata,
  faultMessage: one.fault?.message ?? null,
  hostStatus: one.host_status ? one.host_status : null,
  launchedAt: one['OS-SRV-USG:launched_at'] ?? null,
});

export const ServerAnswer = z.object({ server: ServerFields }).transform(({ server }) => toServer(server));
export const ServersPage = z
  .object({ servers: z.array(ServerFields), servers_links: Links })
  .transform(({ servers, servers_links }) => ({ items: servers.map(toServer), next: nextOf(servers_links) }));

const ServiceFields = z.object({
  id: z.string(),
  host: z.string(),
  binary: z.string(),
  state: z.string(),
  status: z.string(),
  disabled_reason: z.string().nullable(),
  forced_down: z.boolean(),
  updated_at: z.string().nullish(),
});

/** One nova-compute. `up`: Nova believes it to be, by its reports and by whether it is forced down. */
export type NovaService = {
  id: string;
  host: string;
  binary: string;
  up: boolean;
  enabled: boolean;
  disabledReason: string | null;
  forcedDown: boolean;
  /** When it reported last or was changed, as Nova wrote it. */
  updatedAt: string | null;
};

const toService = (one: z.infer<typeof ServiceFields>): NovaService => ({
  id: one.id,
  host: one.host,
  binary: one.binary,
  up: one.state === 'up',
  enabled: one.status === 'enabled',
  disabledReason: one.disabled_reason,
  forcedDown: one.forced_down,
  updatedAt: one.updated_at ?? null,
});

export const ServicesAnswer = z
  .object({ services: z.array(ServiceFields) })
  .transform(({ services }) => services.map(toService));
export const ServiceAnswer = z
  .object({ service: ServiceFields })
  .transform(({ service }) => toService(service));

const MigrationFields = z.object({
  uuid: z.string(),
  instance_uuid: z.string(),
  status: z.string(),
  migration_type: z.string(),
  source_compute: z.string(),
  dest_compute: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string().nullable(),
});
export type NovaMigration = {
  uuid: string;
  instanceUuid: string;
  /** accepted, pre-migrating, done, completed, error, failed, … */
  status: string;
  migrationType: string;
  sourceCompute: string;
  destCompute: string | null;
  createdAt: string;
  updatedAt: string | null;
};
export const MigrationsPage = z
  .object({ migrations: z.array(MigrationFields), migrations_links: Links })
  .transform(({ migrations, migrations_links }) => ({
    items: migrations.map(
      (one): NovaMigration => ({
        uuid: one.uuid,
        instanceUuid: one.instance_uuid,
        status: one.status,
        migrationType: one.migration_type,
        sourceCompute: one.source_compute,
        destCompute: one.dest_compute,
        createdAt: one.created_at,
        updatedAt: one.updated_at,
      }),
    ),
    next: nextOf(migrations_links),
  }));

const ActionFields = z.object({
  action: z.string(),
  request_id: z.string(),
  user_id: z.string().nullable(),
  start_time: z.string(),
  message: z.string().nullable(),
});
/** Something that was asked of a server. `userId` is null when Nova asked it of itself. */
export type NovaAction = {
  action: string;
  requestId: string;
  userId: string | null;
  startTime: string;
  /** "Error" of one that failed. */
  message: string | null;
};
const toAction = (one: z.infer<typeof ActionFields>): NovaAction => ({
  action: one.action,
  requestId: one.request_id,
  userId: one.user_id,
  startTime: one.start_time,
  message: one.message,
});
export const ActionsPage = z
  .object({ instanceActions: z.array(ActionFields), links: Links })
  .transform(({ instanceActions, links }) => ({ items: instanceActions.map(toAction), next: nextOf(links) }));
export const ActionAnswer = z
  .object({ instanceAction: ActionFields })
  .transform(({ instanceAction }) => toAction(instanceAction));

export type NovaHypervisor = { id: string; hostname: string; host: string; type: string; up: boolean };
export const HypervisorsPage = z
  .object({
    hypervisors: z.array(
      z.object({
        id: z.string(),
        hypervisor_hostname: z.string(),
        hypervisor_type: z.string(),
        state: z.string(),
        service: z.object({ host: z.string() }),
      }),
    ),
    hypervisors_links: Links,
  })
  .transform(({ hypervisors, hypervisors_links }) => ({
    items: hypervisors.map(
      (one): NovaHypervisor => ({
        id: one.id,
        hostname: one.hypervisor_hostname,
        host: one.service.host,
        type: one.hypervisor_type,
        up: one.state === 'up',
      }),
    ),
    next: nextOf(hypervisors_links),
  }));

export type NovaAggregate = {
  id: number;
  name: string;
  hosts: string[];
  metadata: Readonly<Record<string, string>>;
};
export const AggregatesAnswer = z
  .object({
    aggregates: z.array(
      z.object({
        id: z.number(),
        name: z.string(),
        hosts: z.array(z.string()),
        metadata: z.record(z.string(), z.string()),
      }),
    ),
  })
  .transform(({ aggregates }): NovaAggregate[] => aggregates);

const VersionFields = z.object({ id: z.string(), version: z.string(), min_version: z.string() });
/** The microversions Nova speaks, at the address in use. */
export type NovaVersions = { min: string; max: string };
export const VersionAnswer = z
  .union([
    z.object({ version: VersionFields }).transform(({ version }) => version),
    z
      .object({ versions: z.array(VersionFields) })
      .transform(({ versions }) => versions.find(({ id }) => id === 'v2.1')),
  ])
  .transform((found): NovaVersions | undefined => found && { min: found.min_version, max: found.version });

function nextOf(links: z.infer<typeof Links>): string | null {
  return links?.find(({ rel }) => rel === 'next')?.href ?? null;
}
