import type { Logger, Metrics } from '@instance-ha/ports';
import {
  type MemoryStores,
  memoryStores,
  type ScriptedControl,
  type ScriptedControlOptions,
  scriptedControl,
  VirtualClock,
} from '@instance-ha/ports/fakes';
import type { RecoveryPolicy } from '@instance-ha/recovery';
import { type EngineOptions, runEngine } from '../src/index.ts';
import { Cloud } from './cloud.ts';

export { uuidOf } from './cloud.ts';

export const policy: RecoveryPolicy = {
  mode: 'act',
  method: 'auto',
  allowEvacuate: false,
  processAllInstances: true,
  haEnabledKey: 'HA_Enabled',
  recoverIgnoringErrorInstances: false,
  budget: { restarts: 3, windowMs: 3_600_000 },
  actTimeoutMs: 30_000,
  heartbeatWaitMs: 120_000,
  nobodyListensMs: 60_000,
  attemptLimit: 3,
  retryMs: 500,
  expiryMs: 86_400_000,
  host: {
    hasControl: false,
    evacuateAllInstances: true,
    haEnabledKey: 'HA_Enabled',
    ignoreInstancesInErrorState: false,
    failureRatio: 0.5,
    maxHostsAtOnce: 3,
    concurrencyFirst: 4,
    concurrencyMax: 8,
    evacuationTimeoutMs: 300_000,
    pollMs: 500,
    autoReturn: true,
  },
  process: {
    hasControl: false,
    otherProcesses: 'restart',
    restartAttempts: 3,
    restartTimeoutMs: 90_000,
    takeTimeoutMs: 30_000,
    verifyTimeoutMs: 90_000,
    pollMs: 1000,
    budget: { restarts: 3, windowMs: 3_600_000 },
    disableService: true,
  },
};

export const quiet: Logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  fatal: () => {},
  child: () => quiet,
};

/** A log that can be read: level, words, and chosen fields. */
export function readableLog(): { log: Logger; lines: { level: string; message: string; fields: object }[] } {
  const lines: { level: string; message: string; fields: object }[] = [];
  const logger = (base: object): Logger => {
    const at = (level: string) => (fields: object, message: string) =>
      void lines.push({ level, message, fields: { ...base, ...fields } });
    return {
      trace: at('trace'),
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      fatal: at('fatal'),
      child: fields => logger({ ...base, ...fields }),
    };
  };
  return { log: logger({}), lines };
}

/** Metrics that can be read: one number per series, `name{label="value"}`. */
export function readableMetrics(): { metrics: Metrics; values: Map<string, number> } {
  const values = new Map<string, number>();
  const series = (name: string, labels: Record<string, string> | undefined): string =>
    `${name}{${Object.entries(labels ?? {})
      .map(([label, value]) => `${label}="${value}"`)
      .join(',')}}`;
  const add = (name: string) => (count: number, labels?: Record<string, string>) => {
    const key = series(name, labels);
    values.set(key, (values.get(key) ?? 0) + count);
  };
  const metrics = {
    counter: ({ name }: { name: string }) => ({ add: add(name) }),
    gauge: ({ name }: { name: string }) => ({
      set: (value: number) => void values.set(series(name, undefined), value),
    }),
    histogram: ({ name }: { name: string }) => ({
      observe: (_value: number, labels?: Record<string, string>) => add(name)(1, labels),
    }),
  };
  return { metrics: metrics as unknown as Metrics, values };
}

/** A cloud and its database in virtual time; workers are started on it, and die. */
export class TestWorld extends Cloud {
  readonly clock: VirtualClock;
  readonly stores: MemoryStores;
  readonly control: ScriptedControl;
  policy = { ...policy };
  readonly #workers: { stop: AbortController; done: Promise<void> }[] = [];

  constructor(told: Partial<ScriptedControlOptions> = {}) {
    const clock = new VirtualClock();
    const stores = memoryStores({ clock });
    const control = scriptedControl({ clock, ...told });
    super({ clock, stores, control, bootMs: 4000 });
    this.clock = clock;
    this.stores = stores;
    this.control = control;
  }

  start(options: Partial<EngineOptions> = {}): { stop: AbortController; done: Promise<void> } {
    const stop = new AbortController();
    const done = runEngine({
      workerName: `worker-${this.#workers.length + 1}`,
      stores: this.stores,
      control: this.control,
      policy: () => this.policy,
      silentAfterMs: () => 15_000,
      clock: this.clock,
      log: quiet,
      metrics: readableMetrics().metrics,
      signal: stop.signal,
      concurrency: 4,
      ...options,
    });
    done.catch(() => {});
    const worker = { stop, done };
    this.#workers.push(worker);
    return worker;
  }

  /** Lets time pass until every notification has come to its end; answers how many milliseconds it took. */
  async untilEnded(limitMs = 600_000): Promise<number> {
    const startMs = this.clock.monotonicMs();
    for (;;) {
      const open = await this.open();
      if (open.length === 0) return this.clock.monotonicMs() - startMs;
      if (this.clock.monotonicMs() - startMs > limitMs)
        throw new Error(
          `not ended within ${limitMs} ms: ${JSON.stringify(open.map(({ status, message }) => [status, message]))}`,
        );
      await this.clock.advance(50);
    }
  }

  /** Stops what was started. */
  async close(): Promise<void> {
    for (const { stop } of this.#workers) stop.abort(new Error('the test is over'));
    this.endReports();
    await this.clock.advance(20_000);
  }
}
