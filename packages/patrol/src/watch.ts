import {
  decideHost,
  type GuestEffect,
  type GuestSignal,
  type GuestView,
  type HostEvent,
  type HostState,
  viewGuest,
} from '@instance-ha/guest-health';
import type { Clock, Listing, ProbeSignal } from '@instance-ha/ports';
import { Doorbell } from '@instance-ha/runtime';
import type { PatrolPolicy } from './options.ts';

type HostWideSignal = Extract<GuestSignal, { type: 'blind' | 'sighted' | 'tick' }>;

/**
 * Holds what is believed of the host's guests, feeds it every signal, and hands on what follows.
 *
 * Everything here happens at once and in order: no await, so a decision always stands on all that was seen before it.
 */
export class Watch {
  #state: HostState;
  #wakeAtMs: number | null = null;
  #listed = false;
  readonly #changed = new Set<string>();
  readonly #clock: Clock;
  readonly #policy: () => PatrolPolicy;
  readonly #onEffects: (effects: GuestEffect[]) => void;
  readonly #onSight: () => void;
  readonly #onSeen: (before: HostState, event: HostEvent, after: HostState) => void;
  readonly #moved: Doorbell;

  constructor(options: {
    state: HostState;
    clock: Clock;
    policy: () => PatrolPolicy;
    onEffects: (effects: GuestEffect[]) => void;
    /** The probe went blind, or sees again. */
    onSight: () => void;
    /** Everything that was judged. */
    onSeen: (before: HostState, event: HostEvent, after: HostState) => void;
  }) {
    this.#state = options.state;
    this.#moved = new Doorbell({ clock: options.clock });
    this.#clock = options.clock;
    this.#policy = options.policy;
    this.#onEffects = options.onEffects;
    this.#onSight = options.onSight;
    this.#onSeen = options.onSeen;
  }

  get state(): HostState {
    return this.#state;
  }

  /** Feeds one signal of the probe. */
  see(seen: ProbeSignal | { signal: HostWideSignal }): void {
    const { guest, gate } = this.#policy();
    const event = { ...seen, wallAtMs: this.#clock.wallMs() };
    const before = this.#state;
    const { state, effects, wakeAtMs } = decideHost({ guest, gate }, before, event);
    this.#state = state;
    this.#onSeen(before, event, state);
    if ('instanceUuid' in seen) this.#changed.add(seen.instanceUuid);
    for (const effect of effects) {
      if ('instanceUuid' in effect) this.#changed.add(effect.instanceUuid);
      else for (const uuid of effect.held) this.#changed.add(uuid);
    }
    if (wakeAtMs !== this.#wakeAtMs) {
      this.#wakeAtMs = wakeAtMs;
      this.#moved.ring();
    }
    if (effects.length > 0) this.#onEffects(effects);
    const saw = before.sighted && before.blind === null;
    const sees = state.sighted && state.blind === null;
    if (!sees) this.#listed = false;
    if (saw !== sees) this.#onSight();
  }

  /** Feeds a listing: each guest's state, and the absence of those it does not hold. */
  seeListing(listing: Listing): void {
    if (!listing.listed) {
      this.see({ signal: { type: 'blind', cause: listing.cause, atMs: listing.atMs } });
      return;
    }
    const present = new Set<string>();
    for (const { instanceUuid, signal } of listing.guests) {
      present.add(instanceUuid);
      this.see({ instanceUuid, signal });
    }
    for (const instanceUuid of this.#state.guests.keys()) {
      if (!present.has(instanceUuid))
        this.see({ instanceUuid, signal: { type: 'absent', atMs: listing.atMs } });
    }
    this.#listed = this.#state.sighted && this.#state.blind === null;
  }

  /** Sends `tick` whenever a decision asked to be woken, until `signal` aborts. */
  async wake(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const nowMs = this.#clock.monotonicMs();
      if (this.#wakeAtMs !== null && this.#wakeAtMs <= nowMs) {
        this.#wakeAtMs = null;
        this.see({ signal: { type: 'tick', atMs: nowMs } });
        await this.#clock.sleep(leastPauseMs, signal).catch(() => {});
        continue;
      }
      const waitMs = Math.min(
        longestSleepMs,
        this.#wakeAtMs === null ? longestSleepMs : this.#wakeAtMs - nowMs,
      );
      await this.#moved.wait({ signal, atMostMs: waitMs });
    }
  }

  /** What is believed of one guest, and whether it stands on a look: a listing since the host was last sighted. */
  guest(instanceUuid: string): { guest: GuestView | undefined; seen: boolean } {
    const guest = this.#state.guests.get(instanceUuid);
    return { guest: guest && viewGuest(guest), seen: this.#listed };
  }

  /** The guests that changed since the last call, or all of them. */
  views(which: 'changed' | 'all'): GuestView[] {
    const views: GuestView[] = [];
    const uuids = which === 'all' ? this.#state.guests.keys() : this.#changed.values();
    for (const uuid of uuids) {
      const guest = this.#state.guests.get(uuid);
      if (guest) views.push(viewGuest(guest));
    }
    this.#changed.clear();
    return views;
  }
}

const longestSleepMs = 60_000;
/** Whatever a decision asks for, two ticks are so far apart. */
const leastPauseMs = 5;
