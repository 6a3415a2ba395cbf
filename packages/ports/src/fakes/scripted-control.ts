import type { ActOutcome, InstanceAct, InstanceSighting } from '@instance-ha/recovery';
import type { Clock } from '../clock.ts';
import type { InstanceControl, InstanceRef } from '../instance-control.ts';

type SeenInstance = Extract<InstanceSighting, { seen: 'instance' }>;

/**
 * One instance of the fake cloud. `life` counts its boots; `byOperator` tells whether somebody wished its state; `movedTo` is the host
 * it was evacuated to. `metadata` and `bootedAt` are what a cloud would tell, and are absent without one.
 */
export type ScriptedInstance = {
  state: SeenInstance['state'];
  life: number;
  byOperator: boolean;
  movedTo?: string;
  metadata?: Record<string, string>;
  bootedAt?: string;
};

/**
 * What one call does instead of the plain thing. `effect`: whether the act happens all the same, before the answer.
 *
 * | behaviour     | look                          | act                                             |
 * | ------------- | ----------------------------- | ----------------------------------------------- |
 * | `fail`        | `could-not-look`              | `failed`                                        |
 * | `refuse`      | –                             | `refused`, nothing happens                      |
 * | `hang`        | answers at no time            | answers at no time                              |
 * | `break`       | rejects, which no control may | rejects                                         |
 */
export type ScriptedBehaviour = {
  does?: 'fail' | 'refuse' | 'hang' | 'break';
  effect?: boolean;
  /** Instead of the usual time. */
  takesMs?: number;
};

/** One call as it was made, and what came of it. `changed`: the instance was touched. */
export type ScriptedCall = {
  call: 'look' | InstanceAct;
  instanceUuid: string;
  life: string | null;
  atMs: number;
  changed: boolean;
};

/** A fake cloud with real boots. Passes the instance control conformance suite. */
export type ScriptedControl = InstanceControl & {
  instances: Map<string, ScriptedInstance>;
  calls: ScriptedCall[];
  /** The next calls of this kind behave so, in this order; afterwards plainly again. */
  next(call: 'look' | InstanceAct, ...behaviours: ScriptedBehaviour[]): void;
  /** Called when an act has just happened and has not answered yet: the place to let a worker die. */
  onChanged: ((act: InstanceAct, instanceUuid: string) => void) | undefined;
  /** How often each act touched an instance. */
  changes(instanceUuid: string): InstanceAct[];
};

export type ScriptedControlOptions = {
  clock: Clock;
  /** How long a look and an act take; 1 and 100 by default. */
  lookMs?: number;
  actMs?: number;
  /** Whether boots have numbers, as libvirt's have and Nova's have not. */
  tellsLives?: boolean;
  /** Hosts that cannot be reached. */
  unreachable?: ReadonlySet<string>;
  /** Hosts that the cloud does not hear of: nothing can be asked of them, and evacuations from there go to `evacuateTo`. */
  silent?: ReadonlySet<string>;
  /** Absent: there is no other host. */
  evacuateTo?: string;
};

