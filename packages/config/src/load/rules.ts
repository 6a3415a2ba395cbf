import type { Option } from '../catalogue/option.ts';
import { type Config, layout } from '../layout.ts';

/** What must hold between options. It is checked when all options it involves could be read. */
export type Rule<C> = {
  readonly name: string;
  readonly severity: 'error' | 'warning';
  readonly involves: readonly Option<unknown>[];
  /** What is wrong in plain words, or undefined when the rule holds. */
  check(config: C): string | undefined;
};

const { general, monitor, instanceFailure, worker, api, keystoneAuthtoken, libvirt } = layout;

const { authUrl, username, password, applicationCredentialId, applicationCredentialSecret } =
  keystoneAuthtoken;
/** What each way to prove oneself needs; all other options have a default. */
const keystoneNeeds = {
  password: [authUrl, username, password],
  v3applicationcredential: [authUrl, applicationCredentialId, applicationCredentialSecret],
};

/** The rules of instance-ha.conf. */
export const rules: readonly Rule<Config>[] = [
  {
    name: 'ping-timeout-within-check-interval',
    severity: 'error',
    involves: [monitor.pingTimeoutMs, monitor.checkIntervalMs],
    check: ({ monitor: { pingTimeoutMs, checkIntervalMs } }) =>
      pingTimeoutMs > checkIntervalMs
        ? `expected ping_timeout (${s(pingTimeoutMs)}) to be at most instance_check_interval (${s(checkIntervalMs)}): a guest must have answered or missed before it is asked again`
        : undefined,
  },
  {
    name: 'evidence-outlives-the-misses',
    severity: 'error',
    involves: [monitor.evidenceMaxAgeMs, monitor.checkIntervalMs, monitor.failureThreshold],
    check: ({ monitor: { evidenceMaxAgeMs, checkIntervalMs, failureThreshold } }) =>
      evidenceMaxAgeMs < failureThreshold * checkIntervalMs
        ? `expected evidence_max_age (${s(evidenceMaxAgeMs)}) to be at least failure_threshold × instance_check_interval (${s(failureThreshold * checkIntervalMs)}): misses would grow too old before they are enough`
        : undefined,
  },
  {
    name: 'evidence-outlives-a-pause',
    severity: 'error',
    involves: [monitor.evidenceMaxAgeMs, monitor.pauseConfirmMs],
    check: ({ monitor: { evidenceMaxAgeMs, pauseConfirmMs } }) =>
      evidenceMaxAgeMs < 2 * pauseConfirmMs
        ? `expected evidence_max_age (${s(evidenceMaxAgeMs)}) to be at least twice pause_confirm (${s(2 * pauseConfirmMs)}): a pause would be too old to count when it is confirmed`
        : undefined,
  },
  {
    name: 'budget-window-holds-its-restarts',
    severity: 'error',
    involves: [
      instanceFailure.restartBudgetWindowMs,
      instanceFailure.restartBudget,
      instanceFailure.heartbeatWaitMs,
    ],
    check: ({ instanceFailure: { restartBudgetWindowMs, restartBudget, heartbeatWaitMs } }) =>
      restartBudgetWindowMs <= restartBudget * heartbeatWaitMs
        ? `expected restart_budget_window (${s(restartBudgetWindowMs)}) to be longer than restart_budget × heartbeat_wait (${s(restartBudget * heartbeatWaitMs)}): else an instance that never comes back is restarted for ever`
        : undefined,
  },
  {
    name: 'heartbeat-wait-holds-a-poll',
    severity: 'warning',
    involves: [instanceFailure.heartbeatWaitMs, monitor.checkIntervalMs, monitor.pingTimeoutMs],
    check: ({ instanceFailure: { heartbeatWaitMs }, monitor: { checkIntervalMs, pingTimeoutMs } }) =>
      heartbeatWaitMs < checkIntervalMs + pingTimeoutMs
        ? `heartbeat_wait (${s(heartbeatWaitMs)}) is shorter than instance_check_interval plus ping_timeout (${s(checkIntervalMs + pingTimeoutMs)}): a restarted instance may not have been asked when the wait is over`
        : undefined,
  },
  {
    name: 'poll-interval-within-lease',
    severity: 'error',
    involves: [worker.pollIntervalMs, worker.leaseMs],
    check: ({ worker: { pollIntervalMs, leaseMs } }) =>
      pollIntervalMs > leaseMs
        ? `expected poll_interval (${s(pollIntervalMs)}) to be at most lease (${s(leaseMs)}): the takeover of a dead worker would wait for the poll and not for the lease`
        : undefined,
  },
  {
    name: 'ports-differ',
    severity: 'error',
    involves: [api.port, api.listen, monitor.metricsPort, monitor.listen, worker.metricsPort, worker.listen],
    check: config => samePort(config),
  },
  {
    name: 'libvirt-hosts-differ',
    severity: 'error',
    involves: [libvirt.hosts],
    check: config => sameLibvirt(config.libvirt.hosts),
  },
  {
    name: 'api-not-in-clear-on-a-network',
    severity: 'error',
    involves: [api.listen, api.allowPlainHttp],
    check: ({ api: { listen, allowPlainHttp } }) =>
      isLoopback(listen) || allowPlainHttp
        ? undefined
        : `expected listen to be loopback, found ${listen}: the API speaks plain HTTP, and its tokens could be read on the network; let a proxy with TLS stand before 127.0.0.1, or set allow_plain_http = True`,
  },
  {
    name: 'api-in-clear-on-a-network',
    severity: 'warning',
    involves: [api.listen, api.allowPlainHttp],
    check: ({ api: { listen, allowPlainHttp } }) =>
      isLoopback(listen) || !allowPlainHttp
        ? undefined
        : `listens on ${listen} without TLS: whoever sees the traffic can read its tokens`,
  },
  {
    name: 'keystone-can-be-asked',
    severity: 'error',
    involves: [api.authStrategy, ...keystoneNeeds.password, ...keystoneNeeds.v3applicationcredential],
    check: config => missingForKeystone(config),
  },
  {
    name: 'observe-is-not-for-masakari',
    severity: 'error',
    involves: [monitor.sink, general.mode],
    check: ({ monitor: { sink }, general: { mode } }) =>
      sink === 'masakari' && mode === 'observe'
        ? 'expected mode = act with sink = masakari, found observe: Masakari acts on what is filed with it'
        : undefined,
  },
  {
    name: 'token-not-in-clear-on-a-network',
    severity: 'warning',
    involves: [monitor.apiUrl, monitor.sink],
    check: ({ monitor: { apiUrl, sink } }) => {
      if (sink !== 'instance-ha') return undefined;
      const { protocol, hostname } = new URL(apiUrl);
      return protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''))
        ? undefined
        : `sends its token to ${hostname} in clear: use https`;
    },
  },
];

