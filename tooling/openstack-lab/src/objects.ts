/** What is in the lab's cloud from the start: flavors and images; and how servers come and go. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '@instance-ha/lab';
import { waitUntil } from '@instance-ha/lab/tools';
import type { OpenStackApi } from './api.ts';

/** For the fake computes: the least there can be. */
export const tinyFlavor = 'os-tiny';
export const tinyImage = 'os-img';
/** For computes on libvirt: the guest of the guest lab, which answers the guest agent. */
export const guestFlavor = 'os-guest';
export const guestImage = 'os-guest';

export async function ensureFlavor(
  api: OpenStackApi,
  flavor: { id: string; ram: number; disk: number },
): Promise<void> {
  const path = '/flavors';
  const { flavors } = await api.call<{ flavors: { id: string }[] }>('compute', { path });
  if (flavors.some(({ id }) => id === flavor.id)) return;
  const body = { flavor: { name: flavor.id, vcpus: 1, ...flavor } };
  await api.call('compute', { method: 'POST', path, body });
}

type ImageWish = {
  name: string;
  format: 'raw' | 'aki' | 'ari';
  properties?: Record<string, string>;
  bytes: () => Uint8Array<ArrayBuffer>;
};

/** The id of the image of that name, uploaded when there is none that is complete. */
export async function ensureImage(api: OpenStackApi, wish: ImageWish): Promise<string> {
  type Image = { id: string; status: string };
  const path = `/v2/images?name=${encodeURIComponent(wish.name)}`;
  const { images } = await api.call<{ images: Image[] }>('image', { path });
  for (const image of images) {
    if (image.status === 'active') return image.id;
    await api.call('image', { method: 'DELETE', path: `/v2/images/${image.id}` }); // an upload that broke off
  }
  const container = wish.format === 'raw' ? 'bare' : wish.format;
  const made = await api.call<Image>('image', {
    method: 'POST',
    path: '/v2/images',
    body: {
      name: wish.name,
      disk_format: wish.format,
      container_format: container,
      visibility: 'public',
      ...wish.properties,
    },
  });
  await api.call('image', {
    method: 'PUT',
    path: `/v2/images/${made.id}/file`,
    bytes: wish.bytes(),
    timeoutMs: 180_000,
  });
  return made.id;
}

/** An empty disk: a fake compute does not look at it, and a real guest boots from its kernel. */
const emptyDisk = () => new Uint8Array(1024 * 1024);

export async function ensureTinyImage(api: OpenStackApi): Promise<void> {
  await ensureImage(api, { name: tinyImage, format: 'raw', bytes: emptyDisk });
}

/**
 * The guest lab's guest as an image of Glance: its kernel and initramfs as kernel and ramdisk images, and an empty disk that
 * names them. `hw_qemu_guest_agent` makes Nova give it the agent's channel.
 */
export async function ensureGuestImageIn(api: OpenStackApi, folder: string): Promise<void> {
  const file = (name: string) => () => new Uint8Array(readFileSync(join(folder, name)));
  const kernel = await ensureImage(api, {
    name: `${guestImage}-kernel`,
    format: 'aki',
    bytes: file('vmlinux'),
  });
  const ramdisk = await ensureImage(api, {
    name: `${guestImage}-ramdisk`,
    format: 'ari',
    bytes: file('initrd'),
  });
  await ensureImage(api, {
    name: guestImage,
    format: 'raw',
    bytes: emptyDisk,
    properties: {
      kernel_id: kernel,
      ramdisk_id: ramdisk,
      hw_qemu_guest_agent: 'yes',
      os_command_line:
        'console=ttyS0 quiet panic=0 nokaslr mitigations=off random.trust_cpu=on tsc=reliable 8250.nr_uarts=1',
    },
  });
}

/** A server as Nova shows it; attributes it shows besides are left as they are. */
export type Server = {
  id: string;
  name: string;
  status: string;
  metadata: Record<string, string>;
  fault?: { message: string };
  'OS-EXT-SRV-ATTR:host': string | null;
  'OS-EXT-STS:vm_state': string;
};

export type BootOptions = {
  name: string;
  /** A compute; default: where Nova's scheduler wants. */
  host?: string;
  flavor?: string;
  /** Name of an image. */
  image?: string;
  metadata?: Record<string, string>;
  timeoutMs?: number;
  signal?: AbortSignal;
};

