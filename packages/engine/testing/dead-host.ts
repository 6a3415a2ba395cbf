/** A segment of three hosts of which some have died, for stories about their recovery. */
import type { Clock, Stores } from '@instance-ha/ports';
import { type ScriptedHosts, scriptedHosts } from '@instance-ha/ports/fakes';
import type { EngineOptions } from '../src/index.ts';
import { TestWorld } from './world.ts';

const by = { initiator: { id: null, name: 'admin', project: null }, requestId: 'req-1' };
export const source = 'compute-1';

type Told = { reserved?: boolean; dead?: readonly string[] };

/** Three hosts, the first of which has died, or those that are told; so many instances on each of them. */
export async function deadHost(instances: number, options: Told = {}) {
  const world = new TestWorld();
  world.policy.host = { ...world.policy.host, hasControl: true };
  return { world, hosts: await hostsThatDied(world, { instances, ...options }) };
}

/** The same over any stores. */
export async function hostsThatDied(
  { clock, stores }: { clock: Clock; stores: Stores },
  { instances, dead = [source], reserved = false }: Told & { instances: number },
): Promise<ScriptedHosts> {
  const hosts = scriptedHosts({ clock, evacuateMs: 3000 });
  const { segments, hosts: books } = stores;
  const made = await segments.create(
    {
      name: 'rack',
      description: null,
      serviceType: 'compute',
      recoveryMethod: reserved ? 'reserved_host' : 'auto',
      enabled: true,
    },
    by,
  );
  if (!made.ok) throw new Error(made.why);
  for (const [index, name] of [source, 'compute-2', 'compute-3'].entries()) {
    hosts.hosts.set(name, {
      alive: !dead.includes(name),
      enabled: true,
      disabledReason: null,
      forcedDown: false,
    });
    await books.create(
      {
        uuid: `00000000-0000-4000-8000-00000000000${index + 1}`,
        name,
        segmentUuid: made.record.uuid,
        type: 'COMPUTE',
        reserved: reserved && name === 'compute-3',
        onMaintenance: false,
        sealedControlAttributes: '',
      },
      by,
    );
  }
  for (let n = 1; n <= instances * dead.length; n += 1) {
    const instanceUuid = `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;
    hosts.instances.set(instanceUuid, {
      instanceUuid,
      name: `vm-${n}`,
      vmState: 'active',
      taskState: null,
      running: true,
      locked: false,
      lockedReason: null,
      metadata: {},
      host: dead[(n - 1) % dead.length] ?? source,
    });
  }
  return hosts;
}

export const handsOn = (world: { stores: Stores }, hosts: ScriptedHosts): Partial<EngineOptions> => ({
  hosts: { control: hosts, stores: world.stores, failureWindowMs: () => 300_000 },
});

export async function fileDeath(
  world: { clock: Clock; stores: Stores },
  event: 'STOPPED' | 'STARTED' = 'STOPPED',
  host = source,
) {
  const at = new Date(world.clock.wallMs()).toISOString();
  const payload = {
    type: 'COMPUTE_HOST' as const,
    event,
    hostStatus: 'NORMAL' as const,
    clusterStatus: null,
  };
  const told = { incidentKey: `host/${host}/${event}/${at}`, host, faultAt: at, detectedAt: at };
  const { record } = await world.stores.notifications.file(
    { ...told, evidence: null, payload },
    { name: 'monitor' },
  );
  return record;
}

export const movesOf = async (world: { stores: Stores }, notificationUuid: string) =>
  (await world.stores.vmoves.list({ notificationUuid }, { limit: 100 })).map(({ status }) => status);

/** The same hands, which work and never answer again from their Nth call on. */
export function dyingAt(hosts: ScriptedHosts, atCall: number) {
  let calls = 0;
  let died = () => {};
  const guarded = new Proxy(hosts, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function' || key === 'close') return member;
      return async (...told: unknown[]) => {
        calls += 1;
        if (calls > atCall) return new Promise(() => {});
        const answer: unknown = await Reflect.apply(member, target, told);
        if (calls < atCall) return answer;
        died();
        return new Promise(() => {});
      };
    },
  });
  const onDeath = (then: () => void): void => {
    died = then;
  };
  return { hosts: guarded, onDeath };
}
