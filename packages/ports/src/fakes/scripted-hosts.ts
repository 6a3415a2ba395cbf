import type {
  ActOutcome,
  Evacuation,
  EvacuationAnswer,
  Evacuations,
  HostAct,
  HostInstance,
  HostInstances,
  HostSighting,
} from '@instance-ha/recovery';
import type { Clock } from '../clock.ts';
import type { HostControl, HostControlLimits } from '../host-control.ts';

/** One host of the fake cloud. `alive`: its compute service reports; the cloud notices its death only by `forcedDown`. */
export type ScriptedHost = {
  alive: boolean;
  enabled: boolean;
  disabledReason: string | null;
  forcedDown: boolean;
};
export type ScriptedHosted = HostInstance & { host: string };
export type ScriptedHostCall = keyof Omit<HostControl, 'close'>;

/** What one call does instead of the plain thing: `hang` answers at no time, `fail` as if the cloud were away. */
export type ScriptedHostBehaviour = { does: 'fail' | 'hang'; effect?: boolean } | { takesMs: number };

/** How the next evacuation of an instance goes. `never`: it is accepted and does not end. */
export type ScriptedEvacuation = { ends: 'moved' | 'failed' | 'never'; takesMs?: number };

export type ScriptedHosts = HostControl & {
  hosts: Map<string, ScriptedHost>;
  instances: Map<string, ScriptedHosted>;
  /** The newest first. */
  evacuations: (Evacuation & { sourceHost: string })[];
  /** Every call that was made, in order: `act put-out-of-service node1`, `evacuate <uuid>`. */
  calls: string[];
  /** The next calls of this kind behave so, in this order; afterwards plainly again. */
  next(call: ScriptedHostCall, ...behaviours: ScriptedHostBehaviour[]): void;
  nextEvacuation(instanceUuid: string, ...scripts: ScriptedEvacuation[]): void;
  /** Its compute service starts again and clears the remains. */
  restartHost(host: string): void;
};

export type ScriptedHostsOptions = {
  clock: Clock;
  /** How long a call takes, and an evacuation; 1 and 1 000 by default. */
  callMs?: number;
  evacuateMs?: number;
};

