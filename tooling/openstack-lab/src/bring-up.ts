import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { createLab, ensureGuestImage, LabError } from '@instance-ha/lab';
import { createApi } from './api.ts';
import { endpointsOf, ensureCatalogue } from './catalogue.ts';
import { cloudsYaml, credentialsOf, envFile } from './client-files.ts';
import { configurationFiles, type Ground, guestLabUri, pipelineFiles } from './configuration.ts';
import { prepareFolder, readSettings, writeFiles } from './lab-folder.ts';
import type { OpenStackLabOptions } from './lab-options.ts';
import {
  ensureFlavor,
  ensureGuestImageIn,
  ensureTinyImage,
  guestFlavor,
  tinyFlavor,
  waitForHypervisors,
  waitForReports,
} from './objects.ts';
import { openLab } from './open-lab.ts';
import {
  clientPackages,
  ensurePackages,
  kvmPackages,
  masakariMonitorPackages,
  openStackPackages,
} from './packages.ts';
import type { Places } from './places.ts';
import type { OnProgress } from './progress.ts';
import { ensureSecrets } from './secrets.ts';
import { knock } from './service-runner.ts';
import type { Service } from './services.ts';
import { computesOf, type PortName, settle } from './settings.ts';
import { createSetup, refuseTakenPorts } from './setup.ts';
import { together } from './together.ts';

export type UpReport = {
  /** How long it took, in milliseconds; packages apart. */
  upMs: number;
  packagesMs: number;
  /** Names of the services that had to be started. */
  started: string[];
};

export type BringUp = {
  places: Places;
  wishes: OpenStackLabOptions;
  onProgress: OnProgress;
  signal: AbortSignal | undefined;
};

const reportTimeoutMs = 180_000;

/** Brings up what is missing of a lab. What has started when it throws stays, for the next `up` or for `down`. */
export async function bringUp(options: BringUp): Promise<UpReport> {
  const { places, wishes, signal } = options;
  refuseMachine();
  const known = readSettings(places);
  const settings = settle(wishes, known);
  if (settings.kvmComputes.length > 0) refuseHiddenFolder(places.dir);
  const packagesMs = await timed(() => installWishes(options, settings.kvmComputes.length > 0));
  signal?.throwIfAborted();

  const began = performance.now();
  prepareFolder(places);
  for (const host of computesOf(settings))
    mkdirSync(`${places.computeFolder(host)}/instances`, { recursive: true, mode: 0o700 });
  const ground: Ground = { settings, secrets: ensureSecrets(places.secrets), places };
  writeFiles([
    { path: places.settings, text: `${JSON.stringify(settings)}\n` },
    ...configurationFiles(ground),
    { path: places.cloudsYaml, text: cloudsYaml(settings, ground.secrets) },
    { path: places.envFile, text: envFile(credentialsOf(settings, ground.secrets)) },
  ]);
  for (const [from, to] of pipelineFiles(ground)) copyFileSync(from, to);
  const started = await startAll(options, ground);
  return { upMs: Math.round(performance.now() - began), packagesMs, started };
}

