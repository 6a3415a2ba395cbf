import { decideGuest } from './decide-guest.ts';
import type { GuestEffect } from './effect.ts';
import { isCrowd, ruleOn } from './gate.ts';
import type { GuestState } from './guest-state.ts';
import type { HostState } from './host-state.ts';
import { heedFrom, newGuest } from './lives.ts';
import type { GatePolicy, GuestPolicy } from './policy.ts';
import { shareOf } from './share.ts';
import type { GuestSignal } from './signal.ts';
import { convictSilence } from './silence.ts';
import { andThen, askNow, becomeHeld, becomeSuspect, type Step } from './step.ts';

export type HostPolicy = { guest: GuestPolicy; gate: GatePolicy };

/** A signal of one guest, or of the host as a whole. `wallAtMs` is the wall clock when it was seen: it names new lives. */
export type HostEvent = { wallAtMs: number } & (
  | { instanceUuid: string; signal: GuestSignal }
  | { signal: Extract<GuestSignal, { type: 'blind' | 'sighted' | 'tick' }> }
);

export type HostDecision = {
  state: HostState;
  effects: GuestEffect[];
  /** Send `tick` at this monotonic instant, or earlier with any other signal; null: nothing waits for time. */
  wakeAtMs: number | null;
};

/**
 * Judges all guests of one host: feeds one signal through the machine of the guest it concerns (`decideGuest`), and lets the
 * gate rule on verdicts that rest on silence.
 *
 * Pure; throws for no sequence of signals. Costs about the same whatever the number of guests, except where all are
 * concerned: `blind`, `sighted`, and the opening and closing of the gate.
 */
export function decideHost(policy: HostPolicy, state: HostState, event: HostEvent): HostDecision {
  const { atMs } = event.signal;
  const host = new Deciding(policy, state, atMs, event.wallAtMs);
  host.wakeDue();
  if ('instanceUuid' in event) host.seeGuest(event.instanceUuid, event.signal);
  else host.seeHost(event.signal);
  host.rule();
  return host.decision();
}

/** One decision in the making; lives no longer than the call. */
class Deciding {
  readonly #policy: HostPolicy;
  readonly #atMs: number;
  readonly #wallAtMs: number;
  readonly #effects: GuestEffect[] = [];
  readonly #before: HostState;
  #state: HostState;

  constructor(policy: HostPolicy, state: HostState, atMs: number, wallAtMs: number) {
    this.#policy = policy;
    this.#before = state;
    this.#state = state;
    this.#atMs = atMs;
    this.#wallAtMs = wallAtMs;
  }

  decision(): HostDecision {
    const wakeAtMs = this.#state.guests.wakeAtMs;
    return {
      state: this.#state,
      effects: this.#effects,
      wakeAtMs: Number.isFinite(wakeAtMs) ? wakeAtMs : null,
    };
  }

