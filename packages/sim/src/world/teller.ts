import type {
  Change,
  ChangeFeed,
  FiledNotification,
  NotificationRecord,
  NotificationSummary,
} from '@instance-ha/ports';
import type { RecoveryEvent } from '@instance-ha/recovery';
import type { GuestTruth } from './guest-truth.ts';
import type { ToldRecovery } from './told-recoveries.ts';
import type { Transcript } from './transcript.ts';
import type { VirtualHost } from './virtual-host.ts';

/** Turns what the programs did into lines of the transcript. */
export class Teller {
  readonly #transcript: Transcript;
  readonly #nameOf: (uuid: string) => string;

  constructor(options: { transcript: Transcript; nameOf: (uuid: string) => string }) {
    this.#transcript = options.transcript;
    this.#nameOf = options.nameOf;
  }

  /** Monitors that come, go blind or suspect their host, and pauses: as the API learns of them. */
  follow(changes: ChangeFeed): void {
    const listener = { onChange: (change: Change) => this.#onChange(change), onLost: () => {} };
    void changes.subscribe(listener, new AbortController().signal);
  }

  /** What a monitor says of a guest that changed, and of its host. Told by the fields alone, whatever the words. */
  log(host: string, fields: object): void {
    const { guest, from, to, why } = fields as Partial<Record<'guest' | 'from' | 'to' | 'why', string>>;
    if (guest !== undefined && from !== undefined && to !== undefined)
      this.#transcript.tell(host, `${this.#nameOf(guest)}: ${from} -> ${to}: ${why}`);
    const { process, detail } = fields as Partial<Record<'process' | 'detail', string>>;
    if (process !== undefined && from !== undefined && to !== undefined)
      this.#transcript.tell(host, `${process}: ${from} -> ${to}: ${detail}`);
    const { suspect, held } = fields as { suspect?: boolean; held?: string[] };
    if (suspect !== undefined && held !== undefined) {
      const names = held.map(uuid => this.#nameOf(uuid)).join(' ');
      const { silent, heard } = fields as { silent?: number; heard?: number };
      this.#transcript.tell(
        host,
        suspect
          ? `gate closed: ${silent} of ${heard} silent${names ? `, holds ${names}` : ''}`
          : `gate open: ${silent} of ${heard} silent${names ? `, held ${names}` : ''}`,
      );
    }
  }

  filed(host: string, { payload, evidence }: FiledNotification): void {
    if (payload.type === 'COMPUTE_PROCESS')
      this.#transcript.tell(host, `filed ${payload.processName} ${payload.event} by ${evidence?.rule}`);
    if (payload.type !== 'COMPUTE_INSTANCE') return;
    const handled = payload.handledBy === 'none' ? '' : `, handled by ${payload.handledBy}`;
    const rule = evidence ? ` by ${evidence.rule}` : '';
    this.#transcript.tell(host, `filed ${payload.instanceName} ${payload.fault}${rule}${handled}`);
  }

  stored({ id, instanceName, payload, host }: NotificationRecord, duplicate: boolean): void {
    const fault = payload.type === 'COMPUTE_INSTANCE' ? payload.fault : payload.event;
    const what = payload.type === 'COMPUTE_PROCESS' ? payload.processName : instanceName;
    this.#transcript.tell('api', `${duplicate ? 'knows' : 'stored'} #${id} ${what} ${fault} from ${host}`);
  }

  act(worker: string, act: 'destroy' | 'create', truth: GuestTruth | undefined): void {
    const life = truth && act === 'destroy' ? ` life ${truth.guest.id}` : '';
    this.#transcript.tell(worker, `${act}s ${truth?.name ?? 'an unknown guest'}${life}`);
  }

  recovery(worker: string, told: ToldRecovery): void {
    const { id } = told.claim.notification;
    switch (told.did) {
      case 'claimed':
        this.#transcript.tell(worker, `claimed #${id}${told.claim.takenOver ? ', taken over' : ''}`);
        break;
      case 'fenced':
        this.#transcript.tell(worker, `fenced off #${id}`);
        break;
      case 'released':
        this.#transcript.tell(worker, `let #${id} go`);
        break;
      case 'noted': {
        const words = factInWords(told.event);
        if (words !== undefined) this.#transcript.tell(worker, `#${id} ${words}`);
      }
    }
  }

  left(host: VirtualHost, truth: GuestTruth): string {
    const where = `= ${host.name}/${truth.name}`;
    if (!host.has(truth)) return `${where} gone`;
    const life = truth.guest.active ? `, life ${truth.guest.id}` : '';
    return `${where} ${truth.condition()}${life}`;
  }

  leftOf({ id, instanceName, payload, status, message, duplicates }: NotificationSummary): string {
    const again = duplicates > 0 ? `, filed again ${duplicates} times` : '';
    const what = payload.type === 'COMPUTE_PROCESS' ? payload.processName : instanceName;
    return `= #${id} ${what} ${status}${again}: ${message}`;
  }

  #onChange({ kind, subject, data }: Change): void {
    if (kind === 'monitor') {
      const { state, cause, suspect } = data as { state: string; cause: string | null; suspect: boolean };
      const more = `${cause === null ? '' : `, ${cause}`}${suspect ? ', its host is suspect' : ''}`;
      this.#transcript.tell('api', `hears monitor of ${subject}: ${state}${more}`);
    } else if (kind === 'pause') {
      const { pause } = data as { pause: { reason: string } | null };
      this.#transcript.tell('api', pause ? `recoveries paused: ${pause.reason}` : 'recoveries resumed');
    }
  }
}

/** Undefined for what is of no account in a story. */
function factInWords(event: RecoveryEvent): string | undefined {
  switch (event.type) {
    case 'act-begun':
      return `begins ${event.act}${event.attempt > 1 ? `, attempt ${event.attempt}` : ''}`;
    case 'act-ended':
      return event.outcome === 'done' ? undefined : `${event.act} ${event.outcome}: ${event.detail}`;
    case 'paused':
      return `held by the pause: ${event.reason}`;
    case 'further':
      return event.filed ? undefined : 'goes on by itself: its new life died, and nobody filed that';
    case 'aborted':
      return `aborted by ${event.by}`;
    case 'ended':
      return `${event.status} by ${event.rule}`;
    case 'monitor-act-begun':
      return `asks the monitor: ${event.kind}`;
    case 'monitor-act-ended':
      return `is told ${event.outcome}: ${event.detail}`;
    case 'begun':
    case 'process-context':
    case 'service-looked':
    case 'service-act-begun':
    case 'service-act-ended':
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
    case 'taken-over':
    case 'looked':
    case 'budget':
    case 'heartbeat':
    case 'tick':
      return undefined;
  }
}
