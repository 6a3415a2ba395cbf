import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attachLab, LabError, type LabHost, labDown } from '@instance-ha/lab';
import { lockMachine } from '@instance-ha/lab/tools';
import { type Credentials, createApi, type Endpoints, type OpenStackApi } from './api.ts';
import { bringUp, type UpReport } from './bring-up.ts';
import { endpointsOf, ensureEndpoint } from './catalogue.ts';
import { type ClientName, credentialsOf } from './client-files.ts';
import { openFolder, readSettings, wipeFolder, writeFiles } from './lab-folder.ts';
import type { OpenStackLabOptions } from './lab-options.ts';
import { masakariMonitor, masakariMonitorConfiguration, masakariMonitorService } from './masakari-monitor.ts';
import {
  type BootOptions,
  bootServer,
  deleteServer,
  type Server,
  showServer,
  waitForReports,
} from './objects.ts';
import { type OpenLab, openLab } from './open-lab.ts';
import type { OnProgress } from './progress.ts';
import { ensureSecrets } from './secrets.ts';
import type { ServiceRunner } from './service-runner.ts';
import { inOrder, type Service } from './services.ts';
import { computesOf } from './settings.ts';
import { type LabStatus, statusOf } from './status.ts';
import { together } from './together.ts';

export const defaultFolder = join(tmpdir(), 'instance-ha-openstack');

export type OpenStackLab = {
  readonly dir: string;
  /** Brings up what is missing, and resolves when every compute has reported. */
  up: () => Promise<UpReport>;
  /** Ends exactly what any process started for this lab. `wipe` also removes its folder. Where no lab is, nothing happens. */
  down: (options?: { wipe?: boolean }) => Promise<DownReport>;
  status: () => LabStatus;
  /** nova-compute, one at a time. Names as in `status().computes`. */
  computes: {
    /** SIGKILL. Its servers stay where they are: Nova learns of it when reports stay away. */
    kill: (host: string) => Promise<void>;
    /** Starts it when it does not run, and waits until Nova has heard it. */
    start: (host: string) => Promise<void>;
  };
  /** Boots a server without network and waits until it is ACTIVE. */
  boot: (options: BootOptions) => Promise<Server>;
  show: (id: string) => Promise<Server>;
  /** Deletes a server and waits until it is gone. */
  remove: (id: string) => Promise<void>;
  endpoints: () => Endpoints;
  credentials: (who?: ClientName) => Credentials;
  /** A client with the admin's rights. */
  api: () => OpenStackApi;
  /** The private libvirtd under a compute on libvirt. */
  guestHost: (host: string) => Promise<LabHost>;
  /** Says in the catalogue where the service `instance-ha` is, such as `http://127.0.0.1:15868/v1`. */
  announceInstanceHa: (url: string) => Promise<void>;
  /** Masakari's own instance monitor on a compute on libvirt, told to speak to `apiUrl`. */
  masakariMonitor: {
    start: (options: { host: string; apiUrl: string }) => Promise<void>;
    stop: (host: string) => Promise<void>;
  };
};

export type DownReport = {
  found: boolean;
  /** Services that were ended in order. */
  servicesEnded: number;
  /** Processes that had outlived their service and were killed. */
  strays: number;
};

const lockTimeoutMs = 900_000;
const reportTimeoutMs = 120_000;

