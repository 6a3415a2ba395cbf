import { LabError } from '@instance-ha/lab';

/** The ports of the lab, all on 127.0.0.1. Those of the APIs are upstream's; the others leave room for a RabbitMQ of the machine's own. */
export const defaultPorts = {
  keystone: 5000,
  nova: 8774,
  placement: 8778,
  glance: 9292,
  neutron: 9696,
  rabbitmq: 5673,
  'rabbitmq-distribution': 25_673,
  epmd: 4370,
} as const;

export type PortName = keyof typeof defaultPorts;
export type Ports = Record<PortName, number>;

/** What a lab is, decided at its first `up` and kept in its folder. */
export type Settings = {
  format: 1;
  ports: Ports;
  region: string;
  /** Hosts whose nova-compute has Nova's fake driver: it believes that every server runs. */
  fakeComputes: string[];
  /** Hosts whose nova-compute drives real guests on a private libvirtd. */
  kvmComputes: string[];
  /** Nova's `service_down_time`: how long it believes a silent nova-compute, in seconds. They report six times as often. */
  serviceDownTimeS: number;
};

export type Wishes = {
  ports?: Partial<Ports> | undefined;
  fakeComputes?: readonly string[] | undefined;
  kvmComputes?: readonly string[] | undefined;
  serviceDownTimeS?: number | undefined;
};

export const region = 'RegionOne';
const defaultFakeComputes = ['os-fake1', 'os-fake2', 'os-fake3'];
const computeLimit = 16;

/**
 * The settings for an `up` with `wishes`, given those of the lab that is there already. Computes are added to a lab and never
 * taken away; ports and times stay as they were made, and asking for others is `bad-argument`.
 */
export function settle(wishes: Wishes, known: Settings | undefined): Settings {
  const wished = Object.entries(wishes.ports ?? {}) as [PortName, number][];
  if (known !== undefined) {
    const other = wished.find(([name, port]) => known.ports[name] !== port);
    if (other)
      refuse(`port ${other[0]}: the lab has ${known.ports[other[0]]}, and ${other[1]} was asked for`);
    if ((wishes.serviceDownTimeS ?? known.serviceDownTimeS) !== known.serviceDownTimeS) {
      refuse(
        `serviceDownTimeS: the lab has ${known.serviceDownTimeS}, and ${wishes.serviceDownTimeS} was asked for`,
      );
    }
  }
  const settings: Settings = {
    format: 1,
    ports: known?.ports ?? { ...defaultPorts, ...wishes.ports },
    region,
    fakeComputes: union(known?.fakeComputes ?? [], wishes.fakeComputes ?? (known ? [] : defaultFakeComputes)),
    kvmComputes: union(known?.kvmComputes ?? [], wishes.kvmComputes ?? []),
    serviceDownTimeS: known?.serviceDownTimeS ?? wishes.serviceDownTimeS ?? 60,
  };
  check(settings);
  return settings;
}

/** All hosts of a lab, the fake ones first. */
export const computesOf = (settings: Settings) => [...settings.fakeComputes, ...settings.kvmComputes];

function check({ ports, fakeComputes, kvmComputes, serviceDownTimeS }: Settings): void {
  const users = new Map<number, string>();
  for (const [name, port] of Object.entries(ports)) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new LabError('bad-argument', `port ${name}: expected 1 to 65535, found ${port}`);
    const user = users.get(port);
    if (user !== undefined)
      throw new LabError('bad-argument', `port ${port} is given to ${user} and ${name}`);
    users.set(port, name);
  }
  const names = [...fakeComputes, ...kvmComputes];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new LabError('bad-argument', `compute ${twice} cannot be both fake and on libvirt`);
  const odd = names.find(name => !/^[a-z0-9][a-z0-9-]{0,19}$/.test(name));
  if (odd !== undefined) {
    throw new LabError('bad-argument', `compute "${odd}": expected 1 to 20 small letters, digits and "-"`);
  }
  if (names.length === 0 || names.length > computeLimit)
    throw new LabError('bad-argument', `expected 1 to ${computeLimit} computes, found ${names.length}`);
  if (!Number.isInteger(serviceDownTimeS) || serviceDownTimeS < 6 || serviceDownTimeS > 3600)
    throw new LabError('bad-argument', `serviceDownTimeS: expected 6 to 3600, found ${serviceDownTimeS}`);
}

function refuse(what: string): never {
  throw new LabError('bad-argument', `${what}: wipe the lab first, or use another folder`);
}

const union = (left: readonly string[], right: readonly string[]) => [...new Set([...left, ...right])];
