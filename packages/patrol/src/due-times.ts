import { type GuestPolicy, type GuestState, shouldAsk } from '@instance-ha/guest-health';

/** A guest that is to be asked now. `lateMs` after its turn; `early`: before it, to spread the guests. */
export type DueGuest = { uuid: string; dueMs: number; slow: boolean; early: boolean; lateMs: number };

type Known = {
  guest: GuestState;
  ask: { dueMs: number; slow: boolean } | null;
  share: number;
  isSpread: boolean;
};

/**
 * When each guest is to be asked next, kept from look to look: of a thousand guests few change between two asks.
 *
 * What is kept holds for as long as the guest's state is the same object and its time has not come: time alone never makes an ask
 * due earlier, so one whose time has come is reckoned again and no other need be.
 */
export class DueTimes {
  readonly #known = new Map<string, Known>();
  #policy: GuestPolicy | undefined;

  /** How many guests it remembers. */
  get kept(): number {
    return this.#known.size;
  }

  /** The due guests, the longest overdue first, `urgent` ones before all; and when the next of the others is. */
  look(
    policy: GuestPolicy,
    guests: Iterable<[string, GuestState]> & { size: number },
    nowMs: number,
    { except, urgent }: { except: ReadonlySet<string>; urgent: Set<string> },
  ): { due: DueGuest[]; nextDueMs: number } {
    if (policy !== this.#policy) this.#forgetTimes(policy);
    const due: DueGuest[] = [];
    let nextDueMs = Number.POSITIVE_INFINITY;
    for (const [uuid, guest] of guests) {
      if (except.has(uuid)) continue;
      const isUrgent = urgent.has(uuid);
      const known = this.#of(uuid, guest, nowMs);
      let dueMs = dueOf(policy, known);
      if (dueMs <= nowMs || isUrgent) {
        known.ask = shouldAsk(policy, guest, nowMs);
        dueMs = dueOf(policy, known);
      }
      if (known.ask === null) urgent.delete(uuid);
      else if (isUrgent || dueMs <= nowMs)
        due.push({
          uuid,
          dueMs: isUrgent ? Number.NEGATIVE_INFINITY : dueMs,
          slow: known.ask.slow,
          early: known.ask.dueMs > nowMs,
          lateMs: Math.max(0, nowMs - known.ask.dueMs),
        });
      else nextDueMs = Math.min(nextDueMs, dueMs);
    }
    due.sort((a, b) => a.dueMs - b.dueMs);
    if (this.#known.size > 2 * guests.size + 16) this.#forgetGone(guests);
    return { due, nextDueMs };
  }

  /** This guest was asked before its turn: from now on its turns lie where they are. */
  spread(uuid: string): void {
    const known = this.#known.get(uuid);
    if (known) known.isSpread = true;
  }

  #of(uuid: string, guest: GuestState, nowMs: number): Known {
    const known = this.#known.get(uuid);
    if (known?.guest === guest) return known;
    const ask = shouldAsk(this.#policy as GuestPolicy, guest, nowMs);
    if (known) {
      known.guest = guest;
      known.ask = ask;
      return known;
    }
    const found: Known = { guest, ask, share: shareOf(uuid), isSpread: false };
    this.#known.set(uuid, found);
    return found;
  }

  #forgetTimes(policy: GuestPolicy): void {
    this.#policy = policy;
    for (const known of this.#known.values()) known.ask = { dueMs: Number.NEGATIVE_INFINITY, slow: false };
  }

  #forgetGone(guests: Iterable<[string, GuestState]>): void {
    const here = new Set<string>();
    for (const [uuid] of guests) here.add(uuid);
    for (const uuid of this.#known.keys()) if (!here.has(uuid)) this.#known.delete(uuid);
  }
}

/** Guests found together would be asked together for ever: each is once asked earlier by its own share of the interval. */
const dueOf = ({ checkIntervalMs }: GuestPolicy, { ask, share, isSpread }: Known): number =>
  ask === null ? Number.POSITIVE_INFINITY : ask.dueMs - (isSpread ? 0 : share * checkIntervalMs);

/** A number in [0, 1) of a UUID's own: its digits are random enough to lie evenly. */
const shareOf = (uuid: string): number => {
  let hash = 0;
  for (let index = 0; index < uuid.length; index += 1)
    hash = (Math.imul(hash, 31) + uuid.charCodeAt(index)) >>> 0;
  return ((Math.imul(hash, 0x9e3779b1) >>> 0) % 4096) / 4096;
};
