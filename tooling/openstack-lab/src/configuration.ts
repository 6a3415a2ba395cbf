/**
 * Every configuration file of the lab as a pure function of its settings, secrets and places. Written anew at each `up`: the
 * same input gives the same bytes.
 */
import { type Ini, renderIni } from './ini.ts';
import type { Places } from './places.ts';
import type { Secrets } from './secrets.ts';
import { computesOf, type Settings } from './settings.ts';

export type Ground = { settings: Settings; secrets: Secrets; places: Places };

/** `mode` is 0o600 where not given: nearly all of them hold a password. */
export type File = { path: string; text: string; mode?: number };

export const loopback = (port: number, path = '') => `http://127.0.0.1:${port}${path}`;

export const databases = ['keystone', 'placement', 'glance', 'nova', 'nova_api', 'nova_cell0'] as const;
export type Database = (typeof databases)[number];

/** All services share one database user: what is separated here is the labs, not the services of one. */
export const databaseUrl = ({ secrets, places }: Ground, database: Database) =>
  `mysql+pymysql://openstack:${secrets.database}@localhost/${database}?unix_socket=${places.databaseSocket}&charset=utf8`;

export const messagingUrl = ({ secrets, settings }: Ground) =>
  `rabbit://openstack:${secrets.messaging}@127.0.0.1:${settings.ports.rabbitmq}/`;

export function configurationFiles(ground: Ground): File[] {
  const { places } = ground;
  const ini = (path: string, content: Ini): File => ({ path, text: renderIni(content) });
  return [
    ini(places.etc('keystone', 'keystone.conf'), keystone(ground)),
    ini(places.etc('placement', 'placement.conf'), placement(ground)),
    ini(places.etc('glance', 'glance-api.conf'), glance(ground)),
    ini(places.etc('nova', 'nova.conf'), nova(ground)),
    ...computesOf(ground.settings).map(host =>
      ini(places.etc('compute', `${host}.conf`), compute(ground, host)),
    ),
    { path: places.etc('rabbitmq', 'rabbitmq.conf'), text: rabbitmq(ground) },
    { path: places.etc('rabbitmq', 'enabled_plugins'), text: '[].\n' },
    ...(['api', 'conductor', 'scheduler', 'compute'] as const).map(name => ({
      path: places.bin(`nova-${name}`),
      text: `#!/usr/bin/python3\nimport sys\nfrom nova.cmd.${name} import main\nsys.exit(main())\n`,
      mode: 0o700,
    })),
  ];
}

/** Files of the packages that the services look for beside their configuration: from, to. */
export const pipelineFiles = ({ places }: Ground): [string, string][] => [
  ['/usr/share/glance-common/glance-api-paste.ini', places.etc('glance', 'glance-api-paste.ini')],
  ['/usr/share/nova-common/api-paste.ini', places.etc('nova', 'api-paste.ini')],
];

function keystone(ground: Ground): Ini {
  const keys = (kind: string) => `${ground.places.identityFolder}/${kind}`;
  return {
    database: { connection: databaseUrl(ground, 'keystone'), max_pool_size: 5 },
    token: { provider: 'fernet', expiration: 86_400 },
    fernet_tokens: { key_repository: keys('fernet') },
    fernet_receipts: { key_repository: keys('fernet') },
    credential: { key_repository: keys('credential') },
    // In its own memory, which is right for as long as it has one process; without a cache each answer costs it 0.7 s of work.
    cache: { enabled: true, backend: 'dogpile.cache.memory' },
    // bcrypt's own limit; with Keystone's default it complains at every login.
    identity: { password_hash_rounds: 4, max_password_length: 72 },
  };
}

function placement(ground: Ground): Ini {
  return {
    DEFAULT: {},
    api: { auth_strategy: 'keystone' },
    placement_database: { connection: databaseUrl(ground, 'placement') },
    keystone_authtoken: tokenCheck(ground, 'placement'),
  };
}

function glance(ground: Ground): Ini {
  const { settings, places } = ground;
  const folder = (name: string) => ({ filesystem_store_datadir: `${places.imageFolder}/${name}` });
  return {
    DEFAULT: {
      bind_host: '127.0.0.1',
      bind_port: settings.ports.glance,
      workers: 1,
      enabled_backends: 'file:file',
      worker_self_reference_url: loopback(settings.ports.glance),
    },
    database: { connection: databaseUrl(ground, 'glance') },
    glance_store: { default_backend: 'file' },
    file: folder('images'),
    os_glance_tasks_store: folder('tasks'),
    os_glance_staging_store: folder('staging'),
    paste_deploy: { flavor: 'keystone' },
    keystone_authtoken: tokenCheck(ground, 'glance'),
  };
}