const s = (ms: number): string => `${ms / 1000} s`;

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function samePort({ api, monitor, worker }: Config): string | undefined {
  const servers = [
    { what: '[api] port', listen: api.listen, port: api.port },
    { what: '[monitor] metrics_port', listen: monitor.listen, port: monitor.metricsPort },
    { what: '[worker] metrics_port', listen: worker.listen, port: worker.metricsPort },
  ].filter(each => each.port !== 0);
  for (const [index, one] of servers.entries()) {
    for (const other of servers.slice(index + 1)) {
      if (one.port === other.port && overlap(one.listen, other.listen)) {
        return `expected ports of their own, found ${one.port} for ${one.what} and ${other.what}`;
      }
    }
  }
  return undefined;
}

const overlap = (one: string, other: string): boolean =>
  one === other || [one, other].some(listen => listen === '0.0.0.0' || listen === '::');

function missingForKeystone({ api, keystoneAuthtoken: given }: Config): string | undefined {
  if (api.authStrategy !== 'keystone') return undefined;
  const values = new Map<unknown, unknown>(
    Object.entries(keystoneAuthtoken).map(([field, option]) => [option, given[field as keyof typeof given]]),
  );
  const missing = keystoneNeeds[given.authType].filter(option => values.get(option) === undefined);
  return missing.length === 0 || namesNobody(given)
    ? undefined
    : `expected ${missing.map(option => option.name).join(', ')} in [keystone_authtoken], found nothing: auth_strategy = keystone asks Keystone whose token it was sent`;
}

/** Then `[openstack]` tells as whom Keystone is asked; what of it is missing shows when clouds.yaml and `OS_*` are read. */
export const namesNobody = (given: Config['keystoneAuthtoken']): boolean =>
  [
    given.authUrl,
    given.username,
    given.password,
    given.applicationCredentialId,
    given.applicationCredentialSecret,
  ].every(value => value === undefined);

function sameLibvirt(hosts: Readonly<Record<string, string>>): string | undefined {
  const names = new Map<string, string>();
  for (const [name, uri] of Object.entries(hosts)) {
    const earlier = names.get(uri);
    if (earlier !== undefined)
      return `expected a libvirtd of its own for each host, found ${uri} for ${earlier} and ${name}`;
    names.set(uri, name);
  }
  return undefined;
}
