import type { Claim, NewAuditEvent, RecoveryStore } from '@instance-ha/ports';
import type { RecoveryEnd, RecoveryEvent } from '@instance-ha/recovery';
import { asking, LeaseLostError } from './engine-error.ts';
import type { Lease } from './lease.ts';
import { untilAborted } from './until-aborted.ts';

/**
 * The facts of one recovery on their way to the database. They are stored together: before each act with its intent,
 * before each wait, and with the end. What is not stored when the worker dies are looks and questions, never an act.
 */
export class Journal {
  readonly #claim: Claim;
  readonly #recoveries: RecoveryStore;
  readonly #lease: Lease;
  #pending: RecoveryEvent[] = [];
  #audit: NewAuditEvent[] = [];
  /** Every fact so far, those of other workers included. */
  readonly events: RecoveryEvent[];

  constructor(options: { claim: Claim; recoveries: RecoveryStore; lease: Lease; events: RecoveryEvent[] }) {
    this.#claim = options.claim;
    this.#recoveries = options.recoveries;
    this.#lease = options.lease;
    this.events = [...options.events];
  }

  /** `audit`: what the fact tells the audit, in the transaction that stores it. */
  note(event: RecoveryEvent, audit: readonly NewAuditEvent[] = []): void {
    this.#pending.push(event);
    this.#audit.push(...audit);
    this.events.push(event);
  }

  /** Stores what is noted. Rejects with `LeaseLostError`, or with `StoreError`: then nothing more may be done here. */
  async store(message: string, held: string | null): Promise<void> {
    if (this.#pending.length === 0) return;
    const { events, audit } = this.#take();
    const call = (): Promise<'stored' | 'fenced'> =>
      this.#recoveries.append(this.#claim, events, { message, held, audit });
    await this.#settle(asking('store facts', call));
  }

  async storeEnd({ status, reason, retryInMs }: RecoveryEnd): Promise<void> {
    const { events, audit } = this.#take();
    const end = { status, message: reason, retryInMs, audit };
    await this.#settle(asking('store the end', () => this.#recoveries.end(this.#claim, events, end)));
  }

  #take(): { events: RecoveryEvent[]; audit: NewAuditEvent[] } {
    const taken = { events: this.#pending, audit: this.#audit };
    this.#pending = [];
    this.#audit = [];
    return taken;
  }

  async #settle(call: Promise<'stored' | 'fenced'>): Promise<void> {
    if ((await untilAborted(call, this.#lease.signal)) === 'stored') return;
    this.#lease.lose('fenced');
    throw new LeaseLostError('fenced');
  }
}
