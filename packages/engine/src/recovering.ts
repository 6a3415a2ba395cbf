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
  withoutPrivateMetadata,
} from '@instance-ha/recovery';
import { AuditTrail } from './audit-trail.ts';
import { boundedCall } from './bounded-call.ts';
import { asking, LeaseLostError } from './engine-error.ts';
import { HostBooks } from './host-books.ts';
import {
  askEvacuations,
  doHostAct,
  type HostHands,
  listEvacuations,
  listInstances,
  lookAtHost,
  restore,
} from './host-effects.ts';
import { Journal } from './journal.ts';
import type { Lease } from './lease.ts';
import { countEnd, type EngineMetrics } from './metrics.ts';
import type { EngineSettings } from './options.ts';
import {
  answerOf,
  askMonitor,
  doServiceAct,
  lookAtService,
  type ProcessHands,
  processContext,
} from './process-effects.ts';
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

type Effect<Type extends RecoveryEffect['type']> = Extract<RecoveryEffect, { type: Type }>;

type ProcessEffect = Effect<'ask-process-context' | 'monitor-act' | 'look-service' | 'service-act'>;

type HostEffect = Effect<
  | 'ask-context'
  | 'take-turn'
  | 'look-host'
  | 'host-act'
  | 'list-instances'
  | 'evacuate'
  | 'list-evacuations'
  | 'restore'
