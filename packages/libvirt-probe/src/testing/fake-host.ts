import type { Duplex } from 'node:stream';
import { connectLibvirt, type LibvirtConnection } from '@instance-ha/libvirt-rpc';
import {
  createFakeLibvirtd,
  createManualTimers,
  type FakeGuestSpec,
  type FakeLibvirtd,
  type FakeLibvirtdOptions,
  type ManualTimers,
} from '@instance-ha/libvirt-rpc/fake-server';
import type { Clock, GuestProbe, Logger, Metrics, ProbeSignal } from '@instance-ha/ports';
import type { Connect, LinkPurpose } from '../link.ts';
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
  /** How often each connection was made. */
  connects: Readonly<Record<LinkPurpose, number>>;
  /** Cuts the connection that is for this, and no other. */
  cut: (purpose: LinkPurpose) => void;
  uuid: (name: string) => string;
  /** The most pings that ever waited for libvirtd at once, as the wire sees them. */
  mostPings: () => number;
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
  let pings = 0;
  let mostPings = 0;
  const connects = { events: 0, pings: 0 };
  const streams: Partial<Record<LinkPurpose, Duplex>> = {};
  const connect: Connect = async (purpose, { signal }) => {
    connects[purpose] += 1;
    const open = async (): Promise<Duplex> => {
      const stream = await libvirtd.open();
      streams[purpose] = stream;
      return stream;
    };
    const connection = await connectLibvirt({ open, timers, signal, callTimeoutMs, keepalive });
    return interposed(libvirtd, connection, by => {
      pings += by;
      mostPings = Math.max(mostPings, pings);
    });
  };
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
    connects,
    cut: purpose => void streams[purpose]?.destroy(),
    uuid: name => libvirtd.guest(name).uuid,
    mostPings: () => mostPings,
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

/** Counts pings, and filters by persistence, which the fake daemon does not. */
function interposed(
  libvirtd: FakeLibvirtd,
  connection: LibvirtConnection,
  onPing: (by: 1 | -1) => void,
): LibvirtConnection {
  const listDomains = async (filter: { active?: boolean; persistent?: boolean }) => {
    const domains = await connection.listDomains(filter);
    return domains.filter(
      ({ uuid }) => !filter.persistent || libvirtd.guests.get(uuid)?.persistent !== false,
    );
  };
  const agentPing = (...args: Parameters<LibvirtConnection['agentPing']>): Promise<void> => {
    onPing(1);
    return connection.agentPing(...args).finally(() => onPing(-1));
  };
  const values = { listDomains: { value: listDomains }, agentPing: { value: agentPing } };
  return Object.create(connection, values) as LibvirtConnection;
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

/** Reads the signals of a probe as lines. */
export class Lines {
  readonly #host: FakeHost;
  readonly #stopped = new AbortController();
  readonly #signals: AsyncIterator<ProbeSignal>;
  readonly seen: ProbeSignal[] = [];

  constructor(host: FakeHost) {
    this.#host = host;
    this.#signals = host.probe.signals(this.#stopped.signal)[Symbol.asyncIterator]();
  }

  /** The next so many lines; time passes while they are waited for. */
  async read(count: number): Promise<string[]> {
    const lines: string[] = [];
    while (lines.length < count) {
      const next = await this.#host.during(this.#signals.next());
      if (next.done) break;
      this.seen.push(next.value);
      lines.push(line(this.#host, next.value));
    }
    return lines;
  }

  /** Reads up to the first line that is, or begins with, this one; answers with all of them. */
  async readTo(last: string): Promise<string[]> {
    const lines: string[] = [];
    while (!lines.at(-1)?.startsWith(last)) {
      const [read] = await this.read(1);
      if (read === undefined) throw new Error(`the signals ended before "${last}": ${lines.join(', ')}`);
      lines.push(read);
    }
    return lines;
  }

  stop(): Promise<IteratorResult<ProbeSignal>> {
    this.#stopped.abort();
    return this.#host.during(this.#signals.next());
  }
}