/** Boots a server without network and waits until it is ACTIVE. Throws `guest-failed` with Nova's fault when it is not. */
export async function bootServer(api: OpenStackApi, options: BootOptions): Promise<Server> {
  const { name, host, flavor = tinyFlavor, image = tinyImage, metadata = {}, signal } = options;
  const { images } = await api.call<{ images: { id: string }[] }>('image', {
    path: `/v2/images?name=${encodeURIComponent(image)}`,
  });
  if (images[0] === undefined) throw new LabError('not-found', `there is no image "${image}"`);
  const server = {
    name,
    flavorRef: flavor,
    imageRef: images[0].id,
    networks: 'none',
    metadata,
    ...(host === undefined ? {} : { host }),
  };
  const made = await api.call<{ server: { id: string } }>('compute', {
    method: 'POST',
    path: '/servers',
    body: { server },
    microversion: '2.74',
    signal,
  });
  const booted = async () => {
    const seen = await showServer(api, made.server.id);
    return seen.status === 'ACTIVE' || seen.status === 'ERROR' ? seen : undefined;
  };
  const limits = { timeoutMs: options.timeoutMs ?? 120_000, everyMs: 300, signal };
  const seen = await waitUntil(`server ${name} becoming ACTIVE`, booted, limits);
  if (seen.status === 'ACTIVE') return seen;
  throw new LabError('guest-failed', `server ${name} is in ERROR: ${seen.fault?.message ?? 'no fault told'}`);
}

export async function showServer(api: OpenStackApi, id: string): Promise<Server> {
  const path = `/servers/${id}`;
  return (await api.call<{ server: Server }>('compute', { path, microversion: '2.90' })).server;
}

/** Deletes a server and waits until Nova knows it no more. */
export async function deleteServer(api: OpenStackApi, id: string): Promise<void> {
  await api.call('compute', { method: 'DELETE', path: `/servers/${id}` });
  const gone = async () => {
    const path = `/servers/detail?all_tenants=true&uuid=${id}`;
    const { servers } = await api.call<{ servers: unknown[] }>('compute', { path });
    return servers.length === 0 ? true : undefined;
  };
  await waitUntil(`the end of server ${id}`, gone, { timeoutMs: 120_000, everyMs: 300 });
}

/** A nova-compute service as Nova lists it (microversion 2.53: `id` is a UUID). */
export type ComputeService = {
  id: string;
  host: string;
  state: 'up' | 'down';
  status: 'enabled' | 'disabled';
  forced_down: boolean;
  /** UTC without a zone; null before the first report. */
  updated_at: string | null;
};

export async function listComputeServices(
  api: OpenStackApi,
  signal?: AbortSignal,
): Promise<ComputeService[]> {
  const { services } = await api.call<{ services: ComputeService[] }>('compute', {
    path: '/os-services?binary=nova-compute',
    microversion: '2.53',
    signal,
  });
  return services;
}

/** Waits until each of `hosts` has reported to Nova at or after `sinceEpochMs`. */
export async function waitForReports(
  api: OpenStackApi,
  options: {
    hosts: readonly string[];
    sinceEpochMs: number;
    timeoutMs: number;
    signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const sinceS = Math.floor(options.sinceEpochMs / 1000);
  let silent: string[] = [...options.hosts];
  const look = async () => {
    const services = await listComputeServices(api, options.signal);
    const heard = services.filter(
      ({ updated_at }) => updated_at !== null && Date.parse(`${updated_at}Z`) / 1000 >= sinceS,
    );
    const names = new Set(heard.map(({ host }) => host));
    silent = options.hosts.filter(host => !names.has(host));
    if (silent.length > 0) throw new LabError('host-failed', `silent: ${silent.join(', ')}`);
    return true;
  };
  const what = `a report of nova-compute on ${options.hosts.join(', ')}`;
  await waitUntil(what, look, { timeoutMs: options.timeoutMs, everyMs: 300, signal: options.signal });
}

/** Waits until Nova's scheduler can place servers on each of `hosts`: it looks for new ones every few seconds by itself. */
export async function waitForHypervisors(
  api: OpenStackApi,
  options: { hosts: readonly string[]; timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<void> {
  const look = async () => {
    const { hypervisors } = await api.call<{ hypervisors: { service: { host: string } }[] }>('compute', {
      path: '/os-hypervisors/detail',
      microversion: '2.53',
      signal: options.signal,
    });
    const known = new Set(hypervisors.map(({ service }) => service.host));
    const unknown = options.hosts.filter(host => !known.has(host));
    if (unknown.length > 0) throw new LabError('host-failed', `unknown to the cell: ${unknown.join(', ')}`);
    return true;
  };
  const what = `the cell knowing ${options.hosts.join(', ')}`;
  await waitUntil(what, look, { timeoutMs: options.timeoutMs, everyMs: 300, signal: options.signal });
}
