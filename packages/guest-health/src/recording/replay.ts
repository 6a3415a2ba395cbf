import type { GuestFault } from '@instance-ha/notification';
import { decideHost, type HostEvent, type HostPolicy } from '../decide-host.ts';
import type { GuestEffect } from '../effect.ts';
import type { GuestState } from '../guest-state.ts';
import { type HostState, initialHost } from '../host-state.ts';
import { newGuest } from '../lives.ts';
import { fromRecord } from '../recall.ts';
import { recordVersion } from '../record.ts';
import { fromRecordedSignal, type RecordedSignal, type Recording } from './recording.ts';

/** A notification that would have been filed. `atMs`: milliseconds since 1970-01-01T00:00:00Z. */
export type Replayed = {
  instanceUuid: string;
  instanceName: string;
  fault: GuestFault;
  rule: string;
  atMs: number;
};

/**
 * What would have been reported of one host, by these thresholds and the machine that watches guests: the same signals at the
 * same instants. What would have been asked more often, or done about a guest, did not happen. `recordings` are of one host,
 * the oldest first; what was not recorded is a time in which nobody looked.
 */
export function replay(policy: HostPolicy, recordings: readonly Recording[]): Replayed[] {
  const host = new Replaying(policy);
  for (const recording of recordings) host.play(recording);
  return host.reports;
}

/** Recordings that are no farther apart are one. */
const seamMs = 5_000;
/** Quiet neighbours are stood in for, up to so many: more change no share that matters. */
const mostStandIns = 2_000;
/** Whatever decisions ask for, between two signals time is told of no more often. */
const mostTicks = 1_000;

class Replaying {
  readonly reports: Replayed[] = [];
  readonly #policy: HostPolicy;
  #state = anew();
  #wakeAtMs: number | null = null;
  #endedAt: number | null = null;
  #standIns = 0;

  constructor(policy: HostPolicy) {
    this.#policy = policy;
  }

  play(recording: Recording): void {
    if (this.#endedAt !== null && recording.fromAt - this.#endedAt > seamMs) {
      this.#state = anew();
      this.#wakeAtMs = null;
      this.#standIns = 0;
    }
    this.#meet(recording);
    for (const signal of recording.signals) {
      this.#passTime(signal.atMs);
      this.#feed(toEvent(signal));
    }
    this.#passTime(recording.toAt);
    this.#endedAt = recording.toAt;
  }

  /** Those it tells of as they were, unless they are known; and stand-ins for the heard ones that it does not tell of. */
  #meet({ guests, fromAt, heard }: Recording): void {
    const { state } = fromRecord({ version: recordVersion, suspectSince: null, guests }, fromAt, fromAt);
    let known = this.#state.guests;
    for (const guest of state.guests.values())
      if (!known.has(guest.instanceUuid)) known = known.with(asSeen(guest));
    const missing = Math.min(heard - known.totals.heard, mostStandIns - this.#standIns);
    for (let more = 0; more < missing; more += 1) {
      this.#standIns += 1;
      known = known.with(standIn(`stand-in-${this.#standIns}`, fromAt));
    }
    this.#state = { ...this.#state, guests: known };
  }

  #passTime(untilMs: number): void {
    for (let ticks = 0; ticks < mostTicks; ticks += 1) {
      const atMs = this.#wakeAtMs;
      if (atMs === null || atMs > untilMs) return;
      this.#wakeAtMs = null;
      this.#feed({ signal: { type: 'tick', atMs }, wallAtMs: atMs });
    }
  }

  #feed(event: HostEvent): void {
    const { state, effects, wakeAtMs } = decideHost(this.#policy, this.#state, event);
    this.#state = state;
    this.#wakeAtMs = wakeAtMs;
    for (const effect of effects) if (effect.type === 'notify') this.reports.push(toReplayed(effect));
  }
}

const anew = (): HostState => ({ ...initialHost(), sighted: true });

/** It was watched when it was written down: nothing was looked away from. */
const asSeen = (guest: GuestState): GuestState => ({
  ...guest,
  blindSinceMs: null,
  lookedAway: false,
  hearing: { ...guest.hearing, heedFromMs: 0, awayIsNothingUntilMs: 0 },
});

/** A neighbour that answered whenever it was asked. */
function standIn(instanceUuid: string, atMs: number): GuestState {
  const guest = newGuest(instanceUuid, { domainId: null, atMs, wallAtMs: atMs });
  return {
    ...guest,
    standing: { phase: 'alive' },
    life: { ...guest.life, heard: true, proven: true },
    hearing: { ...guest.hearing, lookedAtMs: Number.MAX_SAFE_INTEGER },
  };
}

function toEvent(recorded: RecordedSignal): HostEvent {
  const signal = fromRecordedSignal(recorded);
  const wallAtMs = signal.atMs;
  if (recorded.of !== null) return { instanceUuid: recorded.of, signal, wallAtMs };
  const ofHost = signal.type === 'blind' || signal.type === 'sighted';
  return { signal: ofHost ? signal : { type: 'tick', atMs: wallAtMs }, wallAtMs };
}

const toReplayed = (effect: Extract<GuestEffect, { type: 'notify' }>): Replayed => {
  const { instanceUuid, instanceName, fault, evidence, atMs } = effect;
  return { instanceUuid, instanceName, fault, rule: evidence.rule, atMs };
};