/** A lab in a folder. Touches nothing before it is told to; any number of processes may open the same one. */
export function createOpenStackLab(options: OpenStackLabOptions = {}): OpenStackLab {
  const places = openFolder(options.dir ?? defaultFolder);
  const { onProgress = () => {}, signal } = options;
  const lockName = `openstack ${places.dir}`;

  /** Throws `not-found` when there is no lab yet. */
  const open = (): OpenLab => {
    const settings = readSettings(places);
    if (settings === undefined) throw new LabError('not-found', `there is no OpenStack lab in ${places.dir}`);
    return openLab({ settings, secrets: ensureSecrets(places.secrets), places });
  };
  let client: OpenStackApi | undefined;
  const api = () => {
    const { settings, secrets } = open().ground;
    client ??= createApi(credentialsOf(settings, secrets), endpointsOf(settings));
    return client;
  };
  const locked = async <T>(act: () => Promise<T>): Promise<T> => {
    const onWait = () =>
      onProgress({ step: 'waiting', text: `another process works on ${places.dir}, waiting for it` });
    const lock = await lockMachine(lockName, { timeoutMs: lockTimeoutMs, signal, onWait });
    try {
      return await act();
    } finally {
      await lock.release();
    }
  };
  const computeOf = (host: string): { service: Service; runner: ServiceRunner } => {
    const { services, runner, ground } = open();
    const service = services.computes[host];
    if (service !== undefined) return { service, runner };
    throw new LabError(
      'not-found',
      `no compute ${host}; there are ${computesOf(ground.settings).join(', ')}`,
    );
  };

  return {
    dir: places.dir,
    up: () => locked(() => bringUp({ places, wishes: options, onProgress, signal })),
    down: ({ wipe = false } = {}) =>
      locked(async () => {
        const found = readSettings(places) !== undefined;
        if (!found) return { found, servicesEnded: 0, strays: 0 };
        const report = await takeDown(open(), onProgress);
        await labDown({ dir: places.guestLab, remove: wipe });
        if (wipe) wipeFolder(places);
        return { found, ...report };
      }),
    status: () => statusOf(places, readSettings(places) === undefined ? undefined : open()),
    computes: {
      kill: async host => {
        const { service, runner } = computeOf(host);
        await runner.kill(service.name);
      },
      start: async host => {
        const { service, runner } = computeOf(host);
        const sinceEpochMs = Date.now();
        if (!runner.start(service)) return;
        await runner.ready(service, signal);
        await waitForReports(api(), { hosts: [host], sinceEpochMs, timeoutMs: reportTimeoutMs, signal });
      },
    },
    boot: boot => bootServer(api(), boot),
    show: id => showServer(api(), id),
    remove: id => deleteServer(api(), id),
    endpoints: () => endpointsOf(open().ground.settings),
    credentials: who => credentialsOf(open().ground.settings, open().ground.secrets, who),
    api,
    guestHost: async host => {
      if (!open().ground.settings.kvmComputes.includes(host))
        throw new LabError('not-found', `${host} is no compute on libvirt`);
      return (await attachLab({ dir: places.guestLab })).host(host);
    },
    announceInstanceHa: async url => {
      const { settings } = open().ground;
      await ensureEndpoint(api(), { type: 'instance-ha', url, settings });
    },
    masakariMonitor: {
      start: async ({ host, apiUrl }) => {
        const { ground, mark, runner } = open();
        if (!ground.settings.kvmComputes.includes(host))
          throw new LabError('not-found', `${host} is no compute on libvirt`);
        await ensureEndpoint(api(), { type: 'instance-ha', url: apiUrl, settings: ground.settings });
        const service = masakariMonitor(ground, mark, host);
        const path = places.etc('masakarimonitors', `${host}.conf`);
        writeFiles([{ path, text: masakariMonitorConfiguration(ground, host) }]);
        runner.start(service);
        await runner.ready(service, signal);
      },
      stop: async host => {
        await open().runner.stop(masakariMonitorService(host), 8_000);
      },
    },
  };
}

/** Wave after wave: clients before what they talk to. Then whatever is left. */
async function takeDown(lab: OpenLab, onProgress: OnProgress): Promise<Omit<DownReport, 'found'>> {
  const known = new Map(inOrder(lab.services).map(service => [service.name, service]));
  const there = lab.runner.processes().map(({ name }) => name);
  const waveOf = (name: string) => known.get(name)?.wave ?? 1;
  let servicesEnded = 0;
  for (const wave of [1, 2, 3, 4]) {
    const names = there.filter(name => waveOf(name) === wave);
    const end = async (name: string) => {
      if (!(await lab.runner.stop(name, known.get(name)?.stopTimeoutMs ?? 8_000))) return;
      servicesEnded += 1;
      onProgress({ step: 'down', text: `ended ${name}` });
    };
    // Messages and data last of all, and each before what it stands on.
    if (wave === 4)
      for (const name of ['rabbitmq', 'epmd', 'mariadb'].filter(name => names.includes(name)))
        await end(name);
    else await together(...names.map(end));
  }
  return { servicesEnded, strays: await lab.runner.sweep() };
}