export function scriptedControl(options: ScriptedControlOptions): ScriptedControl {
  const {
    clock,
    lookMs = 1,
    actMs = 100,
    tellsLives = true,
    unreachable = new Set(),
    silent,
    evacuateTo,
  } = options;
  const instances = new Map<string, ScriptedInstance>();
  const calls: ScriptedCall[] = [];
  const scripts = new Map<string, ScriptedBehaviour[]>();

  const lifeOf = (instance: ScriptedInstance): string | null =>
    tellsLives && instance.state !== 'stopped' ? String(instance.life) : null;

  const sight = (ref: InstanceRef): InstanceSighting => {
    if (unreachable.has(ref.host)) return { seen: 'could-not-look', detail: `${ref.host} cannot be reached` };
    const instance = instances.get(ref.instanceUuid);
    if (!instance) return { seen: 'nothing', detail: `no instance ${ref.instanceUuid}` };
    const { state, byOperator, movedTo, metadata, bootedAt } = instance;
    if (movedTo !== undefined) return { seen: 'nothing', detail: `it is on ${movedTo}`, movedTo };
    const service = silent?.has(ref.host) ? 'down' : 'up';
    return {
      seen: 'instance',
      state,
      life: lifeOf(instance),
      byOperator,
      detail: state,
      ...(silent ? { hostService: service } : {}),
      ...(metadata ? { metadata } : {}),
      ...(bootedAt === undefined ? {} : { bootedAt }),
    };
  };

  const change = (
    act: InstanceAct,
    ref: InstanceRef,
    life: string | null,
  ): ActOutcome & { changed: boolean } => {
    const instance = instances.get(ref.instanceUuid);
    if (unreachable.has(ref.host)) return { ...failed(`${ref.host} cannot be reached`), changed: false };
    if (!instance) return { ...refused('no such instance'), changed: false };
    const isSilent = silent?.has(ref.host) ?? false;
    if (act === 'evacuate') {
      const result = evacuate(instance, { isSilent, to: evacuateTo });
      if (result.changed) control.onChanged?.(act, ref.instanceUuid);
      return result;
    }
    if (isSilent) return { ...failed(`${ref.host} is not heard of: nothing was asked`), changed: false };
    const result = apply(act, instance, { life, seenLife: lifeOf(instance), tellsLives });
    if (result.changed) control.onChanged?.(act, ref.instanceUuid);
    return result;
  };

  const control: ScriptedControl = {
    instances,
    calls,
    onChanged: undefined,
    next: (call, ...behaviours) => scripts.set(call, [...(scripts.get(call) ?? []), ...behaviours]),
    changes: uuid =>
      calls.flatMap(({ call, instanceUuid, changed }) =>
        changed && call !== 'look' && instanceUuid === uuid ? [call] : [],
      ),

    async look(ref, { timeoutMs, signal }) {
      const { does, takesMs = lookMs } = scripts.get('look')?.shift() ?? {};
      note('look', ref, null, clock.monotonicMs());
      if (!(await passes(does === 'hang' ? 'never' : takesMs, timeoutMs, signal)))
        return { seen: 'could-not-look', detail: `no answer within ${timeoutMs} ms` };
      if (does === 'break') throw new Error('the control broke');
      return does === 'fail' ? { seen: 'could-not-look', detail: 'told to fail' } : sight(ref);
    },

    async act(act, ref, { life, timeoutMs, signal }) {
      const { does, takesMs = actMs, effect = does === undefined } = scripts.get(act)?.shift() ?? {};
      signal.throwIfAborted();
      const made = note(act, ref, life, clock.monotonicMs());
      const result = effect ? change(act, ref, life) : undefined;
      made.changed = result?.changed ?? false;
      if (!(await passes(does === 'hang' ? 'never' : takesMs, timeoutMs, signal)))
        return failed(`no answer within ${timeoutMs} ms`);
      if (does === 'break') throw new Error('the control broke');
      if (does === 'refuse') return refused('told to refuse');
      if (does === 'fail' || !result) return failed('told to fail');
      return { outcome: result.outcome, detail: result.detail };
    },

    close: async () => {},
  };

  function note(
    call: ScriptedCall['call'],
    ref: InstanceRef,
    life: string | null,
    atMs: number,
  ): ScriptedCall {
    const made = { call, instanceUuid: ref.instanceUuid, life, atMs, changed: false };
    calls.push(made);
    return made;
  }

  /** False when the time for the answer is over first. */
  async function passes(takesMs: number | 'never', timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    // A hang heeds neither the time nor the signal: whoever calls must.
    if (takesMs === 'never') return new Promise(() => {});
    await clock.sleep(Math.min(takesMs, timeoutMs), signal);
    return takesMs <= timeoutMs;
  }

  return control;
}

function evacuate(
  instance: ScriptedInstance,
  { isSilent, to }: { isSilent: boolean; to: string | undefined },
): ActOutcome & { changed: boolean } {
  if (instance.movedTo !== undefined) return { ...done(`runs on ${instance.movedTo}`), changed: false };
  if (to === undefined) return { ...refused('there is no other host'), changed: false };
  if (!isSilent) return { ...failed('its host counts as up'), changed: false };
  Object.assign(instance, { state: 'running', byOperator: false, life: instance.life + 1, movedTo: to });
  return { ...done(`runs on ${to}`), changed: true };
}

function apply(
  act: Exclude<InstanceAct, 'evacuate'>,
  instance: ScriptedInstance,
  { life, seenLife, tellsLives }: { life: string | null; seenLife: string | null; tellsLives: boolean },
): ActOutcome & { changed: boolean } {
  const off = instance.state === 'stopped';
  if (act !== 'start' && !off && tellsLives && life !== seenLife)
    return { ...refused(`meant for life ${life}, and life ${seenLife} is there`), changed: false };
  switch (act) {
    case 'stop':
      if (off) return { ...done('is off'), changed: false };
      Object.assign(instance, { state: 'stopped', byOperator: true });
      return { ...done('was stopped'), changed: true };
    case 'start':
      if (instance.state === 'running') return { ...done('runs already'), changed: false };
      if (!off) return { ...refused(`is ${instance.state}: it must be stopped first`), changed: false };
      Object.assign(instance, { state: 'running', byOperator: false, life: instance.life + 1 });
      return { ...done(`runs as life ${instance.life}`), changed: true };
    case 'hard-reboot':
      Object.assign(instance, { state: 'running', byOperator: false, life: instance.life + 1 });
      return { ...done(`runs as life ${instance.life}`), changed: true };
  }
}

const done = (detail: string): ActOutcome => ({ outcome: 'done', detail });
const refused = (detail: string): ActOutcome => ({ outcome: 'refused', detail });
const failed = (detail: string): ActOutcome => ({ outcome: 'failed', detail });
