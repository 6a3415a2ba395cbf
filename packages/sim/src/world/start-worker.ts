import type { Config } from '@instance-ha/config';
import { runEngine } from '@instance-ha/engine';
import { createLibvirtControl } from '@instance-ha/libvirt-compute';
import { type LibvirtConnection, LibvirtError } from '@instance-ha/libvirt-rpc';
import type { Clock, InstanceControl, Stores } from '@instance-ha/ports';
import { recoveryPolicyOf, silentAfterMsOf } from './conf.ts';
import { connectTo } from './connect-to.ts';
import { type LogLine, logTo, noMetrics } from './log.ts';
import { Program } from './program.ts';
import { recoveriesToldOf, type ToldRecovery } from './told-recoveries.ts';
import { untilEnded } from './until-ended.ts';
import type { VirtualHost } from './virtual-host.ts';

/** One way between a worker and the database, and between a worker and a libvirtd. */
const databaseWayMs = 1;
const libvirtWayMs = 1;

export type WorkerTelling = {
  onLog: (line: LogLine) => void;
  onRecovery: (told: ToldRecovery) => void;
  /** The worker asks libvirt for this, now. */
  onAct: (act: 'destroy' | 'create', host: VirtualHost, uuid: string) => void;
  onEnd: (program: Program, error: unknown) => void;
};

/** Starts the real engine over the real libvirt control, wired as the worker's program wires them. */
export function startWorker(options: {
  name: string;
  stores: Stores;
  hosts: ReadonlyMap<string, VirtualHost>;
  clock: Clock;
  config: () => Config;
  telling: (program: Program) => WorkerTelling;
}): Program {
  const { name, stores, hosts, clock, config } = options;
  const program = new Program({ name, clock, wallAheadMs: () => 0 });
  const telling = options.telling(program);
  const log = logTo(line => {
    if (program.alive) telling.onLog(line);
  });
  const control: InstanceControl = createLibvirtControl({
    connect: async (hostName, { signal }) => {
      const host = hosts.get(hostName);
      if (!host) throw new LibvirtError({ code: 'connect-failed', message: `no host ${hostName}` });
      const { keepaliveIntervalMs: intervalMs, keepaliveCount: count } = config().libvirt;
      const connection = await connectTo(host, program, { signal, keepalive: { intervalMs, count } });
      return overTheNetwork({ connection, program, onAct: (act, uuid) => telling.onAct(act, host, uuid) });
    },
    clock: program.clock,
    log,
  });
  const way = { wayMs: databaseWayMs };
  const running = runEngine({
    workerName: name,
    stores: {
      recoveries: program.calling(recoveriesToldOf(stores.recoveries, telling.onRecovery), way),
      guests: program.calling(stores.guests, way),
      pause: program.calling(stores.pause, way),
      rulings: program.calling(stores.rulings, way),
      changes: {
        since: (...told) => program.call(() => stores.changes.since(...told), way),
        latestId: () => program.call(() => stores.changes.latestId(), way),
        subscribe: (listener, signal) => {
          const heard = {
            onChange: program.hearing(listener.onChange.bind(listener)),
            onLost: program.hearing<void>(() => listener.onLost()),
          };
          return program.call(() => stores.changes.subscribe(heard, signal), way);
        },
      },
    },
    control,
    processes: {
      stores: {
        segments: program.calling(stores.segments, way),
        hosts: program.calling(stores.hosts, way),
        notifications: program.calling(stores.notifications, way),
        actions: program.calling(stores.actions, way),
      },
    },
    policy: () => recoveryPolicyOf(config()),
    silentAfterMs: () => silentAfterMsOf(config()),
    clock: program.clock,
    log,
    metrics: noMetrics,
    signal: program.signal,
    concurrency: config().worker.concurrency,
    leaseMs: config().worker.leaseMs,
    pollMs: config().worker.pollIntervalMs,
  });
  void untilEnded(running, control, error => telling.onEnd(program, error));
  return program;
}

const asked: ReadonlySet<PropertyKey> = new Set<keyof LibvirtConnection>([
  'lookupByUuid',
  'domainState',
  'listDomains',
  'destroy',
  'create',
]);

/** The calls of a control, each with its way there and back, so that a worker can die on it. */
function overTheNetwork(options: {
  connection: LibvirtConnection;
  program: Program;
  onAct: (act: 'destroy' | 'create', uuid: string) => void;
}): LibvirtConnection {
  const { connection, program, onAct } = options;
  return new Proxy(connection, {
    get: (object, key) => {
      const member: unknown = Reflect.get(object, key);
      if (typeof member !== 'function' || !asked.has(key)) return member;
      return (...told: unknown[]) =>
        program.call(
          async () => {
            const [domain] = told as [{ uuid: string }];
            if (key === 'destroy' || key === 'create') onAct(key, domain.uuid);
            return (await Reflect.apply(member, object, told)) as unknown;
          },
          { wayMs: libvirtWayMs },
        );
    },
  });
}