/** What every Nova service reads. */
function novaCommon(ground: Ground): Ini {
  const { settings, places } = ground;
  return {
    DEFAULT: {
      my_ip: '127.0.0.1',
      host: 'os-ctl',
      transport_url: messagingUrl(ground),
      state_path: places.computeFolder('os-ctl'),
      service_down_time: settings.serviceDownTimeS,
      report_interval: Math.floor(settings.serviceDownTimeS / 6),
      osapi_compute_listen: '127.0.0.1',
      osapi_compute_listen_port: settings.ports.nova,
      enabled_apis: 'osapi_compute',
    },
    api: { auth_strategy: 'keystone' },
    conductor: { workers: 1 },
    scheduler: { workers: 1, discover_hosts_in_cells_interval: 3 },
    quota: { instances: -1, cores: -1, ram: -1 },
    glance: { api_servers: loopback(settings.ports.glance) },
    vnc: { enabled: false },
    oslo_concurrency: { lock_path: `${places.computeFolder('os-ctl')}/lock` },
    oslo_messaging_rabbit: { heartbeat_in_pthread: false, rabbit_retry_interval: 1 },
    keystone_authtoken: tokenCheck(ground, 'nova'),
    placement: login(ground, 'placement'),
    neutron: { ...login(ground, 'nova'), service_metadata_proxy: false },
  };
}

function nova(ground: Ground): Ini {
  return {
    ...novaCommon(ground),
    api_database: { connection: databaseUrl(ground, 'nova_api') },
    database: { connection: databaseUrl(ground, 'nova') },
  };
}

/** A nova-compute has no business with the databases. */
function compute(ground: Ground, host: string): Ini {
  const { settings, places } = ground;
  const folder = places.computeFolder(host);
  const common = novaCommon(ground);
  const real = settings.kvmComputes.includes(host);
  const file = places.etc('compute', `${host}.conf`);
  return {
    ...common,
    DEFAULT: {
      ...common.DEFAULT,
      host,
      state_path: folder,
      instances_path: `${folder}/instances`,
      compute_driver: real ? 'libvirt.LibvirtDriver' : 'fake.FakeDriver',
    },
    oslo_concurrency: { lock_path: `${folder}/lock` },
    // We are root already: no sudo, no rootwrap.
    nova_sys_admin: { helper_command: `privsep-helper --config-file ${file}` },
    ...(real ? { privsep_osbrick: { helper_command: `privsep-helper --config-file ${file}` } } : {}),
    ...(real ? { libvirt: libvirt(ground, host) } : {}),
  };
}

/** Emulated on purpose, as all guests of the guest lab: slower, but the same on every machine. */
function libvirt({ places }: Ground, host: string): Ini[string] {
  return {
    virt_type: 'qemu',
    cpu_mode: 'none',
    images_type: 'raw',
    inject_partition: -2,
    connection_uri: guestLabUri(places, host),
  };
}

/** Where the private libvirtd of a host listens; the same as the guest lab says. */
export const guestLabUri = (places: Places, host: string) =>
  `qemu+unix:///system?socket=${places.guestLab}/hosts/${host}/run/libvirt-sock`;

function tokenCheck(ground: Ground, username: string): Ini[string] {
  const url = loopback(ground.settings.ports.keystone, '/v3');
  const { region_name: _, ...rest } = login(ground, username);
  return { www_authenticate_uri: url, ...rest, service_token_roles_required: true };
}

/** How a service logs in to Keystone. */
export function login({ settings, secrets }: Ground, username: string): Record<string, string> {
  return {
    auth_url: loopback(settings.ports.keystone, '/v3'),
    auth_type: 'password',
    project_domain_name: 'Default',
    user_domain_name: 'Default',
    project_name: 'service',
    username,
    password: secrets.service,
    region_name: settings.region,
  };
}

function rabbitmq({ settings, secrets }: Ground): string {
  return `listeners.tcp.1 = 127.0.0.1:${settings.ports.rabbitmq}
default_user = openstack
default_pass = ${secrets.messaging}
default_permissions.configure = .*
default_permissions.read = .*
default_permissions.write = .*
loopback_users = none
log.console = true
log.console.level = warning
log.file = false
distribution.listener.interface = 127.0.0.1
vm_memory_high_watermark.relative = 0.2
disk_free_limit.absolute = 100MB
`;
}
