/**
 * What a recovery decided and did, as lines of the audit: that it began to act, each act and how it ended, that it is held, how it
 * ended. Looks and polls are in the journal only. Written in the transaction that stores the fact.
 */
import type { AuditOutcome, AuditTarget, NewAuditEvent, NotificationRecord } from '@instance-ha/ports';
import type { RecoveryEnd, RecoveryEvent, RecoveryState } from '@instance-ha/recovery';

/** So many lines one notification writes; its end is always told, everything is in its journal. */
export const linesMax = 200;
/** Instances named in one line. */
const namedMax = 10;

type Line = { action: string; outcome: AuditOutcome; target: AuditTarget; reason: string };

export type AuditTrailOptions = {
  notification: NotificationRecord;
  worker: string;
  /** What is in the journal already. */
  events: readonly RecoveryEvent[];
};

export class AuditTrail {
  readonly #notification: NotificationRecord;
  readonly #worker: string;
  #lines: number;
  /** It has begun to act since it was begun, or begun again. */
  #acts = false;

  constructor({ notification, worker, events }: AuditTrailOptions) {
    this.#notification = notification;
    this.#worker = worker;
    this.#lines = events.filter(told => decisions.includes(told.type)).length;
    for (const event of events) this.#noteActs(event);
  }

  /** The lines of one fact, and of what it led to. */
  of(event: RecoveryEvent, before: RecoveryState, after: RecoveryState): NewAuditEvent[] {
    const lines: Line[] = [];
    if (!this.#acts && isIntent(event)) lines.push(this.#begins(event));
    this.#noteActs(event);
    const line = this.#lineOf(event);
    if (line) lines.push(line);
    const hold = heldOf(after);
    if (hold !== null && heldOf(before) === null)
      lines.push({ action: 'hold', outcome: 'success', target: this.#itself(), reason: hold });
    this.#lines += lines.length;
    const isEnd = event.type === 'ended' && event.status !== 'error';
    if (this.#lines > linesMax && !isEnd) return [];
    return lines.map(told => auditLine(this.#worker, this.#notification, told));
  }

  #noteActs(event: RecoveryEvent): void {
    if (event.type === 'begun') this.#acts = false;
    else if (isIntent(event)) this.#acts = true;
  }

  #begins(event: Intent): Line {
    const what =
      event.type === 'evacuations-begun'
        ? `evacuate ${event.asks.length}`
        : event.type === 'host-act-begun'
          ? `${event.act} ${event.host}`
          : event.act;
    return { action: 'begin', outcome: 'success', target: this.#itself(), reason: `begins to act: ${what}` };
  }

  #lineOf(event: RecoveryEvent): Line | undefined {
    const { host, sourceHostUuid, instanceUuid, instanceName } = this.#notification;
    const failedHost = { type: 'host', id: sourceHostUuid, name: host };
    switch (event.type) {
      case 'act-ended':
        return ofAct(event, { type: 'instance', id: instanceUuid, name: instanceName });
      case 'host-act-ended':
        return ofAct(event, event.host === host ? failedHost : { type: 'host', id: null, name: event.host });
      case 'evacuations-asked': {
        const told = event.answers.map(({ instanceUuid: uuid, answer }) => ({ uuid, word: answer }));
        const wrong = event.answers.some(({ answer }) => answer === 'refused' || answer === 'failed');
        return { action: 'evacuate', outcome: outcome(!wrong), target: failedHost, reason: counted(told) };
      }
      case 'restored': {
        const told = event.results.map(({ instanceUuid: uuid, outcome: word }) => ({ uuid, word }));
        const wrong = told.some(({ word }) => word !== 'done');
        return { action: 'restore', outcome: outcome(!wrong), target: failedHost, reason: counted(told) };
      }
      case 'ended':
        return endLine(this.#itself(), event);
      default:
        return undefined;
    }
  }

  #itself(): AuditTarget {
    return targetOf(this.#notification);
  }
}

/** The line of an end that was stored without its recovery. */
export const auditEnd = (worker: string, notification: NotificationRecord, end: RecoveryEnd): NewAuditEvent =>
  auditLine(worker, notification, endLine(targetOf(notification), end));

const auditLine = (worker: string, { uuid }: NotificationRecord, line: Line): NewAuditEvent => ({
  ...line,
  initiator: { id: null, name: worker, project: null },
  requestId: uuid,
  changes: [],
});

const targetOf = ({ uuid, instanceName, host }: NotificationRecord): AuditTarget => ({
  type: 'notification',
  id: uuid,
  name: instanceName ?? host,
});

const endLine = (target: AuditTarget, { status, rule, reason }: Omit<RecoveryEnd, 'retryInMs'>): Line => ({
  action: 'end',
  outcome: outcome(status === 'finished' || status === 'ignored'),
  target,
  reason: `${status} by ${rule}: ${reason}`,
});

const ofAct = (event: { act: string; outcome: string; detail: string }, target: AuditTarget): Line => ({
  action: event.act,
  outcome: outcome(event.outcome === 'done'),
  target,
  reason: event.outcome === 'done' ? event.detail : `${event.outcome}: ${event.detail}`,
});

const outcome = (isGood: boolean): AuditOutcome => (isGood ? 'success' : 'failure');

/** `2 accepted, 1 refused: 6f70…, …`. */
function counted(told: readonly { uuid: string; word: string }[]): string {
  const counts = new Map<string, number>();
  for (const { word } of told) counts.set(word, (counts.get(word) ?? 0) + 1);
  const words = [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
  const named = told.slice(0, namedMax).map(({ uuid }) => uuid);
  return `${words}: ${named.join(', ')}${told.length > namedMax ? ', …' : ''}`;
}

type Intent = Extract<RecoveryEvent, { type: 'act-begun' | 'host-act-begun' | 'evacuations-begun' }>;
const isIntent = (event: RecoveryEvent): event is Intent =>
  event.type === 'act-begun' || event.type === 'host-act-begun' || event.type === 'evacuations-begun';

const heldOf = (state: RecoveryState): string | null => (state.workflow === 'host' ? state.facts.held : null);

/** Facts of which a line was written. */
const decisions: readonly RecoveryEvent['type'][] = [
  'act-ended',
  'host-act-ended',
  'evacuations-asked',
  'restored',
  'ended',
];
