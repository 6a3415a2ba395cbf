import { optionsOf } from '../catalogue/option.ts';
import { absolutePath, choice, optional, seconds, text } from '../catalogue/value-types.ts';

const option = optionsOf('DEFAULT');

/** `[DEFAULT]`: what more than one service reads, and the instance check interval. */
export const defaultOptions = {
  checkIntervalMs: option({
    name: 'instance_check_interval',
    type: seconds({ min: 1, max: 3600, whole: true }),
    default: '30',
    description:
      'Seconds between instance heartbeat polls. Each running instance with a guest agent channel is asked once in ' +
      'every interval. A crash is seen at once by its libvirt event; only a hang waits for polls, so that 30 s with ' +
      'three misses finds it within two minutes at next to no cost for the host.',
    aliases: [{ group: 'introspectiveinstancemonitor', name: 'guest_monitoring_interval' }],
    reloadable: true,
    services: ['monitor'],
  }),
  host: option({
    name: 'host',
    type: text({
      pattern: /^[\w.-]{1,255}$/,
      expects: 'a host name of 1 to 255 letters, digits, "-", "_" and "."',
    }),
    defaultFrom: 'hostname',
    description:
      'Name of this host in notifications. It must be spelt as Nova spells the host of its nova-compute service. ' +
      'Left empty, the host name of the machine is taken, as Nova does.',
    aliases: [{ group: 'DEFAULT', name: 'hostname' }],
    reloadable: false,
    hostOnly: true,
    services: ['monitor', 'worker', 'api'],
  }),
  mode: option({
    name: 'mode',
    type: choice({ act: 'act', observe: 'observe' }),
    default: 'act',
    description:
      'Whether recoveries are carried out. act: instances are recovered. observe: everything is decided and recorded ' +
      'and nothing is touched, for trying the product out beside another one. The default is what the product is for.',
    reloadable: true,
    services: ['worker'],
  }),
  notificationsExpireMs: option({
    name: 'notifications_expired_interval',
    type: seconds({ min: 60, max: 2_592_000 }),
    default: '86400',
    description:
      'Seconds after which a notification is given up whose recovery could not be carried out because the host could not ' +
      'be reached, another operation held the instance, or nobody listened for its heartbeat. Until then it is tried again and ' +
      'again, and at once when the host is back. The default of a day is that of Masakari.',
    reloadable: true,
    services: ['worker'],
  }),
  statePath: option({
    name: 'state_path',
    type: absolutePath(),
    default: '/var/lib/instance-ha',
    description:
      'Folder for what has to survive a restart: the spool of the monitor, the tokens and the embedded database. The ' +
      'default is the place that the Filesystem Hierarchy Standard gives to the state of a service.',
    reloadable: false,
    hostOnly: true,
    services: ['monitor', 'worker', 'api'],
  }),
  shutdownTimeoutMs: option({
    name: 'shutdown_timeout',
    type: seconds({ min: 1, max: 300 }),
    default: '10',
    description:
      'Seconds a service may take to stop in order after SIGTERM. Work that is not done by then is left to its ' +
      'journal and is taken up again. The default leaves room before service managers use force (systemd: 90 s, ' +
      'Kubernetes: 30 s).',
    aliases: [{ group: 'DEFAULT', name: 'graceful_shutdown_timeout' }],
    reloadable: false,
    services: ['monitor', 'worker', 'api'],
  }),
  logLevel: option({
    name: 'log_level',
    type: choice({ trace: 'trace', debug: 'debug', info: 'info', warn: 'warn', error: 'error' }),
    default: 'info',
    description:
      'The least severe level that is logged. At info every change of state of a guest or a recovery is one line, and ' +
      'a quiet host writes next to nothing.',
    reloadable: true,
    services: ['monitor', 'worker', 'api'],
  }),
  logFormat: option({
    name: 'log_format',
    type: choice({ json: 'json', pretty: 'pretty' }),
    default: 'json',
    description:
      'json: one JSON object a line, for journald and log collectors, hence the default. pretty: coloured lines for a terminal.',
    reloadable: false,
    services: ['monitor', 'worker', 'api'],
  }),
  logFile: option({
    name: 'log_file',
    type: optional(absolutePath()),
    description:
      'File that the log is appended to. Left empty, which is the default, the log goes to standard output, where ' +
      'systemd and container engines collect and rotate it.',
    reloadable: false,
    services: ['monitor', 'worker', 'api'],
  }),
};
