import { connectLibvirt } from '@instance-ha/libvirt-rpc';
import {
  createFakeLibvirtd,
  createManualTimers,
  type FakeGuestSpec,
  type FakeLibvirtd,
  type FakeLibvirtdOptions,
  type ManualTimers,
} from '@instance-ha/libvirt-rpc/fake-server';
import type { Clock, GuestProbe, Logger, Metrics, ProbeSignal } from '@instance-ha/ports';
import type { Connect } from '../link.ts';
import { createLibvirtProbe, type LibvirtProbeOptions } from '../probe.ts';

/** Every line that was logged, as `level message`. */
export function recordingLogger(lines: string[]): Logger {
  const at = (level: string) => (_fields: object, message: string) => void lines.push(`${level} ${message}`);
  const logger: Logger = {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: () => logger,
  };
  return logger;
}

/** The value of every series, by `name{label=value}`; a histogram by its count. */
export function recordingMetrics(values: Map<string, number>): Metrics {
  const series = (name: string, labels: Record<string, string> = {}): string => {
    const pairs = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
    return pairs.length > 0 ? `${name}{${pairs.join()}}` : name;
  };
  const add = (key: string, by: number): void => void values.set(key, (values.get(key) ?? 0) + by);
  type Labels = Record<string, string>[];
  const metrics = {
    counter: ({ name }: { name: string }) => ({
      add: (count: number, ...[labels]: Labels) => add(series(name, labels), count),
    }),
    gauge: ({ name }: { name: string }) => ({
      set: (value: number, ...[labels]: Labels) => void values.set(series(name, labels), value),
    }),
    histogram: ({ name }: { name: string }) => ({
      observe: (_value: number, ...[labels]: Labels) => add(series(name, labels), 1),
    }),
  };
  return metrics as unknown as Metrics;
}

export const clockOf = (timers: ManualTimers): Clock => ({
  monotonicMs: () => timers.nowMs(),
  wallMs: () => timers.nowMs(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = (): void => {
        timers.clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = timers.setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
});

/** A probe before a fake libvirtd, in a time that stands still unless told otherwise. */
export type FakeHost = {
  timers: ManualTimers;
  libvirtd: FakeLibvirtd;
  probe: GuestProbe;
  metric: (series: string) => number;
  logged: readonly string[];
  /** Advances the time, 10 ms at a step, until `work` has settled. */
  during: <T>(work: Promise<T>) => Promise<T>;
  close: () => Promise<void>;
};

export function fakeHost(
  guests: readonly FakeGuestSpec[],
  options: {
    probe?: Partial<LibvirtProbeOptions>;
    libvirtd?: Partial<FakeLibvirtdOptions>;
    callTimeoutMs?: number;
    keepalive?: { intervalMs: number; count: number };
  } = {},
): FakeHost {
  const timers = createManualTimers(1_000);
  const libvirtd = createFakeLibvirtd({ guests, timers, ...options.libvirtd });
  const logged: string[] = [];
  const values = new Map<string, number>();
  const { callTimeoutMs = 10_000, keepalive = { intervalMs: 5_000, count: 2 } } = options;
  const connect: Connect = (_purpose, { signal }) =>
    connectLibvirt({ open: () => libvirtd.open(), timers, signal, callTimeoutMs, keepalive });
  const probe = createLibvirtProbe({
    connect,
    clock: clockOf(timers),
    log: recordingLogger(logged),
    metrics: recordingMetrics(values),
    random: () => 0,
    callTimeoutMs,
    ...options.probe,
  });
  return {
    timers,
    libvirtd,
    probe,
    logged,
    metric: series => values.get(series) ?? 0,
    during: async work => {
      let settled = false;
      const settle = (): void => {
        settled = true;
      };
      work.then(settle, settle);
      await timers.settle();
      while (!settled) await timers.advance(10);
      return work;
    },
    close: async () => {
      await probe.close();
      await libvirtd.close();
    },
  };
}

/** What a signal says, on one line: `guest-1 lifecycle stopped/failed`. */
export function line(host: FakeHost, seen: ProbeSignal): string {
  const { signal } = seen;
  if (!('instanceUuid' in seen)) return signal.type === 'blind' ? `blind: ${signal.cause}` : signal.type;
  const name = host.libvirtd.guests.get(seen.instanceUuid)?.name ?? seen.instanceUuid;
  switch (signal.type) {
    case 'lifecycle':
      return `${name} ${signal.event}/${signal.detail}`;
    case 'state':
      return `${name} is ${signal.state}/${signal.reason}`;
    case 'agent':
      return `${name} agent ${signal.state}/${signal.reason}`;
    case 'watchdog':
    case 'io-error':
      return `${name} ${signal.type} ${signal.action}`;
    case 'profile':
      return `${name} profile${signal.profile.agentChannel ? '' : ' without agent'}${signal.profile.persistent ? '' : ', transient'}`;
    case 'blind':
      return `${name} blind: ${signal.cause}`;
    default:
      return `${name} ${signal.type}`;
  }
}
