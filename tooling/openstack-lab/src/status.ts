import type { Endpoints } from './api.ts';
import { endpointsOf } from './catalogue.ts';
import { credentialsOf } from './client-files.ts';
import { groupMemoryMiB } from './memory.ts';
import type { OpenLab } from './open-lab.ts';
import type { Places } from './places.ts';
import { computeService, inOrder } from './services.ts';
import { computesOf } from './settings.ts';

/** What a lab is and what of it runs, from its folder and the kernel; no API is asked. Holds no secret. */
export type LabStatus = {
  /** `absent`: no lab in the folder. `partly`: some services do not run, such as a compute that was killed. */
  state: 'up' | 'partly' | 'down' | 'absent';
  dir: string;
  endpoints?: Endpoints;
  auth?: {
    authUrl: string;
    username: string;
    projectName: string;
    userDomainName: string;
    projectDomainName: string;
    regionName: string;
    /** Files for clients; these hold the passwords. */
    cloudsYaml: string;
    cloud: string;
    envFile: string;
  };
  computes: { host: string; driver: 'fake' | 'libvirt'; pid: number | undefined }[];
  services: { name: string; pid: number | undefined; memoryMiB: number }[];
  /** Of all services together, shared pages counted once. */
  memoryMiB: number;
};

export function statusOf(places: Places, lab: OpenLab | undefined): LabStatus {
  if (lab === undefined)
    return { state: 'absent', dir: places.dir, computes: [], services: [], memoryMiB: 0 };
  const { settings, secrets } = lab.ground;
  const alive = new Map(
    lab.runner.processes().flatMap(({ name, pid, alive }) => (alive ? [[name, pid]] : [])),
  );
  const expected = inOrder(lab.services).map(({ name }) => name);
  const names = [...new Set([...expected, ...alive.keys()])];
  const services = names.map(name => {
    const pid = alive.get(name);
    return { name, pid, memoryMiB: pid === undefined ? 0 : groupMemoryMiB(pid) };
  });
  const { password: _, ...auth } = credentialsOf(settings, secrets);
  return {
    state: alive.size === 0 ? 'down' : expected.every(name => alive.has(name)) ? 'up' : 'partly',
    dir: places.dir,
    endpoints: endpointsOf(settings),
    auth: { ...auth, cloudsYaml: places.cloudsYaml, cloud: 'oslab', envFile: places.envFile },
    computes: computesOf(settings).map(host => ({
      host,
      driver: settings.kvmComputes.includes(host) ? 'libvirt' : 'fake',
      pid: alive.get(computeService(host)),
    })),
    services,
    memoryMiB: services.reduce((sum, service) => sum + service.memoryMiB, 0),
  };
}

/** The same for a person. */
export function describeStatus(status: LabStatus): string {
  const { state, dir, endpoints, auth } = status;
  if (endpoints === undefined || auth === undefined) return `no OpenStack lab in ${dir}\n`;
  const line = (name: string, value: string) => `  ${name.padEnd(26)} ${value}\n`;
  const services = status.services.map(({ name, pid, memoryMiB }) =>
    line(name, pid === undefined ? 'not running' : `pid ${pid}, ${memoryMiB} MiB`),
  );
  const urls = Object.entries(endpoints).map(([type, url]) => line(type, url));
  return (
    `OpenStack lab in ${dir}: ${state}, ${status.memoryMiB} MiB\n` +
    `${services.join('')}${urls.join('')}` +
    `Clients: . ${auth.envFile}, or OS_CLIENT_CONFIG_FILE=${auth.cloudsYaml} and OS_CLOUD=${auth.cloud}\n`
  );
}