async function startAll({ wishes, onProgress, signal }: BringUp, ground: Ground) {
  const { settings } = ground;
  const { mark, services, runner } = openLab(ground);
  const setup = createSetup(ground, mark, signal);
  const started: string[] = [];

  const portsOf: [Service, PortName][] = [
    [services.keystone, 'keystone'],
    [services.placement, 'placement'],
    [services.glance, 'glance'],
    [services.novaApi, 'nova'],
    [services.network, 'neutron'],
    [services.messaging, 'rabbitmq'],
    [services.messaging, 'rabbitmq-distribution'],
    [services.portMapper, 'epmd'],
  ];
  const toBeTaken = portsOf
    .filter(([service]) => !runner.isRunning(service.name))
    .map(([, name]) => ({ name, port: settings.ports[name] }));
  await refuseTakenPorts(toBeTaken, port =>
    knock({ host: '127.0.0.1', port }).then(
      () => true,
      () => false,
    ),
  );

  const start = async (service: Service) => {
    signal?.throwIfAborted();
    if (runner.start(service)) {
      started.push(service.name);
      onProgress({ step: 'service', text: `starting ${service.name}` });
    }
    await runner.ready(service, signal);
  };
  const once = (name: string, text: string, act: () => Promise<void>) =>
    setup.once(name, () => {
      signal?.throwIfAborted();
      onProgress({ step: 'prepare', text });
      return act();
    });

  // The database and what needs only it; the queue and the network's stand-in meanwhile.
  const data = async () => {
    await once('database-installed', 'making a database server', setup.installDatabase);
    await start(services.database);
    await once('databases', 'making databases', setup.makeDatabases);
    await together(
      once('keystone', 'Keystone: schema, keys, administrator', setup.keystone).then(() =>
        start(services.keystone),
      ),
      once('nova', 'Nova: schemas and cell', setup.nova),
      once('placement', 'Placement: schema', setup.placement).then(() =>
        once('glance', 'Glance: schema', setup.glance),
      ),
    );
  };
  const messaging = async () => {
    await start(services.portMapper);
    await start(services.messaging);
  };
  const guests = async () => {
    if (settings.kvmComputes.length > 0) await guestHosts(ground, wishes, { onProgress, signal });
  };
  await together(data(), messaging(), start(services.network), guests());

  const api = createApi(credentialsOf(settings, ground.secrets), endpointsOf(settings));
  await once('catalogue', 'users and catalogue', () => ensureCatalogue(api, settings, ground.secrets));
  const sinceEpochMs = Date.now();
  const fresh = computesOf(settings).filter(host => {
    const service = services.computes[host];
    return service !== undefined && !runner.isRunning(service.name);
  });
  await together(
    ...[
      services.placement,
      services.glance,
      services.novaApi,
      services.novaConductor,
      services.novaScheduler,
    ].map(start),
    ...Object.values(services.computes).map(start),
  );

  if (fresh.length > 0) {
    onProgress({ step: 'compute', text: `waiting for the first reports of ${fresh.join(', ')}` });
    await waitForReports(api, { hosts: fresh, sinceEpochMs, timeoutMs: reportTimeoutMs, signal });
  }
  const hosts = computesOf(settings);
  await waitForHypervisors(api, { hosts, timeoutMs: reportTimeoutMs, signal });
  await once('objects', 'flavor and image', async () => {
    await ensureFlavor(api, { id: tinyFlavor, ram: 64, disk: 1 });
    await ensureTinyImage(api);
  });
  if (settings.kvmComputes.length > 0) {
    await once('guest-image', 'flavor and image of a real guest', async () => {
      await ensureFlavor(api, { id: guestFlavor, ram: 128, disk: 0 });
      const { folder } = await ensureGuestImage({ dir: `${ground.places.guestLab}/image` });
      await ensureGuestImageIn(api, folder);
    });
  }
  return started;
}

/** The private libvirtds under the computes that have one, with their packages and guest image. */
async function guestHosts(
  { settings, places }: Ground,
  { packages = 'install' }: OpenStackLabOptions,
  { onProgress, signal }: Pick<BringUp, 'onProgress' | 'signal'>,
): Promise<void> {
  const lab = await createLab({
    dir: places.guestLab,
    lifetime: 'detached',
    packages,
    onProgress: ({ text }) => onProgress({ step: 'guest', text }),
    ...(signal ? { signal } : {}),
  });
  for (const name of settings.kvmComputes) {
    const { uri } = await lab.host(name);
    if (uri === guestLabUri(places, name)) continue;
    throw new LabError('host-failed', `the libvirtd of ${name} is at ${uri}, not where nova-compute looks`);
  }
}

async function installWishes({ wishes, onProgress, signal }: BringUp, kvm: boolean): Promise<void> {
  const packages = {
    ...openStackPackages,
    ...(kvm ? kvmPackages : {}),
    ...(wishes.clients ? clientPackages : {}),
    ...(wishes.masakariMonitors ? masakariMonitorPackages : {}),
  };
  await ensurePackages({ packages, missing: wishes.packages ?? 'install', onProgress, signal });
}

function refuseMachine(): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    throw new LabError('not-possible', 'an OpenStack lab needs a Debian system, and root on it');
}

/** The hosts of the guest lab see folders of their own at /var and /run: a server's files there would be hidden from QEMU. */
function refuseHiddenFolder(dir: string): void {
  if (!/^\/(var|run)\//.test(dir)) return;
  throw new LabError('bad-argument', `${dir}: a lab with a compute on libvirt cannot lie below /var or /run`);
}

async function timed(act: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await act();
  return Math.round(performance.now() - began);
}
