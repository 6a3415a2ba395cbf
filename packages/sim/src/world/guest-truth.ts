import { DomainState, PausedReason, ShutoffReason } from '@instance-ha/libvirt-rpc';
import type { FakeGuest } from '@instance-ha/libvirt-rpc/fake-server';

/**
 * How a guest really is, which no part of the product knows.
 *
 * | condition       | meaning                                                                   |
 * | --------------- | ------------------------------------------------------------------------- |
 * | `well`          | runs, and answers if it has an agent                                      |
 * | `booting`       | runs, and has not had the time to answer                                  |
 * | `hung`          | runs and will not answer: frozen, panicked in silence, without its agent  |
 * | `dead`          | off, crashed or paused by a failure                                       |
 * | `stopped`       | off by a recovery, which owes it a start                                  |
 * | `wished-off`    | off by somebody's wish                                                    |
 * | `wished-paused` | paused by somebody's wish                                                 |
 * | `gone`          | not on this host any more                                                 |
 */
export type Condition =
  | 'well'
  | 'booting'
  | 'hung'
  | 'dead'
  | 'stopped'
  | 'wished-off'
  | 'wished-paused'
  | 'gone';

/** What something done to a guest means for what is true of it. */
export type Meaning =
  | 'breaks'
  | 'breaks-for-a-moment'
  | 'heals'
  | 'heals-audibly'
  | 'reboots'
  | 'wished-off'
  | 'wished-paused'
  | 'wished-on'
  | 'resumes'
  | 'nothing';

/** The time a guest may need beyond its boot until it must answer. */
const bootSlackMs = 500;

/** What is true of one guest on one host, from its domain and from what was done to it. */
export class GuestTruth {
  readonly guest: FakeGuest;
  /** Starts so many times into a life in which it never answers. */
  muteBoots = 0;
  #wish: 'on' | 'off' | 'paused' = 'on';
  #offBy: 'world' | 'recovery' = 'world';
  /** The present life failed, and nothing has healed it. */
  #broken = false;
  /** When the present life last was not well; null: always was, since it first answered. */
  #lastUnwellMs: number | null = null;
  #lastWellMs: number | null = null;
  #healedAudibly = false;
  #startedMs: number;
  #mute = false;
  readonly #nowMs: () => number;

  /** `commanded` tells whether the world, and not a worker, is doing something right now. */
  constructor(options: {
    guest: FakeGuest;
    nowMs: () => number;
    commanded: () => boolean;
    onRecoveryStarts: (truth: GuestTruth) => void;
  }) {
    const { guest, nowMs, commanded, onRecoveryStarts } = options;
    this.guest = guest;
    this.#nowMs = nowMs;
    this.#startedMs = Number.NEGATIVE_INFINITY;
    const started = guest.started.bind(guest);
    const stopped = guest.stopped.bind(guest);
    const set = guest.agent.set.bind(guest.agent);
    guest.started = (id, state, reason) => {
      if (!commanded()) onRecoveryStarts(this);
      this.#mute = this.muteBoots > 0;
      this.muteBoots = Math.max(0, this.muteBoots - 1);
      this.#broken = false;
      this.#lastUnwellMs = null;
      this.#startedMs = nowMs();
      this.#wish = 'on';
      started(id, state, reason);
    };
    guest.stopped = reason => {
      // Only a worker destroys without being told by the story.
      this.#offBy = reason === ShutoffReason.DESTROYED && !commanded() ? 'recovery' : 'world';
      stopped(reason);
    };
    guest.agent.set = behaviour => set(this.#mute && behaviour === 'answers' ? 'hung' : behaviour);
  }

  get name(): string {
    return this.guest.name;
  }

  /** The present life failed, however it is now. */
  get everBroken(): boolean {
    return this.#broken || this.#mute || this.#lastUnwellMs !== null;
  }

  /** So long it has been well; null while it is not. */
  wellForMs(): number | null {
    if (this.condition() !== 'well') return null;
    return this.#nowMs() - Math.max(this.#lastUnwellMs ?? this.#startedMs, this.#startedMs);
  }

  /** What healed it told so itself, by an event. */
  get healedAudibly(): boolean {
    return this.#healedAudibly;
  }

  /** Whether it was well at any time since then. */
  wasWellSince(atMs: number): boolean {
    return this.condition() === 'well' || (this.#lastWellMs !== null && this.#lastWellMs >= atMs);
  }

  /** Something is about to be done to it. */
  note(meaning: Meaning): void {
    if (this.condition() === 'well') this.#lastWellMs = this.#nowMs();
    switch (meaning) {
      case 'breaks':
        this.#broken = true;
        this.#healedAudibly = false;
        this.#lastUnwellMs = this.#nowMs();
        break;
      case 'breaks-for-a-moment':
        this.#broken = false;
        this.#lastUnwellMs = this.#nowMs() + this.guest.bootMs;
        this.#startedMs = this.#nowMs();
        break;
      case 'heals':
      case 'reboots':
        if (this.#broken) this.#lastUnwellMs = this.#nowMs();
        if (meaning === 'reboots') {
          this.#startedMs = this.#nowMs();
          this.#wish = 'on';
        }
        this.#broken = false;
        break;
      case 'wished-off':
        this.#wish = 'off';
        break;
      case 'wished-paused':
        this.#wish = 'paused';
        break;
      case 'heals-audibly':
      case 'resumes':
        this.note('heals');
        this.#wish = 'on';
        this.#healedAudibly = true;
        break;
      case 'wished-on':
        this.#wish = 'on';
        break;
      case 'nothing':
        break;
    }
  }

  condition(): Condition {
    const { guest } = this;
    if (this.#wish === 'off') return 'wished-off'; // Also on its way there.
    if (!guest.active) return this.#offBy === 'recovery' ? 'stopped' : 'dead';
    if (guest.state === DomainState.PAUSED && guest.reason === PausedReason.MIGRATION) return 'booting';
    if (guest.state === DomainState.PAUSED && this.#wish === 'paused') return 'wished-paused';
    if (guest.state !== DomainState.RUNNING) return 'dead';
    if (this.#broken) return 'hung';
    if (!guest.agent.configured || guest.agent.behaviour === 'answers') return 'well';
    return this.#nowMs() <= this.#startedMs + guest.bootMs + bootSlackMs ? 'booting' : 'hung';
  }
}
