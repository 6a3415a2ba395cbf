/** The processes of a lab as data: what to run, how to know that it answers, when to end it. */

import { type Ground, loopback } from './configuration.ts';
import { computesOf } from './settings.ts';

export type Service = {
  name: string;
  command: string;
  args: string[];
  env: Record<string, string>;
  /** How it shows that it serves; a service without one is asked through others. */
  ready: { port: number } | { url: string } | { socket: string } | undefined;
  /** Services end in waves, the lowest first: clients before what they talk to. */
  wave: 1 | 2 | 3 | 4;
  /** How long it may take to end by itself. */
  stopTimeoutMs: number;
};

/** Every process of a lab has this variable, with the lab's mark as its value. */
export const markVariable = 'INSTANCE_HA_OPENSTACK_LAB';

/** Debian's Python and nothing of the caller's environment. */
export function baseEnvironment({ places }: Ground, mark: string): Record<string, string> {
  return {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C.UTF-8',
    HOME: places.run,
    PYTHONWARNINGS: 'ignore',
    OS_KEYSTONE_CONFIG_DIR: places.etc('keystone'),
    OS_PLACEMENT_CONFIG_DIR: places.etc('placement'),
    OS_GLANCE_CONFIG_DIR: places.etc('glance'),
    OS_NOVA_CONFIG_DIR: places.etc('nova'),
    [markVariable]: mark,
  };
}

export const computeService = (host: string) => `nova-compute-${host}`;

export type Services = {
  database: Service;
  portMapper: Service;
  messaging: Service;
  network: Service;
  keystone: Service;
  placement: Service;
  glance: Service;
  novaApi: Service;
  novaConductor: Service;
  novaScheduler: Service;
  /** By host. */
  computes: Record<string, Service>;
};

export function servicesOf(ground: Ground, mark: string, program: { node: string; networkStub: string }) {
  const { settings, places } = ground;
  const { ports } = settings;
  const env = baseEnvironment(ground, mark);
  const plain = (name: string, command: string, args: string[]): Service => ({
    name,
    command,
    args,
    env,
    ready: undefined,
    wave: 2,
    stopTimeoutMs: 8_000,
  });
  const wsgi = (name: string, port: number, file: string, size: { processes: number; threads: number }) => ({
    ...plain(name, 'uwsgi', uwsgiArguments(port, file, size)),
    ready: { url: loopback(port, '/') },
    wave: 3 as const,
  });
  const nova = (name: string) =>
    plain(name, places.bin(name), ['--config-file', places.etc('nova', 'nova.conf')]);
  const computes = computesOf(settings).map(host => {
    const args = ['--config-file', places.etc('compute', `${host}.conf`)];
    return [host, { ...plain(computeService(host), places.bin('nova-compute'), args), wave: 1 as const }];
  });
  const erlang = rabbitmqEnvironment(ground);
  const services: Services = {
    database: {
      ...plain('mariadb', 'mariadbd', databaseArguments(ground)),
      ready: { socket: places.databaseSocket },
      wave: 4,
      stopTimeoutMs: 20_000,
    },
    portMapper: {
      ...plain('epmd', 'epmd', ['-address', '127.0.0.1', '-port', String(ports.epmd)]),
      ready: { port: ports.epmd },
      wave: 4,
    },
    messaging: {
      ...plain('rabbitmq', '/usr/lib/rabbitmq/bin/rabbitmq-server', []),
      env: { ...env, ...erlang },
      ready: { port: ports.rabbitmq },
      wave: 4,
      stopTimeoutMs: 20_000,
    },
    network: {
      ...plain('neutron-stub', program.node, [program.networkStub, String(ports.neutron)]),
      ready: { url: loopback(ports.neutron, '/') },
      wave: 3,
    },
    // One process: its cache is not shared.
    keystone: wsgi('keystone', ports.keystone, '/usr/bin/keystone-wsgi-public', { processes: 1, threads: 4 }),
    placement: wsgi('placement', ports.placement, '/usr/bin/placement-api', { processes: 1, threads: 4 }),
    glance: wsgi('glance', ports.glance, '/usr/bin/glance-wsgi-api', { processes: 1, threads: 2 }),
    novaApi: wsgi('nova-api', ports.nova, '/usr/bin/nova-api-wsgi', { processes: 2, threads: 1 }),
    novaConductor: nova('nova-conductor'),
    novaScheduler: nova('nova-scheduler'),
    computes: Object.fromEntries(computes) as Record<string, Service>,
  };
  return services;
}

/** All services of a lab in the order in which they can start. */
export const inOrder = ({ computes, ...fixed }: Services): Service[] => [
  ...Object.values(fixed),
  ...Object.values(computes),
];

/**
 * `--http-socket` closes after each answer. With `--http11-socket` and few workers every call between services takes seconds: a
 * worker waits on a connection that is kept open for nothing.
 */
function uwsgiArguments(port: number, file: string, size: { processes: number; threads: number }): string[] {
  const options =
    '--plugins python3 --master --die-on-term --no-orphans --lazy-apps --enable-threads --thunder-lock --need-app ' +
    `--disable-logging --buffer-size 65535 --listen 100 --http-socket 127.0.0.1:${port} --wsgi-file ${file} ` +
    `--processes ${size.processes} --threads ${size.threads} --py-call-uwsgi-fork-hooks`;
  return [...options.split(' '), '--add-header', 'Connection: close'];
}

/** Without the network: every client of the database is on this machine. */
function databaseArguments({ places }: Ground): string[] {
  return [
    '--no-defaults', // nothing of /etc/mysql; must be first
    '--user=root',
    `--datadir=${places.databaseFolder}`,
    `--socket=${places.databaseSocket}`,
    `--pid-file=${places.databaseFolder}/mariadb.pid`,
    '--skip-networking',
    '--max-connections=1000',
    '--innodb-buffer-pool-size=256M',
    '--innodb-flush-log-at-trx-commit=2',
    '--character-set-server=utf8mb3',
  ];
}

/** https://www.rabbitmq.com/docs/configure#supported-environment-variables; a port mapper, cookie and node of its own. */
function rabbitmqEnvironment({ settings, places }: Ground): Record<string, string> {
  const { ports } = settings;
  return {
    HOME: places.messagingFolder,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(ports.epmd),
    RABBITMQ_NODENAME: 'oslab@localhost',
    RABBITMQ_CONFIG_FILE: places.etc('rabbitmq', 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: places.etc('rabbitmq', 'enabled_plugins'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_MNESIA_BASE: `${places.messagingFolder}/mnesia`,
    RABBITMQ_LOG_BASE: `${places.messagingFolder}/log`,
    RABBITMQ_LOGS: '-',
    RABBITMQ_PID_FILE: `${places.messagingFolder}/pid`,
    RABBITMQ_DIST_PORT: String(ports['rabbitmq-distribution']),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      '-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none',
  };
}