  /** What time alone decides comes before what has just been seen. */
  wakeDue(): void {
    if (this.#state.guests.wakeAtMs > this.#atMs) return;
    for (const guest of this.#state.guests.due(this.#atMs))
      this.#feed(guest, { type: 'tick', atMs: this.#atMs });
  }

  seeGuest(instanceUuid: string, signal: GuestSignal): void {
    const { blind } = this.#state;
    // A listing that succeeds after the blindness began ends it, though nobody said so.
    if (signal.type === 'state') {
      if (blind && signal.atMs > blind.sinceMs) this.seeHost({ type: 'sighted', atMs: signal.atMs });
      else if (!this.#state.sighted && !blind) this.#state = { ...this.#state, sighted: true };
    }
    const guest = this.#state.guests.get(instanceUuid) ?? this.#found(instanceUuid, signal);
    if (guest) this.#feed(guest, signal);
  }

  seeHost(signal: Extract<GuestSignal, { type: 'blind' | 'sighted' | 'tick' }>): void {
    if (signal.type === 'tick' || (signal.type === 'blind' && this.#state.blind)) return;
    this.#state =
      signal.type === 'blind'
        ? { ...this.#state, blind: { sinceMs: signal.atMs, cause: signal.cause } }
        : { ...this.#state, blind: null, sighted: true };
    for (const guest of this.#state.guests.values()) this.#feed(guest, signal);
  }

  /** A guest that a signal tells of for the first time; some tell nothing about one that is not known. */
  #found(instanceUuid: string, signal: GuestSignal): GuestState | undefined {
    switch (signal.type) {
      case 'absent':
      case 'blind':
      case 'sighted':
      case 'tick':
      case 'ping':
        return undefined;
      case 'lifecycle':
        if (signal.event === 'undefined') return undefined;
        return this.#newGuest(instanceUuid, signal.domainId);
      case 'state':
        return this.#newGuest(instanceUuid, signal.domainId);
      case 'reboot':
      case 'watchdog':
      case 'io-error':
      case 'control-error':
      case 'agent':
      case 'profile':
        return this.#newGuest(instanceUuid, null);
    }
  }

  #newGuest(instanceUuid: string, domainId: number | null): GuestState {
    const guest = newGuest(instanceUuid, { domainId, atMs: this.#atMs, wallAtMs: this.#wallAtMs });
    return { ...guest, blindSinceMs: this.#state.blind?.sinceMs ?? null };
  }

  #feed(guest: GuestState, signal: GuestSignal): void {
    const decision = decideGuest(this.#policy.guest, guest, signal, this.#wallAtMs);
    if (decision.guest) this.#put({ guest: decision.guest, effects: decision.effects });
    else this.#state = { ...this.#state, guests: this.#state.guests.without(guest.instanceUuid) };
  }

  #put(step: Step): void {
    const guests = this.#state.guests.with(step.guest);
    if (guests !== this.#state.guests) this.#state = { ...this.#state, guests };
    this.#effects.push(...step.effects);
  }

  /** Lets the gate rule: it opens only over a verdict, so a hiccup of many guests alarms nobody. */
  rule(): void {
    const { totals } = this.#state.guests;
    const crowded = this.#isCrowded();
    if (this.#state.gate.suspect && !crowded) this.#release();
    if (totals.accused === 0) return;
    const accused = this.#state.guests.accused();
    if (crowded && !this.#state.gate.suspect) this.#moveGate(true, accused);
    for (const guest of accused) this.#ruleOn(guest);
  }

  #isCrowded(): boolean {
    return isCrowd(this.#policy.gate, this.#state.guests.totals, this.#state.gate.suspect);
  }

  #ruleOn(guest: GuestState): void {
    const { standing } = guest;
    if (standing.phase !== 'confirming' || standing.charge.kind !== 'silence') return;
    const { charge, dueAtMs } = standing;
    const firstMissAskedMs = charge.misses[0]?.askedAtMs ?? this.#atMs;
    const { oldestLookMs } = this.#state.guests;
    const ruling = ruleOn(
      this.#isCrowded(),
      { firstMissAskedMs, dueAtMs },
      { oldestLookMs, atMs: this.#atMs },
    );
    if (ruling === 'hold') this.#put(becomeHeld(guest, charge.misses, this.#atMs));
    else if (ruling === 'pass') this.#put(convictSilence(this.#policy.guest, guest, charge, this.#atMs));
    else if (!this.#wasAccused(guest)) this.#askNeighbours(guest, firstMissAskedMs);
  }

  #wasAccused({ instanceUuid }: GuestState): boolean {
    const before = this.#before.guests.get(instanceUuid);
    return before !== undefined && shareOf(before).accused;
  }

  /** Once for each accusation, so that it need not wait for their turn. */
  #askNeighbours(accused: GuestState, sinceMs: number): void {
    for (const guest of this.#state.guests.values()) {
      if (guest !== accused && shareOf(guest).lookMs < sinceMs) this.#put(askNow(guest, this.#atMs));
    }
  }

  /** The share of silent guests has fallen. What was seen while the host was suspect is no evidence against a guest. */
  #release(): void {
    const held = this.#state.guests.held();
    this.#moveGate(false, held);
    for (const guest of held) {
      const why = 'still silent after the host ceased to be suspect; misses count anew';
      const anew = becomeSuspect(heedFrom(guest, this.#atMs), [], why, this.#atMs);
      this.#put(andThen(anew, suspect => askNow(suspect, this.#atMs)));
    }
  }

  #moveGate(suspect: boolean, held: readonly GuestState[]): void {
    const { silent, heard } = this.#state.guests.totals;
    this.#state = { ...this.#state, gate: { suspect, sinceMs: this.#atMs } };
    this.#effects.push({
      type: 'host-gate',
      suspect,
      silent,
      heard,
      held: held.map(guest => guest.instanceUuid).sort(),
      atMs: this.#atMs,
    });
  }
}