>;

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
/** The first pause between two questions for a heartbeat, doubled up to `heartbeatPollMs`. */
const firstHeartbeatPollMs = 25;

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
      case 'look':
        return this.#look();
      case 'ask-budget':
        return this.#askBudget(effect);
      case 'await-heartbeat':
        return this.#awaitHeartbeat(effect);
      case 'await-further':
        return this.#awaitFurther(effect);
      case 'act':
        return this.#act(effect);
      case 'wait':
        return this.#wait(effect);
      case 'ask-context':
      case 'take-turn':
      case 'look-host':
      case 'host-act':
      case 'list-instances':
      case 'evacuate':
      case 'list-evacuations':
      case 'restore':
        return this.#ofHost(effect);
      case 'ask-process-context':
      case 'monitor-act':
      case 'look-service':
      case 'service-act':
        return this.#ofProcess(effect);
    }
  }

  /** What the recovery of a process asks for. */
  async #ofProcess(effect: ProcessEffect): Promise<RecoveryEffect | undefined> {
    const { clock, leaseMs } = this.#settings;
    const hands = this.#processHands();
    switch (effect.type) {
      case 'ask-process-context': {
        const sinceAt = new Date(clock.wallMs() - effect.windowMs).toISOString();
        const context = await this.#asking('tell the segment', () => processContext(hands, { sinceAt }));
        return this.#feed({ type: 'process-context', atMs: this.#atMs(), context });
      }
      case 'look-service':
        await this.#takeSlot();
        return this.#feed({ ...(await lookAtService(hands)), atMs: this.#atMs() });
      case 'monitor-act': {
        const paused = await this.#pausedFact(effect.mayHold);
        return paused ? this.#feed(paused) : this.#askMonitor(hands, effect);
      }
      case 'service-act': {
        const paused = await this.#pausedFact(effect.mayHold);
        if (paused) return this.#feed(paused);
        await this.#takeSlot();
        this.#feed({ type: 'service-act-begun', atMs: this.#atMs(), act: effect.act });
        await this.#store();
        await this.#options.lease.ensure(leaseMs / 2);
        return this.#feed({ ...(await doServiceAct(hands, effect)), atMs: this.#atMs() });
      }
    }
  }

  /** The intent is stored before it is asked; the wait has an end, because the database ends every action in time. */
  async #askMonitor(hands: ProcessHands, effect: Effect<'monitor-act'>): Promise<RecoveryEffect | undefined> {
    const { kind, number } = effect;
    this.#feed({ type: 'monitor-act-begun', atMs: this.#atMs(), kind, number });
    await this.#rest();
    await this.#options.lease.ensure(this.#settings.leaseMs / 2);
    const { uuid } = await this.#asking('ask the monitor', () => askMonitor(hands, effect));
    for (;;) {
      const action = await this.#asking('tell what was asked of the monitor', () =>
        hands.stores.actions.get(uuid),
      );
      const answer = action
        ? answerOf(action)
        : ({ outcome: 'in-doubt', detail: 'it is no longer in the books', sighting: null } as const);
      if (answer)
        return this.#feed({ type: 'monitor-act-ended', atMs: this.#atMs(), kind, number, ...answer });
      await this.#sleep(this.#settings.heartbeatPollMs);
    }
  }

  #processHands(): ProcessHands {
    const { processes, hosts } = this.#settings;
    const { payload, host } = this.#subject;
    if (!processes || payload.type !== 'COMPUTE_PROCESS')
      throw new Error('a process is to be recovered, and there is nothing to do it through');
    const { id, uuid } = this.#options.claim.notification;
    return {
      stores: processes.stores,
      control: hosts?.control,
      host,
      processName: payload.processName,
      notification: { id, uuid },
      timeoutMs: this.#settings.policy().actTimeoutMs,
      bounded: call => this.#bounded(call),
    };
  }

  /** What the recovery of a host asks for. Intents are stored, and the lease has time left, before anything is touched. */
  async #ofHost(effect: HostEffect): Promise<RecoveryEffect | undefined> {
    const { hosts, leaseMs, clock } = this.#settings;
    if (!hosts) throw new Error('hosts are to be recovered, and there are no hands on them');
    const hands = this.#hands(hosts);
    switch (effect.type) {
      case 'ask-context': {
        const sinceAt = new Date(clock.wallMs() - hosts.failureWindowMs()).toISOString();
        const context = await this.#asking('tell the segment', () =>
          hands.books.context(hands.host, { sinceAt, of: this.#options.claim.notification }),
        );
        return this.#feed({ type: 'host-context', atMs: this.#atMs(), context });
      }
      case 'take-turn':
        return this.#takeTurn(effect);
      case 'look-host':
        await this.#takeSlot();
        return this.#feed({ ...(await lookAtHost(hands)), atMs: this.#atMs() });
      case 'list-instances':
        await this.#takeSlot();
        return this.#feed({ ...(await listInstances(hands)), atMs: this.#atMs() });
      case 'list-evacuations':
        await this.#takeSlot();
        return this.#feed({ ...(await listEvacuations(hands)), atMs: this.#atMs() });
      case 'restore':
        await this.#takeSlot();
        return this.#feed({ ...(await restore(hands, effect)), atMs: this.#atMs() });
      case 'host-act':
      case 'evacuate': {
        const paused = await this.#pausedFact(effect.type === 'evacuate' || effect.mayHold);
        if (paused) return this.#feed(paused);
        await this.#takeSlot();
        const atMs = this.#atMs();
        if (effect.type === 'evacuate') this.#feed({ type: 'evacuations-begun', atMs, asks: effect.asks });
        else {
          const { act, host, attempt } = effect;
          this.#feed({ type: 'host-act-begun', atMs, act, host, attempt });
        }
        await this.#store();
        await this.#options.lease.ensure(leaseMs / 2);
        const fact =
          effect.type === 'evacuate' ? await askEvacuations(hands, effect) : await doHostAct(hands, effect);
        return this.#feed({ ...fact, atMs: this.#atMs() });
      }
    }
  }

  async #takeTurn({ most }: Effect<'take-turn'>): Promise<RecoveryEffect | undefined> {
    const { claim, lease } = this.#options;
    const { recoveries } = this.#settings.stores;
    const turn = await this.#asking('give a turn', () => recoveries.takeTurn(claim, { most }));
    if (turn === 'fenced') {
      lease.lose('fenced');
      throw new LeaseLostError('fenced');
    }
    const hosts = turn.taken ? [] : turn.hosts;
    return this.#feed({ type: 'turn', atMs: this.#atMs(), taken: turn.taken, hosts });
  }

  #hands({ control, stores }: NonNullable<EngineSettings['hosts']>): HostHands {
    this.#books ??= new HostBooks(stores);
    return {
      control,
      books: this.#books,
      host: this.#subject.host,
      notificationUuid: this.#subject.notificationUuid,
      worker: this.#settings.workerName,
      timeoutMs: this.#settings.policy().actTimeoutMs,
      bounded: call => this.#bounded(call),
    };
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

  async #look(): Promise<RecoveryEffect | undefined> {
    await this.#takeSlot();
    const { control, lookTimeoutMs: timeoutMs } = this.#settings;
    const sighting = await this.#bounded({
      what: 'looking at the instance',
      timeoutMs,
      call: signal => control.look(this.#ref, { timeoutMs, signal }),
      otherwise: detail => ({ seen: 'could-not-look', detail }) as const,
    });
    const kept = withoutPrivateMetadata(this.#settings.policy(), sighting);
    return this.#feed({ type: 'looked', atMs: this.#atMs(), sighting: kept });
  }

  async #askBudget({ windowMs }: Effect<'ask-budget'>): Promise<RecoveryEffect | undefined> {
    const { recoveries } = this.#settings.stores;
    const exceptNotification = this.#subject.notificationUuid;
    const restartsAgoMs = await this.#asking('tell the restarts', () =>
      recoveries.restartsAgoMs(this.#ref.instanceUuid, { windowMs, exceptNotification }),
    );
    return this.#feed({ type: 'budget', atMs: this.#atMs(), restartsAgoMs });
  }

  async #awaitHeartbeat(effect: Effect<'await-heartbeat'>): Promise<RecoveryEffect | undefined> {
    const { known, untilMs, notInBoot } = effect;
    const { notification } = this.#options.claim;
    const mayWait = untilMs > this.#atMs();
    if (mayWait) await this.#rest();
    // The monitor's report that follows its notification is milliseconds behind it.
    let pauseMs = Math.min(firstHeartbeatPollMs, this.#settings.heartbeatPollMs);
    for (;;) {
      if (mayWait && this.#mayBeRuled()) return effect;
      if (mayWait && this.#watcher.furtherFiled) {
        this.#watcher.furtherFiled = false;
        return this.#feed({ type: 'tick', atMs: this.#atMs() });
      }
      const { stores, silentAfterMs } = this.#settings;
      const sighting = await this.#asking('tell the heartbeat', () =>
        stores.guests.heartbeat(
          { incidentKey: notification.incidentKey, ...this.#ref },
          { silentAfterMs: silentAfterMs(), notInBoot },
        ),
      );
      const atMs = this.#atMs();
      if (sighting.heartbeat === 'heard' || sighting.heartbeat !== known || atMs >= untilMs)
        return this.#feed({ type: 'heartbeat', atMs, sighting });
      await this.#sleep(Math.min(untilMs - atMs, pauseMs));
      pauseMs = Math.min(2 * pauseMs, this.#settings.heartbeatPollMs);
    }
  }

  async #awaitFurther(effect: Effect<'await-further'>): Promise<RecoveryEffect | undefined> {
    const { untilMs } = effect;
    const { claim } = this.#options;
    await this.#rest();
    for (;;) {
      if (this.#mayBeRuled()) return effect;
      const { recoveries } = this.#settings.stores;
      const filed = await this.#asking('tell further notifications', () => recoveries.furtherFiled(claim));
      const atMs = this.#atMs();
      if (filed || atMs >= untilMs) return this.#feed({ type: 'further', atMs, filed });
      await this.#sleep(Math.min(untilMs - atMs, this.#settings.heartbeatPollMs));
    }
  }

  /** The intent is stored, and the lease has time left, before anything is touched. */
  async #act({ act, life, attempt, mayHold }: Effect<'act'>): Promise<RecoveryEffect | undefined> {
    const paused = await this.#pausedFact(mayHold);
    if (paused) return this.#feed(paused);
    await this.#takeSlot();
    const { lease } = this.#options;
    const { control, leaseMs } = this.#settings;
    const marginMs = leaseMs / 2;
    this.#feed({ type: 'act-begun', atMs: this.#atMs(), act, life, attempt });
    await this.#journal.store(recoveryInWords(this.#state), null);
    await lease.ensure(marginMs);

    const { actTimeoutMs, host } = this.#settings.policy();
    const timeoutMs = act === 'evacuate' ? host.evacuationTimeoutMs : actTimeoutMs;
    const { outcome, detail } = await this.#bounded({
      what: act,
      timeoutMs,
      call: signal => control.act(act, this.#ref, { life, timeoutMs, signal }),
      otherwise: why => ({ outcome: 'failed', detail: why }) as const,
    });
    this.#options.metrics.acts.add(1, { act, outcome });
    return this.#feed({ type: 'act-ended', atMs: this.#atMs(), act, outcome, detail });
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
