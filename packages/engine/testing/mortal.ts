import { settle } from '@instance-ha/ports/fakes';
import type { EngineOptions } from '../src/index.ts';
import type { TestWorld } from './world.ts';

/**
 * A worker that dies at its Nth call of the outside world: `before` the call has any effect, or `after` it had and before
 * its answer arrives. A dead worker is frozen: no call of its ever answers again, no clock wakes it.
 */
export function mortal(
  world: TestWorld,
  death: { atCall: number; when: 'before' | 'after' },
): Pick<EngineOptions, 'stores' | 'control' | 'clock'> & { diedAtMs(): number | undefined; calls: string[] } {
  const calls: string[] = [];
  let diedAtMs: number | undefined;
  const never = (): Promise<never> => new Promise(() => {});
  const die = (): Promise<never> => {
    diedAtMs ??= world.clock.monotonicMs();
    return never();
  };

  /** The same object, each of its asynchronous calls a chance to die. */
  const guard = <T extends object>(name: string, target: T): T =>
    new Proxy(target, {
      get(object, key) {
        const member: unknown = Reflect.get(object, key);
        if (typeof member !== 'function') return member;
        return async (...told: unknown[]) => {
          if (diedAtMs !== undefined) return never();
          calls.push(`${name}.${String(key)}`);
          const fatal = calls.length === death.atCall;
          if (fatal && death.when === 'before') return die();
          const answer: unknown = await Reflect.apply(member, object, told);
          if (fatal) return die();
          return diedAtMs === undefined ? answer : never();
        };
      },
    });

  const { recoveries, rulings, guests, pause, changes } = world.stores;
  const alive = new AbortController();
  return {
    stores: {
      recoveries: guard('recoveries', recoveries),
      rulings: guard('rulings', rulings),
      guests: guard('guests', guests),
      pause: guard('pause', pause),
      changes: {
        ...changes,
        subscribe: (listener, signal) =>
          changes.subscribe(
            {
              onChange: change => diedAtMs === undefined && listener.onChange(change),
              onLost: () => diedAtMs === undefined && listener.onLost(),
            },
            AbortSignal.any([signal, alive.signal]),
          ),
      },
    },
    control: guard('control', world.control),
    clock: {
      monotonicMs: () => world.clock.monotonicMs(),
      wallMs: () => world.clock.wallMs(),
      sleep: async (ms, signal) => {
        await world.clock.sleep(ms, signal);
        if (diedAtMs !== undefined) await never();
      },
    },
    diedAtMs: () => diedAtMs,
    calls,
  };
}

export type Fate = {
  /** Undefined: the worker did all its work before it could die. */
  diedAtMs: number | undefined;
  /** The call it died in. */
  diedIn: string | undefined;
  endedAtMs: number;
  status: string;
  facts: string[];
  changes: string[];
};

/** One recovery whose worker dies in its Nth call, and is taken over by another one. */
export async function recoverWithDeath(options: {
  make: () => TestWorld;
  begin: (world: TestWorld) => ReturnType<TestWorld['crash']>;
  instanceUuid: string;
  death: { atCall: number; when: 'before' | 'after' };
}): Promise<Fate> {
  const world = options.make();
  const first = mortal(world, options.death);
  const record = await options.begin(world);
  world.start(first);
  await settle();
  world.start();
  await world.untilEnded();
  const { status, facts } = await world.get(record);
  const fate = {
    diedAtMs: first.diedAtMs(),
    diedIn: first.calls[options.death.atCall - 1],
    endedAtMs: world.clock.monotonicMs(),
    status,
    facts,
    changes: world.control.changes(options.instanceUuid),
  };
  await world.close();
  return fate;
}
