/**
 * One recovery, from the claim until it ends, is let go, or is lost: asks the machine what to do, does it through the
 * ports, and tells the machine what came of it.
 */
import { type Claim, type InstanceRef, type Ruling, standingRulings } from '@instance-ha/ports';
import {
  decide,
  fold,
  isMidRestart,
  parseRecoveryEvents,
  type RecoveryEffect,
  type RecoveryEnd,
  type RecoveryEvent,
  type RecoveryState,
  type RecoverySubject,
  recoveryInWords,
  timeline,
  toldMove,
} from '@instance-ha/recovery';
import { AuditTrail } from './audit-trail.ts';
import { boundedCall } from './bounded-call.ts';
import type { Course, Effect } from './course.ts';
import { asking } from './engine-error.ts';
import { HostBooks } from './host-books.ts';
import { Journal } from './journal.ts';
import type { Lease } from './lease.ts';
import { countEnd, type EngineMetrics } from './metrics.ts';
import { carryOutOfHost } from './of-host.ts';
import { carryOutOfInstance } from './of-instance.ts';
import { carryOutOfProcess } from './of-process.ts';
import type { EngineSettings } from './options.ts';
import type { Slots } from './slots.ts';
import { untilAborted } from './until-aborted.ts';
import type { Wakes } from './wakes.ts';

export type RecoveringOptions = {
  claim: Claim;
  lease: Lease;
  /** When `claim.ageMs` was true, by the monotonic clock. */
  claimedAtMs: number;
  settings: EngineSettings;
  metrics: EngineMetrics;
  slots: Slots;
  wakes: Wakes;
};

const idleLooks: ReadonlySet<RecoveryEvent['type']> = new Set([
  'evacuations',
  'tick',
  'host-context',
  'turn',
  'process-context',
  'service-looked',
]);

/** A look that told nothing new, and the wait before it: there are hundreds of them in the recovery of a host. */
const isIdle = (event: RecoveryEvent, before: RecoveryState, after: RecoveryState): boolean =>
  idleLooks.has(event.type) &&
  (before.workflow === 'host' || before.workflow === 'process') &&
  before.workflow === after.workflow &&
  JSON.stringify(before.facts) === JSON.stringify(after.facts);

/** While recoveries are paused it is asked so often whether they still are, should nobody tell. */
const pausePollMs = 5000;
/** It is asked so often what operators have ruled, should nobody tell. */
const rulingPollMs = 30_000;

export class Recovering {
  readonly #options: RecoveringOptions;
  readonly #settings: EngineSettings;
  readonly #subject: RecoverySubject;
  readonly #ref: InstanceRef;
  readonly #journal: Journal;
  readonly #log: EngineSettings['log'];
  readonly #watcher: ReturnType<Wakes['watch']>;
  readonly #known: RecoveryEvent[];
  #state: RecoveryState;
  readonly #trail: AuditTrail;
  #rulings: readonly Ruling[];
  #askRulingsAtMs: number;
  #hasSlot = false;
  #books: HostBooks | undefined;
  readonly #course: Course;

  constructor(options: RecoveringOptions) {
    const { claim, lease, settings, wakes } = options;
    const { uuid, host, incidentKey, payload, acceptedAt, faultAt } = claim.notification;
    const instanceUuid = payload.type === 'COMPUTE_INSTANCE' ? payload.instanceUuid : '';
    this.#options = options;
    this.#settings = settings;
    this.#subject = { notificationUuid: uuid, incidentKey, host, payload, acceptedAt, faultAt };
    this.#ref = { instanceUuid, host };
    this.#log = settings.log.child({ notification: uuid, instance: instanceUuid, host });
    const { events, unknown } = parseRecoveryEvents(claim.journal);
    for (const reason of unknown)
      this.#log.warn({ reason }, 'a fact in the journal is not understood: left out');
    this.#known = events;
    this.#state = fold(settings.policy(), events);
    const { recoveries } = settings.stores;
    this.#journal = new Journal({ claim, recoveries, lease, events });
    this.#trail = new AuditTrail({ notification: claim.notification, worker: settings.workerName, events });
    this.#rulings = claim.rulings;
    this.#askRulingsAtMs = options.claimedAtMs + rulingPollMs;
    this.#watcher = wakes.watch({ instanceUuid, host, notificationUuid: uuid });
    this.#course = this.#openCourse();
  }

