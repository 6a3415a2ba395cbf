import { defaultGatePolicy, defaultGuestPolicy } from '@instance-ha/guest-health';
import type { FiledNotification, Logger, Metrics } from '@instance-ha/ports';
import {
  memoryReporter,
  memorySink,
  type ScriptedGuest,
  scriptedProbe,
  VirtualClock,
} from '@instance-ha/ports/fakes';
import type { NotificationSpool, PatrolOptions, PatrolPolicy, RecordFile } from '../options.ts';
import { runPatrol } from '../patrol.ts';
import type { TellingRule } from '../telling.ts';

/** A spool that loses what a crash would not lose: nothing. */
export function memorySpool(entryLimit = 100): NotificationSpool & { full: boolean; broken: boolean } {
  const entries = new Map<number, FiledNotification>();
  let sequence = 0;
  const spool = {
    full: false,
    broken: false,
    get depth() {
      return entries.size;
    },
    waiting: (limit: number) =>
      [...entries].slice(0, limit).map(([sequence, value]) => ({ sequence, value })),
    append: async (value: FiledNotification) => {
      if (spool.broken) throw new Error('no space left on device');
      if (spool.full || entries.size >= entryLimit) return 'full' as const;
      sequence += 1;
      entries.set(sequence, structuredClone(value));
      return sequence;
    },
    acknowledge: async (which: number) => void entries.delete(which),
  };
  return spool;
}

export function memoryRecord(): RecordFile & { saved: unknown; saves: number } {
  const file = {
    saved: undefined as unknown,
    saves: 0,
    load: async () => structuredClone(file.saved),
    save: async (record: unknown) => {
      file.saved = structuredClone(record);
      file.saves += 1;
    },
  };
  return file;
}

export const policy: PatrolPolicy = {
  guest: { ...defaultGuestPolicy, checkIntervalMs: 30_000, failureThreshold: 3 },
  gate: defaultGatePolicy,
  pingTimeoutMs: 5000,
  maxPingsInFlight: 4,
  reportIntervalMs: 10_000,
  recordIntervalMs: 60_000,
};

/** What each series stands at, by its name and labels; of a histogram the largest value. */
function memoryMetrics(): { metrics: Metrics; value: (series: string) => number } {
  const values = new Map<string, number>();
  const change =
    (name: string, next: (before: number, given: number) => number) =>
    (given: number, ...labels: object[]): void => {
      const series = [name, ...Object.values(labels[0] ?? {})].join(' ');
      values.set(series, next(values.get(series) ?? 0, given));
    };
  return {
    metrics: {
      counter: ({ name }) => ({ add: change(name, (before, given) => before + given) }),
      gauge: ({ name }) => ({ set: change(name, (_before, given) => given) }),
      histogram: ({ name }) => ({ observe: change(name, Math.max) }),
    },
    value: series => values.get(series) ?? 0,
  };
}

/** A patrol over a scripted host in virtual time, which a test can kill and start again. */
export function patrolStory(
  options: {
    guests?: string[];
    policy?: Partial<PatrolPolicy>;
    random?: () => number;
    telling?: TellingRule;
  } = {},
) {
  const clock = new VirtualClock();
  const probe = scriptedProbe({
    clock,
    guests: (options.guests ?? [uuid(1)]).map(instanceUuid => ({ instanceUuid })),
  });
  for (const guest of probe.guests.values()) giveCpu(guest, clock);
  const sink = memorySink();
  const reporter = memoryReporter();
  const spool = memorySpool();
  const record = memoryRecord();
  const { metrics, value } = memoryMetrics();
  const lines: string[] = [];
  const line = (fields: object, message: string): void =>
    void lines.push(message + (Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : ''));
  const log: Logger = {
    trace: () => {},
    debug: () => {},
    info: line,
    warn: line,
    error: line,
    fatal: line,
    child: () => log,
  };
  let stop = new AbortController();
  let running: Promise<void> | undefined;
  return {
    clock,
    probe,
    sink,
    reporter,
    spool,
    record,
    lines,
    /** Of a metric: `name label`. */
    value,
    start: (own: Pick<PatrolOptions, 'processes' | 'recordings'> = {}) => {
      stop = new AbortController();
      running = runPatrol({
        host: 'compute-1',
        session: 'session',
        version: '0.0.0',
        probe,
        sink,
        reporter,
        spool,
        record,
        policy: () => ({ ...policy, ...options.policy }),
        telling: options.telling,
        deliveryBackoff: { firstMs: 1000, maxMs: 8000 },
        clock,
        random: options.random ?? (() => 0.5),
        log,
        metrics,
        signal: stop.signal,
        ...own,
      });
    },
    /** SIGTERM. */
    stop: async () => {
      stop.abort(new Error('stopped'));
      await clock.runUntil(() => false, 0);
      await running;
    },
    filed: () =>
      sink.filed.map(
        ({ incidentKey, payload }) =>
          `${payload.type === 'COMPUTE_INSTANCE' ? payload.fault : payload.type} ${incidentKey}`,
      ),
    lastReport: () => reporter.reports.at(-1),
  };
}

/** The CPU time of an idle guest goes on by itself, 16 ms a second, until a test sets it. */
function giveCpu(guest: ScriptedGuest, clock: VirtualClock): void {
  let told: bigint | null | undefined;
  Object.defineProperty(guest, 'cpuTimeNs', {
    get: () => (told === undefined ? BigInt(Math.round(clock.monotonicMs() * 16_000)) : told),
    set: (value: bigint | null) => {
      told = value;
    },
  });
}

export const uuid = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
