import type { GuestEffect } from './effect.ts';
import type { GuestState, Miss, Standing } from './guest-state.ts';
import { heedFrom, withLife } from './lives.ts';
import type { GuestPolicy } from './policy.ts';

/** One guest after one signal, and what the monitor must do about it. */
export type Step = { guest: GuestState; effects: GuestEffect[] };

/** Nothing follows. */
export const stay = (guest: GuestState): Step => ({ guest, effects: [] });

/** First one step, then another from where it led. */
export function andThen(first: Step, next: (guest: GuestState) => Step): Step {
  const second = next(first.guest);
  return { guest: second.guest, effects: [...first.effects, ...second.effects] };
}

/** Moves the guest into a phase; data of the phase it leaves is dropped. A move within a phase is none. */
function become(guest: GuestState, standing: Standing, why: string, atMs: number): Step {
  const from = guest.standing.phase;
  const to = standing.phase;
  if (from === to) return stay({ ...guest, standing, why });
  return {
    guest: { ...guest, standing, why, sinceMs: atMs },
    effects: [{ type: 'transition', instanceUuid: guest.instanceUuid, from, to, why, atMs }],
  };
}

export const becomeAlive = (guest: GuestState, why: string, atMs: number): Step =>
  become(guest, { phase: 'alive' }, why, atMs);

export const becomeUnmonitored = (guest: GuestState, atMs: number): Step =>
  become(guest, { phase: 'unmonitored' }, 'has no agent channel: its silence means nothing', atMs);

/**
 * It runs, and what was known of its heartbeat has to be confirmed: unproven, or unmonitored when its definition has no
 * agent channel. Until `graceUntilMs` silence is nothing even from a guest that was heard in this boot.
 */
export function becomeRunning(guest: GuestState, why: string, graceUntilMs: number, atMs: number): Step {
  const fresh = heedFrom({ ...guest, life: { ...guest.life, ended: false, cpu: null } }, atMs);
  if (guest.profile && !guest.profile.agentChannel && !guest.life.proven)
    return becomeUnmonitored(fresh, atMs);
  return becomeUnproven(fresh, why, graceUntilMs, atMs);
}

export const becomeUnproven = (guest: GuestState, why: string, graceUntilMs: number, atMs: number): Step =>
  become(guest, { phase: 'unproven', graceUntilMs }, why, atMs);

/** A counted miss is told each time: the line is the trace of a growing suspicion. */
export function becomeSuspect(guest: GuestState, misses: readonly Miss[], why: string, atMs: number): Step {
  const step = become(guest, { phase: 'suspect', misses }, why, atMs);
  if (step.effects.length > 0 || misses.length === 0) return step;
  const { instanceUuid } = guest;
  return {
    ...step,
    effects: [{ type: 'transition', instanceUuid, from: 'suspect', to: 'suspect', why, atMs }],
  };
}

export const becomeConfirming = (
  guest: GuestState,
  standing: Omit<Extract<Standing, { phase: 'confirming' }>, 'phase'>,
  why: string,
  atMs: number,
): Step => become(guest, { phase: 'confirming', ...standing }, why, atMs);

export const becomeHeld = (guest: GuestState, misses: readonly Miss[], atMs: number): Step =>
  become(
    guest,
    { phase: 'held', misses },
    'silent together with many guests of this host: the host is suspect, not the guest',
    atMs,
  );

/** A paused guest cannot answer: pings under way are void, and its CPU stands still for a reason. */
export const becomeSuspended = (
  guest: GuestState,
  by: 'wish' | 'migration',
  why: string,
  atMs: number,
): Step => become(heedFrom(withLife(guest, { cpu: null }), atMs), { phase: 'suspended', by }, why, atMs);

export const becomeStopped = (guest: GuestState, reason: string, why: string, atMs: number): Step =>
  become(heedFrom(withLife(guest, { cpu: null }), atMs), { phase: 'stopped', reason }, why, atMs);

export const becomeFailed = (
  guest: GuestState,
  standing: Omit<Extract<Standing, { phase: 'failed' }>, 'phase'>,
  why: string,
  atMs: number,
): Step => become(guest, { phase: 'failed', ...standing }, why, atMs);

/** Asks the monitor to ping this guest before its turn. */
export const askNow = (guest: GuestState, atMs: number): Step => ({
  guest,
  effects: [{ type: 'ask', instanceUuid: guest.instanceUuid, atMs }],
});

/** The end of the grace that a start, reboot or resume at `atMs` brings. */
export const graceFrom = (policy: GuestPolicy, atMs: number): number => atMs + policy.bootGraceMs;