  #openCourse(): Course {
    const { claim, lease, metrics } = this.#options;
    return {
      settings: this.#settings,
      metrics,
      claim,
      lease,
      subject: this.#subject,
      ref: this.#ref,
      watcher: this.#watcher,
      books: stores => {
        this.#books ??= new HostBooks(stores);
        return this.#books;
      },
      atMs: () => this.#atMs(),
      feed: event => this.#feed(event),
      store: () => this.#store(),
      rest: () => this.#rest(),
      takeSlot: () => this.#takeSlot(),
      pausedFact: mayHold => this.#pausedFact(mayHold),
      mayBeRuled: () => this.#mayBeRuled(),
      sleep: ms => this.#sleep(ms),
      asking: (what, call) => this.#asking(what, call),
      bounded: call => this.#bounded(call),
    };
  }

  /** Rejects with `LeaseLostError` or `StoreError`; anything else it rejects with is a defect. */
  async run(): Promise<'ended' | 'released'> {
    try {
      let effect = this.#begin();
      for (;;) {
        if (!effect) throw new Error(`nothing is to be done, but it has not ended: ${this.#state.phase}`);
        if (effect.type === 'end') {
          await this.#end(effect.end);
          return 'ended';
        }
        if (this.#settings.signal.aborted && !isMidRestart(this.#state)) return await this.#release();
        const aborted = await this.#abortedFact();
        effect = aborted ? this.#feed(aborted) : await this.#carryOut(effect);
      }
    } catch (error) {
      const { signal } = this.#settings;
      // A wait that the stop interrupted.
      if (signal.aborted && error === signal.reason && !this.#options.lease.signal.aborted)
        return await this.#release();
      throw error;
    } finally {
      this.#giveSlot();
      this.#watcher.leave();
    }
  }

  /** Milliseconds since the notification was accepted; never before a fact that is known already. */
  #atMs(): number {
    const { claim, claimedAtMs } = this.#options;
    const nowMs = Math.floor(claim.ageMs + this.#settings.clock.monotonicMs() - claimedAtMs);
    return Math.max(nowMs, this.#journal.events.at(-1)?.atMs ?? 0);
  }

  #begin(): RecoveryEffect | undefined {
    const atMs = this.#atMs();
    const subject = this.#subject;
    if (this.#state.phase === 'new' || this.#state.phase === 'ended')
      return this.#feed({ type: 'begun', atMs, subject, policy: this.#settings.policy(), ...this.#retry() });
    this.#log.info({ facts: this.#known.length, doing: recoveryInWords(this.#state) }, 'recovery taken over');
    return this.#feed({ type: 'taken-over', atMs, worker: this.#settings.workerName });
  }

  /** The operator's retry that this claim begins with, unless the journal tells of it already. */
  #retry(): { retry?: { by: string; reason: string | null } } {
    const told = this.#known.filter(event => event.type === 'begun' && event.retry).length;
    const retries = this.#rulings.filter(({ ruling }) => ruling === 'retry');
    const retry = retries.length > told ? retries.at(-1) : undefined;
    return retry ? { retry: { by: retry.by, reason: retry.reason } } : {};
  }

  /** Whether it is to be asked what operators ruled: whoever waits lets the loop do that. */
  #mayBeRuled(): boolean {
    return this.#watcher.ruled || this.#settings.clock.monotonicMs() >= this.#askRulingsAtMs;
  }

  /** The fact that an operator has aborted it; undefined when nobody has, or when it is known. */
  async #abortedFact(): Promise<RecoveryEvent | undefined> {
    if (this.#mayBeRuled()) {
      this.#watcher.ruled = false;
      const { rulings } = this.#settings.stores;
      const told = await this.#asking('tell the rulings', () => rulings.of(this.#subject.notificationUuid));
      this.#rulings = told?.rulings ?? [];
      this.#askRulingsAtMs = this.#settings.clock.monotonicMs() + rulingPollMs;
    }
    const { abort } = standingRulings(this.#rulings);
    const state = this.#state;
    if (!abort || state.workflow === 'none' || state.facts.aborted) return undefined;
    return { type: 'aborted', atMs: this.#atMs(), by: abort.by, reason: abort.reason };
  }

  /** Notes a fact, and learns what follows from it. */
  #feed(event: RecoveryEvent): RecoveryEffect | undefined {
    const before = this.#state;
    const from = before.phase;
    const { state, effects } = decide(this.#settings.policy(), before, event);
    if (!isIdle(event, before, state)) this.#journal.note(event, this.#trail.of(event, before, state));
    this.#state = state;
    if (from !== state.phase)
      this.#log.info(
        { from, to: state.phase, on: event.type, doing: recoveryInWords(state) },
        'recovery moved',
      );
    return effects[0];
  }

  async #carryOut(effect: Exclude<RecoveryEffect, { type: 'end' }>): Promise<RecoveryEffect | undefined> {
    switch (effect.type) {
      case 'wait':
        return this.#wait(effect);
      case 'look':
      case 'ask-budget':
      case 'await-heartbeat':
      case 'await-further':
      case 'act':
        return carryOutOfInstance(this.#course, effect);
      case 'ask-context':
      case 'take-turn':
      case 'look-host':
      case 'host-act':
      case 'list-instances':
      case 'evacuate':
      case 'list-evacuations':
      case 'restore':
        return carryOutOfHost(this.#course, effect);
      case 'ask-process-context':
      case 'monitor-act':
      case 'look-service':
      case 'service-act':
        return carryOutOfProcess(this.#course, effect);
    }
  }

  /** What is known goes to the journal, and the moves of a host to their books. */
  async #store(): Promise<void> {
    const state = this.#state;
    if (state.workflow === 'host' && state.facts.moves) {
      const moves = state.facts.moves.map(toldMove);
      const at = new Date(this.#settings.clock.wallMs()).toISOString();
      const { notificationUuid, host } = this.#subject;
      await this.#asking('keep the moves', () =>
        Promise.resolve(this.#books?.note({ notificationUuid, host, at }, moves)),
      );
    }
    await this.#journal.store(recoveryInWords(state), this.#heldWhy());
  }

  /** Why it waits for an operator; null when it does not. */
  #heldWhy(): string | null {
    const state = this.#state;
    const isHeld = state.workflow === 'host' && state.phase === 'waiting' && state.why === 'held';
    return isHeld ? state.facts.held : null;
  }

  /** The fact that somebody has paused all recoveries; undefined while nobody has, or where that holds nothing. */
  async #pausedFact(mayHold: boolean): Promise<RecoveryEvent | undefined> {
    if (!mayHold) return undefined;
    const pause = await this.#asking('tell the pause', () => this.#settings.stores.pause.current());
    if (!pause) return undefined;
    const atMs = this.#atMs();
    const leftMs = Date.parse(pause.until) - this.#settings.clock.wallMs();
    // Where the clocks disagree it may be over by ours, and is not: then it is asked again soon.
    return { type: 'paused', atMs, reason: pause.reason, untilMs: atMs + Math.max(pausePollMs, leftMs) };
  }

  async #wait(effect: Effect<'wait'>): Promise<RecoveryEffect | undefined> {
    const { untilMs, why } = effect;
    await this.#rest();
    for (;;) {
      const leftMs = untilMs - this.#atMs();
      if (leftMs <= 0 || (why === 'held' && standingRulings(this.#rulings).verdict)) break;
      if (this.#mayBeRuled()) return effect;
      if (why === 'pause') {
        const pause = await this.#asking('tell the pause', () => this.#settings.stores.pause.current());
        if (!pause) break;
        await this.#sleep(Math.min(leftMs, pausePollMs));
      } else await this.#sleep(Math.min(leftMs, rulingPollMs));
      // Whatever rang may have changed what it waits for.
      if ((why === 'held' || why === 'turn') && !this.#mayBeRuled()) break;
    }
    return this.#feed({ type: 'tick', atMs: this.#atMs() });
  }

  async #end(end: RecoveryEnd): Promise<void> {
    if (this.#state.workflow === 'host') await this.#store();
    this.#feed({ type: 'ended', atMs: this.#atMs(), ...end });
    await this.#journal.storeEnd(end);
    const { notification } = this.#options.claim;
    const phases = timeline(
      { ...notification, endedAt: null },
      this.#journal.events.map(event => ({ event })),
    );
    countEnd(this.#options.metrics, end, phases);
    this.#log.info({ ...end, sinceFaultMs: phases.at(-1)?.offsetMs }, 'recovery ended');
  }

  async #release(): Promise<'released'> {
    await this.#journal.store(recoveryInWords(this.#state), this.#heldWhy());
    await this.#asking('let go', () => this.#settings.stores.recoveries.release(this.#options.claim));
    this.#log.info({ phase: this.#state.phase }, 'recovery let go: the worker stops');
    return 'released';
  }

  /** Before a wait: what is known is stored, and somebody else may look or act. */
  async #rest(): Promise<void> {
    this.#giveSlot();
    await this.#store();
  }

  async #sleep(ms: number): Promise<void> {
    await this.#watcher.bell.wait(ms, { clock: this.#settings.clock, signal: this.#interrupt() });
  }

  /** What ends a wait: the lease is lost, or the worker stops. */
  #interrupt(): AbortSignal {
    return AbortSignal.any([this.#options.lease.signal, this.#settings.signal]);
  }

  async #takeSlot(): Promise<void> {
    if (this.#hasSlot) return;
    const { slots, lease } = this.#options;
    await slots.take(isMidRestart(this.#state) ? lease.signal : this.#interrupt());
    this.#hasSlot = true;
  }

  #giveSlot(): void {
    if (!this.#hasSlot) return;
    this.#hasSlot = false;
    this.#options.slots.give();
  }

  #asking<T>(what: string, call: () => Promise<T>): Promise<T> {
    return untilAborted(asking(what, call), this.#options.lease.signal);
  }

  #bounded<T>(call: {
    what: string;
    timeoutMs: number;
    call: (signal: AbortSignal) => Promise<T>;
    otherwise: (why: string) => T;
  }): Promise<T> {
    const { clock } = this.#settings;
    return boundedCall({ ...call, clock, log: this.#log, signal: this.#options.lease.signal });
  }
}