/** A fake cloud of hosts, with Nova's rules. Time passes by the clock alone. Passes the host control conformance suite. */
export function scriptedHosts(options: ScriptedHostsOptions): ScriptedHosts {
  const { clock, callMs = 1, evacuateMs = 1_000 } = options;
  const hosts = new Map<string, ScriptedHost>();
  const instances = new Map<string, ScriptedHosted>();
  const evacuations: (Evacuation & { sourceHost: string })[] = [];
  const calls: string[] = [];
  const scripts = new Map<ScriptedHostCall, ScriptedHostBehaviour[]>();
  const journeys = new Map<string, ScriptedEvacuation[]>();
  const arrivals: { atMs: number; arrive: () => void }[] = [];

  const now = (): string => new Date(clock.wallMs()).toISOString();
  const isUp = ({ alive, forcedDown }: ScriptedHost): boolean => alive && !forcedDown;

  /** A compute service that is alive reports every 10 s; of one that is not, the last report that was seen stays. */
  const lastReports = new Map<string, string>();
  function reportOf(name: string, { alive }: ScriptedHost): string | null {
    if (alive)
      lastReports.set(name, new Date(Math.floor(clock.wallMs() / reportMs) * reportMs).toISOString());
    return lastReports.get(name) ?? null;
  }

  /** What has come about since the last call. */
  function catchUp(): void {
    const due = arrivals.filter(({ atMs }) => atMs <= clock.monotonicMs());
    for (const arrival of due) {
      arrivals.splice(arrivals.indexOf(arrival), 1);
      arrival.arrive();
    }
  }

  /** One call: its time, its script, and `away` for one that finds no cloud. */
  async function call<T>(
    told: { name: ScriptedHostCall; what: string },
    limits: HostControlLimits,
    work: () => T,
    away: (detail: string) => T,
  ): Promise<T> {
    limits.signal.throwIfAborted();
    calls.push(`${told.name} ${told.what}`);
    const script = scripts.get(told.name)?.shift();
    const does = script && 'does' in script ? script : undefined;
    const takesMs = script && 'takesMs' in script ? script.takesMs : callMs;
    // A hang heeds neither the time nor the signal: whoever calls must.
    if (does?.does === 'hang') return new Promise(() => {});
    await clock.sleep(Math.min(takesMs, limits.timeoutMs), limits.signal);
    if (takesMs > limits.timeoutMs) return away(`no answer within ${limits.timeoutMs} ms`);
    catchUp();
    if (does?.does !== 'fail') return work();
    if (does.effect) work();
    return away('told to fail');
  }

  const onInstance = (
    name: 'lock' | 'resetState' | 'restore',
    instanceUuid: string,
    limits: HostControlLimits,
    work: (instance: ScriptedHosted) => string,
  ): Promise<ActOutcome> =>
    call<ActOutcome>(
      { name, what: instanceUuid },
      limits,
      () => {
        const instance = instances.get(instanceUuid);
        return instance ? done(work(instance)) : refused(`no instance ${instanceUuid}`);
      },
      failed,
    );

  function begin(instance: ScriptedHosted, target: string | null): void {
    const { ends, takesMs = evacuateMs } = journeys.get(instance.instanceUuid)?.shift() ?? { ends: 'moved' };
    const evacuation: (typeof evacuations)[number] = {
      uuid: `evacuation-${evacuations.length + 1}`,
      instanceUuid: instance.instanceUuid,
      sourceHost: instance.host,
      progress: 'running',
      status: 'accepted',
      targetHost: target,
      startedAt: now(),
      updatedAt: null,
    };
    evacuations.unshift(evacuation);
    instance.taskState = 'rebuilding';
    const arrive = (): void => {
      const fit = [...hosts].find(
        ([name, host]) =>
          host.enabled && isUp(host) && name !== evacuation.sourceHost && (target ?? name) === name,
      );
      const moved = ends === 'moved' && fit !== undefined;
      Object.assign(evacuation, {
        progress: moved ? 'moved' : 'failed',
        status: moved ? 'done' : 'error',
        targetHost: moved ? fit[0] : target,
        updatedAt: now(),
      });
      Object.assign(instance, { taskState: null }, moved ? { host: fit[0] } : { vmState: 'error' });
      if (moved && instance.vmState === 'error')
        Object.assign(instance, { vmState: 'active', running: true });
    };
    if (ends !== 'never') arrivals.push({ atMs: clock.monotonicMs() + takesMs, arrive });
  }

  return {
    hosts,
    instances,
    evacuations,
    calls,
    next: (name, ...behaviours) => void scripts.set(name, [...(scripts.get(name) ?? []), ...behaviours]),
    nextEvacuation: (uuid, ...told) => void journeys.set(uuid, [...(journeys.get(uuid) ?? []), ...told]),
    restartHost: name => {
      Object.assign(hosts.get(name) ?? {}, { alive: true });
      for (const one of evacuations)
        if (one.sourceHost === name && one.progress === 'moved')
          Object.assign(one, { progress: 'cleared', status: 'completed', updatedAt: now() });
    },

    look: async (name, limits) =>
      call<HostSighting>(
        { name: 'look', what: name },
        limits,
        () => {
          const host = hosts.get(name);
          if (!host) return { seen: 'nothing', detail: `no host ${name}` };
          const { enabled, disabledReason, forcedDown } = host;
          const up = isUp(host);
          const detail = up ? 'up' : 'down';
          return {
            seen: 'host',
            up,
            enabled,
            disabledReason,
            forcedDown,
            detail,
            reportedAt: reportOf(name, host),
          };
        },
        detail => ({ seen: 'could-not-look', detail }),
      ),

    act: async (act, name, { reason, ...limits }) =>
      call<ActOutcome>(
        { name: 'act', what: `${act} ${name}` },
        limits,
        () => {
          const host = hosts.get(name);
          if (!host) return refused(`no host ${name}`);
          const unclear = evacuations.some(one => one.sourceHost === name && one.progress === 'moved');
          if (act === 'allow-up' && host.forcedDown && unclear)
            return failed('the remains of its evacuations are not cleared');
          Object.assign(host, changes[act](host, reason));
          return done(act);
        },
        failed,
      ),

    instancesOf: async (name, limits) =>
      call<HostInstances>(
        { name: 'instancesOf', what: name },
        limits,
        () => ({
          listed: true,
          instances: [...instances.values()]
            .filter(one => one.host === name)
            .map(({ host: _host, ...one }): HostInstance => ({ ...one })),
        }),
        detail => ({ listed: false, detail }),
      ),

    evacuate: async (ref, { target, ...limits }) =>
      call<EvacuationAnswer>(
        { name: 'evacuate', what: target === null ? ref.instanceUuid : `${ref.instanceUuid} to ${target}` },
        limits,
        () => {
          const instance = instances.get(ref.instanceUuid);
          if (!instance) return told('no-such-instance', `no instance ${ref.instanceUuid}`);
          if (instance.host !== ref.host) return told('moved', `it is on ${instance.host}`);
          if (instance.taskState === 'rebuilding') return told('under-way', 'it is evacuated already');
          const source = hosts.get(ref.host);
          if (source && isUp(source)) return told('source-in-use', `${ref.host} is still in use`);
          if (target !== null && !hosts.has(target)) return told('no-such-target', `no host ${target}`);
          if (!['active', 'stopped', 'error'].includes(instance.vmState))
            return told('refused', `it is ${instance.vmState}`);
          begin(instance, target);
          return told('accepted', 'accepted');
        },
        detail => told('in-doubt', detail),
      ),

    evacuationsFrom: async (name, { since, ...limits }) =>
      call<Evacuations>(
        { name: 'evacuationsFrom', what: name },
        limits,
        () => ({
          listed: true,
          evacuations: evacuations
            .filter(one => one.sourceHost === name)
            .filter(one => since === null || Date.parse(one.updatedAt ?? one.startedAt) >= since.getTime())
            .map(({ sourceHost: _host, ...one }): Evacuation => ({ ...one })),
        }),
        detail => ({ listed: false, detail }),
      ),

    lock: async (uuid, { reason, ...limits }) =>
      onInstance('lock', uuid, limits, instance => {
        if (!instance.locked) Object.assign(instance, { locked: true, lockedReason: reason });
        return 'is locked';
      }),

    resetState: async (uuid, { state, ...limits }) =>
      onInstance('resetState', uuid, limits, instance => {
        Object.assign(instance, { vmState: state, taskState: null });
        return `is ${state}`;
      }),

    restore: async (uuid, { running, locked, ...limits }) =>
      onInstance('restore', uuid, limits, instance => {
        if (running !== undefined)
          Object.assign(instance, { running, vmState: running ? 'active' : 'stopped' });
        if (locked !== undefined && locked !== instance.locked)
          Object.assign(instance, { locked, lockedReason: null });
        return 'is as it was';
      }),

    close: async () => {},
  };
}

const reportMs = 10_000;

const changes: Record<HostAct, (host: ScriptedHost, reason: string) => Partial<ScriptedHost>> = {
  'put-out-of-service': ({ enabled, disabledReason }, reason) => ({
    enabled: false,
    forcedDown: true,
    disabledReason: enabled ? reason : disabledReason,
  }),
  'allow-up': () => ({ forcedDown: false }),
  enable: () => ({ enabled: true, disabledReason: null }),
  disable: ({ enabled, disabledReason }, reason) => ({
    enabled: false,
    disabledReason: enabled ? reason : disabledReason,
  }),
};

const done = (detail: string): ActOutcome => ({ outcome: 'done', detail });
const refused = (detail: string): ActOutcome => ({ outcome: 'refused', detail });
const failed = (detail: string): ActOutcome => ({ outcome: 'failed', detail });
const told = (answer: EvacuationAnswer['answer'], detail: string): EvacuationAnswer => ({ answer, detail });
