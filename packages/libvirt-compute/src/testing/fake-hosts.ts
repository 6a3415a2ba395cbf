import { connectLibvirt, type LibvirtConnection } from '@instance-ha/libvirt-rpc';
import {
  createFakeLibvirtd,
  createManualTimers,
  type FakeGuestSpec,
  type FakeLibvirtd,
  type ManualTimers,
} from '@instance-ha/libvirt-rpc/fake-server';
import type { Clock, InstanceControl, InstanceRef } from '@instance-ha/ports';
import type { ActOutcome, InstanceAct, InstanceSighting } from '@instance-ha/recovery';
import { createLibvirtControl } from '../control.ts';
import { quietLogger } from './quiet-logger.ts';

/** A control before fake libvirtds, in a time that stands still unless told otherwise. */
export type FakeHosts = {
  timers: ManualTimers;
  control: InstanceControl;
  libvirtd: (host?: string) => FakeLibvirtd;
  /** How often each host was connected to. */
  connects: ReadonlyMap<string, number>;
  ref: (name: string, host?: string) => InstanceRef;
  life: (name: string) => string | null;
  look: (name: string, told?: { timeoutMs?: number; host?: string }) => Promise<InstanceSighting>;
  act: (
    act: InstanceAct,
    name: string,
    told?: { life?: string | null; timeoutMs?: number; host?: string; signal?: AbortSignal },
  ) => Promise<ActOutcome>;
  /** Advances the time, 50 ms at a step, until `work` has settled. */
  during: <T>(work: Promise<T>) => Promise<T>;
  /** Runs once, after the next destroy and before anything else. */
  afterDestroy: (then: () => void) => void;
  close: () => Promise<void>;
};

export const clockOf = (timers: ManualTimers): Clock => ({
  monotonicMs: () => timers.nowMs(),
  wallMs: () => timers.nowMs(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = timers.setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        timers.clearTimeout(timer);
        reject(signal.reason);
      });
    }),
});

export function fakeHosts(
  guests: readonly FakeGuestSpec[],
  hostNames: readonly string[] = ['node1'],
): FakeHosts {
  const timers = createManualTimers(1_000);
  const libvirtds = new Map(
    hostNames.map(name => [name, createFakeLibvirtd({ guests, timers, hostname: name })]),
  );
  const connects = new Map<string, number>();
  const libvirtd = (host = 'node1'): FakeLibvirtd => {
    const found = libvirtds.get(host);
    if (!found) throw new RangeError(`there is no host ${host}`);
    return found;
  };
  const control = createLibvirtControl({
    connect: async (host, { signal }) => {
      connects.set(host, (connects.get(host) ?? 0) + 1);
      const keepalive = { intervalMs: 5_000, count: 2 };
      const connection = await connectLibvirt({
        open: () => libvirtd(host).open(),
        timers,
        signal,
        keepalive,
      });
      return interposed(connection);
    },
    clock: clockOf(timers),
    log: quietLogger,
  });
  let afterDestroy: (() => void) | undefined;
  const interposed = (connection: LibvirtConnection): LibvirtConnection =>
    Object.create(connection, {
      destroy: {
        value: async (...args: Parameters<LibvirtConnection['destroy']>) => {
          await connection.destroy(...args);
          afterDestroy?.();
          afterDestroy = undefined;
        },
      },
    }) as LibvirtConnection;
  const ref = (name: string, host = 'node1'): InstanceRef => ({
    instanceUuid: libvirtd(hostNames[0]).guests.get(name)?.uuid ?? uuidOf(libvirtd(hostNames[0]), name),
    host,
  });
  const life = (name: string): string | null => {
    const { id } = libvirtd().guest(name);
    return id < 0 ? null : String(id);
  };
  const during = async <T>(work: Promise<T>): Promise<T> => {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    work.then(settle, settle);
    await timers.settle();
    while (!settled) await timers.advance(50);
    return work;
  };
  const { signal } = new AbortController();
  return {
    timers,
    control,
    libvirtd,
    connects,
    ref,
    life,
    during,
    afterDestroy: then => {
      afterDestroy = then;
    },
    look: (name, told = {}) =>
      during(control.look(ref(name, told.host), { timeoutMs: told.timeoutMs ?? 5_000, signal })),
    act: (act, name, told = {}) =>
      during(
        control.act(act, ref(name, told.host), {
          life: told.life === undefined ? life(name) : told.life,
          timeoutMs: told.timeoutMs ?? 30_000,
          signal: told.signal ?? signal,
        }),
      ),
    close: async () => {
      await control.close();
      for (const one of libvirtds.values()) await one.close();
    },
  };
}

const uuidOf = (libvirtd: FakeLibvirtd, name: string): string =>
  [...libvirtd.guests.values()].find(guest => guest.name === name)?.uuid ?? unknownUuid;

export const unknownUuid = '99999999-9999-4999-8999-999999999999';
