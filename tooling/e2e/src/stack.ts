import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GuestRecord, NotificationDetail, NotificationSummary } from '@instance-ha/contracts';
import { type ApiClient, createApiClient } from '@instance-ha/contracts/client';
import type { GuestOptions, LabGuest, LabHost } from '@instance-ha/lab';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { Service } from './service.ts';

/** API (with its embedded PostgreSQL), worker and monitors on lab hosts, all real processes. */
export class Stack {
  readonly api: ApiClient;
  readonly apiService: Service;
  /** Further APIs beside the first, when asked for, and a client of each. */
  readonly otherApis: readonly { service: Service; client: ApiClient }[];
  readonly workers: Service[];
  readonly monitors: Map<string, Service>;
  readonly folder: string;
  /** `http://127.0.0.1:PORT` of the API. */
  readonly origin: string;

  private constructor(
    folder: string,
    port: number,
    services: {
      api: Service;
      otherApis: { service: Service; port: number }[];
      workers: Service[];
      monitors: Map<string, Service>;
    },
  ) {
    this.folder = folder;
    this.origin = `http://127.0.0.1:${port}`;
    this.apiService = services.api;
    this.workers = services.workers;
    this.monitors = services.monitors;
    const token = (): string => readFileSync(join(folder, 'tokens', 'admin.token'), 'utf8').trim();
    const clientOf = (baseUrl: string): ApiClient => createApiClient({ baseUrl, token, timeoutMs: 5000 });
    this.api = clientOf(this.origin);
    this.otherApis = services.otherApis.map(({ service, port: ownPort }) => ({
      service,
      client: clientOf(`http://127.0.0.1:${ownPort}`),
    }));
  }

