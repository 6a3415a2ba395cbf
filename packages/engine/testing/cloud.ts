import type { InstancePayload } from '@instance-ha/notification';
import type {
  Clock,
  MonitorReport,
  NotificationRecord,
  NotificationSummary,
  ReportedGuest,
  Stores,
} from '@instance-ha/ports';
import type { ScriptedControl, ScriptedInstance } from '@instance-ha/ports/fakes';
import type { RecoveryEvent } from '@instance-ha/recovery';

export const host = 'node1';
export const uuidOf = (number: number): string =>
  `aaaaaaaa-0000-4000-8000-${String(number).padStart(12, '0')}`;
const numberOf = (instanceUuid: string): number => Number(instanceUuid.slice(-12));

/** Instances that crash and boot, and the monitor that reports them into the stores. */
export class Cloud {
  readonly bootMs: number;
  /** Guests that will not be heard after their next restarts: how many restarts stay silent. */
  readonly mute = new Map<string, number>();
  monitorAway = false;
  /** What a cloud tells of each instance that crashes, besides its state. */
  told: Pick<ScriptedInstance, 'metadata' | 'bootedAt'> = {};
  readonly #parts: { clock: Clock; stores: Stores; control: ScriptedControl };
  readonly #guests = new Map<string, ReportedGuest>();
  readonly #end = new AbortController();
  #sequence = 0;

  constructor(parts: { clock: Clock; stores: Stores; control: ScriptedControl; bootMs: number }) {
    this.#parts = parts;
    this.bootMs = parts.bootMs;
    parts.control.onChanged = (act, instanceUuid) => {
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
    const life = this.#parts.control.instances.get(instanceUuid)?.life ?? 7;
    this.#parts.control.instances.set(instanceUuid, { state, life, byOperator: false, ...this.told });
    const incidentKey = `instance/${host}/${instanceUuid}/b${life}/1`;
    this.#guests.set(
      instanceUuid,
      this.#guest(instanceUuid, { incidentKey, phase: 'failed', boot: `b${life}` }),
    );
    await this.#report();
    const at = new Date(this.#parts.clock.wallMs()).toISOString();
    const filed = await this.#parts.stores.notifications.file(
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
    await this.#report(); // As a monitor does once its notification is taken.
    return filed.record;
  }

  /** The guest answers its monitor. */
  async hear(number = 1): Promise<void> {
    const instanceUuid = uuidOf(number);
    const guest = this.#guests.get(instanceUuid);
    if (!guest) throw new Error(`no guest ${number}`);
    guest.phase = 'alive';
    guest.heardAgainAt = new Date(this.#parts.clock.wallMs()).toISOString();
    await this.#report();
  }

  async get(
    record: NotificationRecord,
  ): Promise<{ status: string; message: string | null; facts: string[] }> {
    const found = await this.#parts.stores.notifications.get(record.uuid);
    const journal = await this.#parts.stores.notifications.journal(record.uuid);
    if (!found) throw new Error('the notification is gone');
    return {
      status: found.status,
      message: found.message,
      facts: journal.map(({ event }) => inWords(event as RecoveryEvent)),
    };
  }

  /** Every notification that has not come to its end. */
  async open(): Promise<NotificationSummary[]> {
    const all = await this.#parts.stores.notifications.list({}, { limit: 1000 });
    return all.filter(({ endedAt }) => endedAt === null);
  }

  endReports(): void {
    this.#end.abort(new Error('the test is over'));
  }

  /** Another boot of the guest, heard unless it is mute. */
  async #boot(instanceUuid: string): Promise<void> {
    const silent = this.mute.get(instanceUuid) ?? 0;
    this.mute.set(instanceUuid, Math.max(0, silent - 1));
    const { life } = this.#parts.control.instances.get(instanceUuid) ?? {};
    await this.#parts.clock.sleep(this.bootMs, this.#end.signal);
    const now = this.#parts.control.instances.get(instanceUuid);
    if (silent > 0 || now?.life !== life || now?.state !== 'running') return;
    await this.hear(numberOf(instanceUuid));
  }

  async #reportNowAndThen(): Promise<void> {
    for (;;) {
      await this.#report();
      await this.#parts.clock.sleep(5000, this.#end.signal);
    }
  }

  async #report(): Promise<void> {
    if (this.monitorAway) return;
    this.#sequence += 1;
    const report: MonitorReport = {
      host,
      session: 'session-1',
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
    await this.#parts.stores.guests.report(report).catch(() => {}); // A database that is away is reported to later.
  }

  #guest(instanceUuid: string, told: Partial<ReportedGuest>): ReportedGuest {
    return {
      instanceUuid,
      instanceName: `vm-${numberOf(instanceUuid)}`,
      phase: 'alive',
      why: 'told by the test',
      since: '2026-01-01T00:00:00.000Z',
      lastBeatAt: null,
      misses: 0,
      boot: 'b1',
      agentChannel: true,
      incidentKey: null,
      heardAgainAt: null,
      heardAgainBoot: null,
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
    case 'monitor-act-begun':
      return `${event.kind} begun`;
    case 'monitor-act-ended':
      return `${event.kind} ${event.outcome}`;
    case 'service-act-begun':
      return `${event.act} begun`;
    case 'service-act-ended':
      return `${event.act} ${event.outcome}`;
    case 'ended':
      return `${event.status} by ${event.rule}`;
    case 'begun':
    case 'taken-over':
    case 'budget':
    case 'further':
    case 'aborted':
    case 'turn':
    case 'host-looked':
    case 'host-context':
    case 'host-act-begun':
    case 'host-act-ended':
    case 'instances':
    case 'evacuations-begun':
    case 'evacuations-asked':
    case 'evacuations':
    case 'restored':
    case 'process-context':
    case 'service-looked':
    case 'paused':
    case 'tick':
      return event.type;
  }
}
