import { type GuestPhase, guestPhases } from './effect.ts';
import type { GuestState } from './guest-state.ts';
import { type Share, shareOf } from './share.ts';

/** Enough that a copy of one drawer is small on the largest host, and few enough to look through all their labels. */
const drawers = 64;

type Drawer = {
  readonly guests: ReadonlyMap<string, GuestState>;
  /** The earliest instant a guest in here wants to be woken at; Infinity when none does. */
  readonly wakeAtMs: number;
  /** Of the listened-to guests in here, the ask that told something longest ago; Infinity when there are none. */
  readonly oldestLookMs: number;
  readonly accused: number;
  readonly held: number;
};

/** What the gate and the view need of all guests together. */
export type Totals = {
  readonly heard: number;
  readonly silent: number;
  readonly accused: number;
  readonly held: number;
  readonly byPhase: Readonly<Record<GuestPhase, number>>;
};

const emptyDrawer: Drawer = {
  guests: new Map(),
  wakeAtMs: Number.POSITIVE_INFINITY,
  oldestLookMs: Number.POSITIVE_INFINITY,
  accused: 0,
  held: 0,
};

/**
 * All guests of a host: an immutable map from instance UUID. A change copies one drawer of 64 and keeps the sums by
 * difference, so one event costs the same on a host with one guest and, nearly, on one with thousands.
 */
export class Roster {
  static readonly empty: Roster = new Roster(
    Array.from({ length: drawers }, () => emptyDrawer),
    0,
    {
      heard: 0,
      silent: 0,
      accused: 0,
      held: 0,
      byPhase: Object.fromEntries(guestPhases.map(phase => [phase, 0])) as Record<GuestPhase, number>,
    },
  );

  readonly size: number;
  readonly totals: Totals;
  readonly #drawers: readonly Drawer[];

  private constructor(all: readonly Drawer[], size: number, totals: Totals) {
    this.#drawers = all;
    this.size = size;
    this.totals = totals;
  }

  get(instanceUuid: string): GuestState | undefined {
    return this.#drawers[drawerOf(instanceUuid)]?.guests.get(instanceUuid);
  }

  has(instanceUuid: string): boolean {
    return this.get(instanceUuid) !== undefined;
  }

  *keys(): Generator<string, void, undefined> {
    for (const drawer of this.#drawers) yield* drawer.guests.keys();
  }

  *values(): Generator<GuestState, void, undefined> {
    for (const drawer of this.#drawers) yield* drawer.guests.values();
  }

  *[Symbol.iterator](): Generator<[string, GuestState], void, undefined> {
    for (const drawer of this.#drawers) yield* drawer.guests;
  }

  /** With this guest in place of what stood under its UUID. */
  with(guest: GuestState): Roster {
    return this.#changed(guest.instanceUuid, guest);
  }

  without(instanceUuid: string): Roster {
    return this.has(instanceUuid) ? this.#changed(instanceUuid, undefined) : this;
  }

  /** When the first of all guests wants to be woken; Infinity when none does. */
  get wakeAtMs(): number {
    return this.#drawers.reduce(
      (least, drawer) => Math.min(least, drawer.wakeAtMs),
      Number.POSITIVE_INFINITY,
    );
  }

  /** Every guest that is listened to was asked, with a result, at or after this instant. */
  get oldestLookMs(): number {
    return this.#drawers.reduce(
      (least, drawer) => Math.min(least, drawer.oldestLookMs),
      Number.POSITIVE_INFINITY,
    );
  }

  /** Guests that wanted to be woken by `atMs`. */
  due(atMs: number): GuestState[] {
    return this.#drawers
      .filter(drawer => drawer.wakeAtMs <= atMs)
      .flatMap(drawer => [...drawer.guests.values()].filter(guest => shareOf(guest).wakeAtMs <= atMs));
  }

  accused(): GuestState[] {
    return this.#pick('accused');
  }

  held(): GuestState[] {
    return this.#pick('held');
  }

  #pick(what: 'accused' | 'held'): GuestState[] {
    if (this.totals[what] === 0) return [];
    return this.#drawers
      .filter(drawer => drawer[what] > 0)
      .flatMap(drawer => [...drawer.guests.values()].filter(guest => shareOf(guest)[what]));
  }

  #changed(instanceUuid: string, guest: GuestState | undefined): Roster {
    const place = drawerOf(instanceUuid);
    const old = this.#drawers[place] ?? emptyDrawer;
    const before = old.guests.get(instanceUuid);
    if (before === guest) return this;
    const guests = new Map(old.guests);
    if (guest) guests.set(instanceUuid, guest);
    else guests.delete(instanceUuid);
    const all = this.#drawers.slice();
    all[place] = label(guests);
    const size = this.size + (guest ? 1 : 0) - (before ? 1 : 0);
    return new Roster(all, size, total(this.totals, before, guest));
  }
}

function label(guests: ReadonlyMap<string, GuestState>): Drawer {
  let { wakeAtMs, oldestLookMs, accused, held } = emptyDrawer;
  for (const guest of guests.values()) {
    const share = shareOf(guest);
    wakeAtMs = Math.min(wakeAtMs, share.wakeAtMs);
    oldestLookMs = Math.min(oldestLookMs, share.lookMs);
    if (share.accused) accused += 1;
    if (share.held) held += 1;
  }
  return { guests, wakeAtMs, oldestLookMs, accused, held };
}

function total(totals: Totals, before: GuestState | undefined, after: GuestState | undefined): Totals {
  const was: Share | null = before ? shareOf(before) : null;
  const is: Share | null = after ? shareOf(after) : null;
  const moved = (what: 'heard' | 'silent' | 'accused' | 'held'): number =>
    totals[what] + Number(is?.[what] ?? false) - Number(was?.[what] ?? false);
  const from = before?.standing.phase;
  const to = after?.standing.phase;
  const byPhase = { ...totals.byPhase };
  if (from) byPhase[from] -= 1;
  if (to) byPhase[to] += 1;
  return {
    heard: moved('heard'),
    silent: moved('silent'),
    accused: moved('accused'),
    held: moved('held'),
    byPhase: from === to ? totals.byPhase : byPhase,
  };
}

function drawerOf(instanceUuid: string): number {
  let hash = 0x811c9dc5;
  for (let place = 0; place < instanceUuid.length; place += 1)
    hash = Math.imul(hash ^ instanceUuid.charCodeAt(place), 0x01000193);
  return (hash >>> 0) % drawers;
}
