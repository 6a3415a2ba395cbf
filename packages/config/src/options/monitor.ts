import { optionsOf } from '../catalogue/option.ts';
import {
  address,
  boolean,
  choice,
  decimal,
  integer,
  optional,
  seconds,
  secretFile,
  url,
} from '../catalogue/value-types.ts';

const option = optionsOf('monitor');
const masakari = (name: string, note?: string) => [
  { group: 'introspectiveinstancemonitor', name, ...(note === undefined ? {} : { note }) },
];

/** `[monitor]`: how a compute host's guests are watched. */
export const monitorOptions = {
  pingTimeoutMs: option({
    name: 'ping_timeout',
    type: seconds({ min: 1, max: 60, whole: true }),
    default: '5',
    description:
      'Seconds a guest agent has to answer one ping. Whole seconds, the unit of libvirt. libvirt itself spends up to 5 s ' +
      'on an agent that stopped answering, so that a smaller value saves little; an agent that is well answers in milliseconds. ' +
      'The first ping a guest leaves unanswered is given up after 1 s (unless failure_threshold is 1): it only leads to a second.',
    aliases: masakari('guest_monitoring_timeout'),
    reloadable: true,
    services: ['monitor'],
  }),
  failureThreshold: option({
    name: 'failure_threshold',
    type: integer({ min: 1, max: 100 }),
    default: '3',
    description:
      'Missed heartbeats in a row, after at least one answer in the same boot, that make an instance a failed one: N means ' +
      'N. One lost answer proves nothing and two may come from one busy moment; three is the threshold of Masakari too.',
    aliases: masakari(
      'guest_monitoring_failure_threshold',
      'Masakari reports on the miss N + 2, here N misses are N',
    ),
    reloadable: true,
    services: ['monitor'],
  }),
  maxPingsInFlight: option({
    name: 'max_pings_in_flight',
    type: integer({ min: 1, max: 4 }),
    default: '4',
    description:
      'Pings that may wait for an answer at the same time. libvirtd stops reading a connection with five calls pending ' +
      '(max_client_requests), so that four is both the default and the most.',
    reloadable: false,
    services: ['monitor'],
  }),
  bootGraceMs: option({
    name: 'boot_grace',
    type: seconds({ min: 0, max: 3600 }),
    default: '120',
    description:
      'Seconds after a start, reboot, resume or restore in which silence is no evidence, or until the first answer. ' +
      'vSphere HA gives a guest 120 s at its highest sensitivity too.',
    reloadable: true,
    services: ['monitor'],
  }),
  agentLostGraceMs: option({
    name: 'agent_lost_grace',
    type: seconds({ min: 0, max: 3600 }),
    default: '30',
    description:
      'Seconds that an agent which disconnected has to come back before its absence counts as a miss. An upgrade of the ' +
      'agent restarts it within seconds; a reboot inside the guest looks the same for its first moments.',
    reloadable: true,
    services: ['monitor'],
  }),
  pauseConfirmMs: option({
    name: 'pause_confirm',
    type: seconds({ min: 0, max: 300 }),
    default: '2',
    description:
      'Seconds that a pause by the watchdog or by an I/O error has to last before it is believed. A memory dump pauses ' +
      'and resumes at once, and must not be taken for a failure.',
    reloadable: true,
    services: ['monitor'],
  }),
  incidentWindowMs: option({
    name: 'incident_window',
    type: seconds({ min: 1, max: 300 }),
    default: '10',
    description:
      'Seconds after the first event of a failure in which further events of the same boot belong to the same incident. ' +
      'One crash sends up to forty events within a second; a second real crash seldom comes this soon.',
    reloadable: true,
    services: ['monitor'],
  }),
  evidenceMaxAgeMs: option({
    name: 'evidence_max_age',
    type: seconds({ min: 5, max: 86_400 }),
    default: '300',
    description:
      'Seconds after which evidence is too old to rest a verdict on: the monitor looks again instead. It has to hold ' +
      'failure_threshold check intervals. The default holds ten, so that rounds delayed by hung guests still count and a ' +
      'monitor that was itself stopped never acts on the past.',
    reloadable: true,
    services: ['monitor'],
  }),
  secondSign: option({
    name: 'second_sign',
    type: boolean(),
    default: 'True',
    description:
      'Use the CPU progress of an instance as a second sign. A silent agent whose QEMU gets no CPU time at all is then ' +
      'judged without waiting for every miss; silence alone still needs failure_threshold misses.',
    reloadable: true,
    services: ['monitor'],
  }),
  cpuStallMs: option({
    name: 'cpu_stall',
    type: seconds({ min: 1, max: 600 }),
    default: '5',
    description:
      'Seconds without any CPU time that count as standing still, for second_sign. Even an idle guest spends some CPU ' +
      'time in every second, so that the default leaves room for a starved host.',
    reloadable: true,
    services: ['monitor'],
  }),
  bootLoopCount: option({
    name: 'boot_loop_count',
    type: integer({ min: 2, max: 1000 }),
    default: '10',
    description:
      'Reboots that a guest did by itself within boot_loop_window which make a boot loop. It cannot be told from a guest ' +
      'that its owner reboots again and again, so that only many count: more than updates ever need.',
    reloadable: true,
    services: ['monitor'],
  }),
  bootLoopWindowMs: option({
    name: 'boot_loop_window',
    type: seconds({ min: 10, max: 86_400 }),
    default: '600',
    description:
      'Seconds over which boot_loop_count is counted. Ten minutes hold ten boots of a guest that fails soon after its start.',
    reloadable: true,
    services: ['monitor'],
  }),
  hostSuspectRatio: option({
    name: 'host_suspect_ratio',
    type: decimal({ min: 0.01, max: 1 }),
    default: '0.5',
    description:
      "Share of a host's heard instances that must be silent together to suspect the host instead of them. Verdicts " +
      'from silence are then held. Half of the guests do not hang at once by themselves.',
    reloadable: true,
    services: ['monitor'],
  }),
  hostSuspectMinGuests: option({
    name: 'host_suspect_min_guests',
    type: integer({ min: 2, max: 10_000 }),
    default: '3',
    description:
      'The least number of silent instances for host_suspect_ratio to count. Two that fail together on a host with two or ' +
      'three may be chance.',
    reloadable: true,
    services: ['monitor'],
  }),
  reportIntervalMs: option({
    name: 'report_interval',
    type: seconds({ min: 1, max: 300 }),
    default: '10',
    description:
      'Seconds between two reports of this monitor to the API. A monitor that is silent for several of them is shown as ' +
      'missing. The default equals the report interval of Nova and Masakari services.',
    reloadable: true,
    services: ['monitor', 'worker', 'api'],
  }),
  recordIntervalMs: option({
    name: 'record_interval',
    type: seconds({ min: 0, max: 3600 }),
    default: '300',
    description:
      'Seconds between two recordings of what was seen, which the API keeps for a day: the preview of a configuration tells by them ' +
      'which instances it would have reported. A host on which nothing happens records next to nothing. 0 records nothing.',
    reloadable: true,
    services: ['monitor'],
  }),
  sink: option({
    name: 'sink',
    type: choice({ 'instance-ha': 'instance-ha', masakari: 'masakari' }),
    default: 'instance-ha',
    description:
      'Who takes the notifications. instance-ha: the API at api_url, which recovers and shows every guest. masakari: the ' +
      'Masakari of the cloud that [openstack] names, whose engine then recovers in its own way; guests are not reported, for ' +
      'Masakari knows no such thing. The default is the product itself.',
    reloadable: false,
    services: ['monitor'],
  }),
  masakariEndpoint: option({
    name: 'masakari_endpoint',
    type: optional(
      url({
        schemes: ['http', 'https'],
        expects: 'a URL like https://masakari.example.org:15868/v1',
        without: 'credentials',
      }),
    ),
    description:
      'Address of Masakari for sink = masakari. Left empty, which is the default, it is the service instance-ha of ' +
      "Keystone's catalogue, by the interface and the region of [openstack].",
    reloadable: false,
    services: ['monitor'],
  }),
  apiUrl: option({
    name: 'api_url',
    type: url({
      schemes: ['http', 'https'],
      expects: 'an http or https URL without user and password',
      without: 'credentials',
    }),
    default: 'http://127.0.0.1:15868',
    description:
      'Where notifications and reports are sent. The default is the API on the same machine at its default port.',
    reloadable: false,
    hostOnly: true,
    services: ['monitor'],
  }),
  apiTokenFile: option({
    name: 'api_token_file',
    type: optional(secretFile()),
    description:
      "File with the monitor's token for the API, readable by the monitor alone. Left empty, which is the default, the " +
      'token that the API wrote for this host into [api] tokens_path is used, which is right where both share a machine.',
    reloadable: false,
    hostOnly: true,
    services: ['monitor'],
  }),
  spoolMax: option({
    name: 'spool_max',
    type: integer({ min: 10, max: 1_000_000 }),
    default: '10000',
    description:
      'Notifications kept on this host while the API cannot be reached. The default is about 20 MB of disk, and more than ' +
      'a host with a thousand instances can have in days.',
    reloadable: false,
    services: ['monitor'],
  }),
  listen: option({
    name: 'listen',
    type: address(),
    default: '127.0.0.1',
    description:
      'Address that the metrics of the monitor are served on. They need no token, hence the default of loopback only.',
    reloadable: false,
    services: ['monitor'],
  }),
  metricsPort: option({
    name: 'metrics_port',
    type: integer({ min: 0, max: 65_535 }),
    default: '15869',
    description:
      'TCP port of the metrics of the monitor, 0 for none. The default is the one after that of the API.',
    reloadable: false,
    services: ['monitor'],
  }),
};
