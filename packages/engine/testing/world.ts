import type { InstancePayload } from '@instance-ha/notification';
import type { Logger, Metrics, MonitorReport, NotificationRecord, ReportedGuest } from '@instance-ha/ports';
import {
  memoryStores,
  type ScriptedControlOptions,
  scriptedControl,
  VirtualClock,
} from '@instance-ha/ports/fakes';
import type { RecoveryEvent, RecoveryPolicy } from '@instance-ha/recovery';
import { type EngineOptions, runEngine } from '../src/index.ts';

export const host = 'node1';
export const uuidOf = (number: number): string =>
  `aaaaaaaa-0000-4000-8000-${String(number).padStart(12, '0')}`;

export const policy: RecoveryPolicy = {
  mode: 'act',
  method: 'auto',
  recoverIgnoringErrorInstances: false,
  budget: { restarts: 3, windowMs: 3_600_000 },
  actTimeoutMs: 30_000,
  heartbeatWaitMs: 120_000,
  nobodyListensMs: 60_000,
  attemptLimit: 3,
  retryMs: 500,
};

const quiet: Logger = {
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

/** A cloud, a database and a monitor in virtual time; workers are started on it, and die. */
export class TestWorld {
  readonly clock = new VirtualClock();
  readonly stores = memoryStores({ clock: this.clock });
  readonly control;
  readonly bootMs = 4000;
  /** Guests that will not be heard after their next restarts: how many restarts stay silent. */
  readonly mute = new Map<string, number>();
  policy = { ...policy };
  monitorAway = false;
  #session = 0;
  #sequence = 0;
  readonly #guests = new Map<string, ReportedGuest>();
  readonly #workers: { stop: AbortController; done: Promise<void> }[] = [];
  readonly #end = new AbortController();

  constructor(told: Partial<ScriptedControlOptions> = {}) {
    this.control = scriptedControl({ clock: this.clock, ...told });
    this.control.onChanged = (act, instanceUuid) => {
      if (act !== 'stop') void this.#boot(instanceUuid).catch(() => {});
    };
    void this.#reportNowAndThen().catch(() => {});
  }

  /** A guest that runs, crashes, and whose crash is filed. */
  async crash(
    number = 1,
    payload: Partial<InstancePayload> = {},
    state: 'stopped' | 'crashed' | 'running' | 'paused' = 'stopped',
  ): Promise<NotificationRecord> {
    const instanceUuid = uuidOf(number);
    const life = this.control.instances.get(instanceUuid)?.life ?? 7;
    this.control.instances.set(instanceUuid, { state, life, byOperator: false });
    const incidentKey = `instance/${host}/${instanceUuid}/b${life}/1`;
    this.#guests.set(
      instanceUuid,
      this.#guest(instanceUuid, { incidentKey, phase: 'failed', boot: `b${life}` }),
    );
    await this.#report();
    const at = new Date(this.clock.wallMs()).toISOString();
    const filed = await this.stores.notifications.file(
      {
        incidentKey,
        host,
        faultAt: at,
        detectedAt: at,
        evidence: null,
        payload: {
          type: 'COMPUTE_INSTANCE',
          instanceUuid,
          instanceName: `vm-${number}`,
          fault: 'qemu-failed',
          handledBy: 'none',
          hadHeartbeat: true,
          boot: `b${life}`,
          domainId: life,
          libvirtEvent: null,
          ...payload,
        },
      },
      { name: 'monitor' },
    );
    return filed.record;
  }

  /** The guest answers its monitor. */
  async hear(number = 1): Promise<void> {
    const instanceUuid = uuidOf(number);
    const guest = this.#guests.get(instanceUuid);
    if (!guest) throw new Error(`no guest ${number}`);
    guest.phase = 'alive';
    guest.heardAgainAt = new Date(this.clock.wallMs()).toISOString();
    await this.#report();
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
      const all = await this.stores.notifications.list({}, { limit: 1000 });
      if (all.every(({ endedAt }) => endedAt !== null)) return this.clock.monotonicMs() - startMs;
      if (this.clock.monotonicMs() - startMs > limitMs)
        throw new Error(
          `not ended within ${limitMs} ms: ${JSON.stringify(all.map(({ status, message }) => [status, message]))}`,
        );
      await this.clock.advance(50);
    }
  }

  async get(
    record: NotificationRecord,
  ): Promise<{ status: string; message: string | null; facts: string[] }> {
    const found = await this.stores.notifications.get(record.uuid);
    const journal = await this.stores.notifications.journal(record.uuid);
    if (!found) throw new Error('the notification is gone');
    return {
      status: found.status,
      message: found.message,
      facts: journal.map(({ event }) => inWords(event as RecoveryEvent)),
    };
  }

  /** Stops what was started, and says whether all of it has ended. */
  async close(): Promise<void> {
    for (const { stop } of this.#workers) stop.abort(new Error('the test is over'));
    this.#end.abort(new Error('the test is over'));
    await this.clock.advance(20_000);
  }

  /** Another boot of the guest, heard unless it is mute. */
  async #boot(instanceUuid: string): Promise<void> {
    const silent = this.mute.get(instanceUuid) ?? 0;
    this.mute.set(instanceUuid, Math.max(0, silent - 1));
    const { life } = this.control.instances.get(instanceUuid) ?? {};
    await this.clock.sleep(this.bootMs, this.#end.signal);
    const now = this.control.instances.get(instanceUuid);
    if (silent > 0 || now?.life !== life || now?.state !== 'running') return;
    await this.hear(Number(instanceUuid.slice(-12)));
  }

  async #reportNowAndThen(): Promise<void> {
    for (;;) {
      await this.#report();
      await this.clock.sleep(5000, this.#end.signal);
    }
  }

  async #report(): Promise<void> {
    if (this.monitorAway) return;
    this.#sequence += 1;
    const report: MonitorReport = {
      host,
      session: `session-${this.#session}`,
      sequence: this.#sequence,
      version: '0.0.0',
      startedAt: '2026-01-01T00:00:00.000Z',
      state: 'watching',
      cause: null,
      mode: 'libvirt',
      checkIntervalMs: 1000,
      gate: { suspect: false, silent: 0, heard: 0 },
      spoolDepth: 0,
      complete: true,
      guests: [...this.#guests.values()],
    };
    await this.stores.guests.report(report).catch(() => {}); // A database that is away is reported to later.
  }

  #guest(instanceUuid: string, told: Partial<ReportedGuest>): ReportedGuest {
    return {
      instanceUuid,
      instanceName: `vm-${Number(instanceUuid.slice(-12))}`,
      phase: 'alive',
      why: 'told by the test',
      since: '2026-01-01T00:00:00.000Z',
      lastBeatAt: null,
      misses: 0,
      boot: 'b1',
      agentChannel: true,
      incidentKey: null,
      heardAgainAt: null,
      ...told,
    };
  }
}

function inWords(event: RecoveryEvent): string {
  switch (event.type) {
    case 'looked':
      return `looked: ${event.sighting.seen === 'instance' ? event.sighting.state : event.sighting.seen}`;
    case 'heartbeat':
      return `heartbeat: ${event.sighting.heartbeat}`;
    case 'act-begun':
      return `${event.act} begun`;
    case 'act-ended':
      return `${event.act} ${event.outcome}`;
    case 'ended':
      return `${event.status} by ${event.rule}`;
    case 'begun':
    case 'taken-over':
    case 'budget':
    case 'paused':
    case 'tick':
      return event.type;
  }
}