  /**
   * Quick thresholds unless `env` says otherwise: asked each second, two misses are a failure. `built`: the services as
   * `turbo run build` made them. `apis` above 1 need a database of their own (`OS_DATABASE__CONNECTION`): the embedded one
   * ends with the API that owns it. An `undefined` variable is one that is not set; `monitorEnv` adds to that of one host.
   */
  static async start(
    hosts: readonly Pick<LabHost, 'name' | 'uri'>[],
    options: {
      env?: Record<string, string | undefined>;
      monitorEnv?: (host: string) => Record<string, string>;
      workers?: number;
      /** What one worker has of its own; counted from 0. */
      workerEnv?: (index: number) => Record<string, string>;
      apis?: number;
      built?: boolean;
    } = {},
  ): Promise<Stack> {
    const folder = mkdtempSync(join(tmpdir(), 'iha-e2e-'));
    chmodSync(folder, 0o755);
    const port = await freePort();
    const all: Record<string, string | undefined> = {
      OS_DEFAULT__STATE_PATH: folder,
      OS_DEFAULT__LOG_LEVEL: 'debug',
      OS_DEFAULT__INSTANCE_CHECK_INTERVAL: '1',
      OS_MONITOR__PING_TIMEOUT: '1',
      OS_MONITOR__FAILURE_THRESHOLD: '2',
      OS_MONITOR__AGENT_LOST_GRACE: '4',
      OS_MONITOR__REPORT_INTERVAL: '2',
      OS_MONITOR__METRICS_PORT: '0',
      OS_WORKER__METRICS_PORT: '0',
      // Processes of the machine that runs the tests are none of theirs.
      OS_PROCESS__PROCESSES: '',
      OS_INSTANCE_FAILURE__HEARTBEAT_WAIT: '90',
      OS_INSTANCE_FAILURE__RESTART_BUDGET: '30',
      OS_MONITOR__CPU_STALL: '2',
      OS_API__PORT: String(port),
      OS_API__TOKENS_PATH: join(folder, 'tokens'),
      OS_MONITOR__API_URL: `http://127.0.0.1:${port}`,
      OS_LIBVIRT__HOSTS: hosts.map(host => `${host.name}=${host.uri}`).join(','),
      ...options.env,
    };
    const common = Object.fromEntries(
      Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    const service = (name: Service['name'], label: string, env: Record<string, string>): Service =>
      new Service(name, {
        env: { ...common, ...env },
        logFile: join(folder, `${label}.log`),
        built: options.built ?? false,
      });
    const [first] = hosts;
    const ownHost = { OS_DEFAULT__HOST: first?.name ?? 'none' };
    const otherApis: { service: Service; port: number }[] = [];
    for (let index = 2; index <= (options.apis ?? 1); index += 1) {
      const ownPort = await freePort();
      const env = { ...ownHost, OS_API__PORT: String(ownPort) };
      otherApis.push({ service: service('api', `api-${index}`, env), port: ownPort });
    }
    const stack = new Stack(folder, port, {
      api: service('api', 'api', ownHost),
      otherApis,
      workers: Array.from({ length: options.workers ?? 1 }, (_, index) =>
        service('worker', `worker-${index + 1}`, {
          OS_DEFAULT__HOST: `worker-${index + 1}`,
          ...options.workerEnv?.(index),
        }),
      ),
      monitors: new Map(
        hosts.map(host => [
          host.name,
          service('monitor', `monitor-${host.name}`, {
            OS_DEFAULT__HOST: host.name,
            OS_DEFAULT__STATE_PATH: join(folder, host.name),
            OS_MONITOR__API_TOKEN_FILE: join(
              folder,
              'tokens',
              host === first ? `monitor-${host.name}.token` : 'admin.token',
            ),
            OS_LIBVIRT__CONNECTION_URI: host.uri,
            ...options.monitorEnv?.(host.name),
          }),
        ]),
      ),
    });
    try {
      stack.apiService.start();
      await stack.untilApiReady();
      for (const { service: other, client } of stack.otherApis) {
        other.start();
        await untilReady(client);
      }
      for (const other of [...stack.workers, ...stack.monitors.values()]) other.start();
      for (const host of hosts) await stack.untilWatching(host.name);
      return stack;
    } catch (error) {
      const said = stack.logs();
      await stack.stop();
      throw new Error(`the stack did not come up:\n${said}`, { cause: error });
    }
  }

  monitor(host: string): Service {
    const found = this.monitors.get(host);
    if (!found) throw new Error(`no monitor on ${host}`);
    return found;
  }

  untilApiReady(): Promise<void> {
    return untilReady(this.api);
  }

  untilWatching(host: string): Promise<void> {
    return eventually(`the monitor of ${host} watches`, 60_000, async () => {
      const { body } = await this.api.v2.monitors.list();
      return body.monitors.some(
        monitor => monitor.host === host && monitor.state === 'watching' && !monitor.silent,
      );
    });
  }

  /** A new guest that the monitor has heard. */
  async guest(host: LabHost, prefix: string, options: GuestOptions = {}): Promise<LabGuest> {
    const guest = await host.guest(`${prefix}-${randomBytes(3).toString('hex')}`, options);
    if (options.agentChannel === false || options.agent === false) {
      await eventually(`${guest.name} is known`, 60_000, async () => (await this.seen(guest)) !== undefined);
    } else {
      await this.untilPhase(guest, 'alive');
    }
    return guest;
  }

  async seen(guest: LabGuest): Promise<GuestRecord | undefined> {
    try {
      return (await this.api.v2.guests.get({ params: { uuid: guest.uuid } })).body.guest;
    } catch {
      return undefined;
    }
  }

  async untilPhase(guest: LabGuest, phase: GuestRecord['phase'], timeoutMs = 120_000): Promise<void> {
    await eventually(`${guest.name} is ${phase}`, timeoutMs, async () => {
      const found = (await this.seen(guest))?.phase;
      if (found !== phase) throw new Error(`it is ${found ?? 'unknown'}`);
      return true;
    });
  }

  async notifications(guest: LabGuest): Promise<NotificationSummary[]> {
    return (await this.api.v2.notifications.list({ query: { instance: guest.uuid } })).body.notifications;
  }

  /** The guest's newest notification once it has ended; there must be `count` of them in all. */
  async untilEnded(guest: LabGuest, count = 1, timeoutMs = 170_000): Promise<NotificationDetail> {
    let newest: NotificationSummary | undefined;
    await eventually(`notification ${count} of ${guest.name} has ended`, timeoutMs, async () => {
      const found = await this.notifications(guest);
      if (found.length !== count)
        throw new Error(
          `there are ${found.length}: ${found.map(one => `${one.status} (${one.message})`).join(', ')}`,
        );
      newest = found[0];
      if (!newest?.endedAt) throw new Error(`it is ${newest?.status}: ${newest?.message}`);
      return true;
    });
    return (await this.api.v2.notifications.get({ params: { uuid: (newest as NotificationSummary).uuid } }))
      .body;
  }

  /** What every process said last, for a test that fails. */
  logs(): string {
    const others = this.otherApis.map(({ service }) => service);
    return [this.apiService, ...others, ...this.workers, ...this.monitors.values()]
      .map(service => `── ${service.name} (${service.logFile})\n${readLog(service)}`)
      .join('\n');
  }

  async stop(): Promise<void> {
    await Promise.all([...this.monitors.values(), ...this.workers].map(service => service.stop()));
    await Promise.all(this.otherApis.map(({ service }) => service.stop()));
    await this.apiService.stop();
    if (process.env.INSTANCE_HA_KEEP_LOGS !== '1') rmSync(this.folder, { recursive: true, force: true });
  }
}

const untilReady = (api: ApiClient): Promise<void> =>
  eventually('the API is ready', 60_000, async () => (await api.service.readiness()).status === 200);

function readLog(service: Service): string {
  try {
    return service.logTail();
  } catch {
    return 'said nothing';
  }
}
