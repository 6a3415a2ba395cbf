export { type GuestEffect, type GuestPhase, type GuestView, guestPhases } from './effect.ts';
export type { GatePolicy, GuestPolicy, RestartBudget } from './policy.ts';
export type { DomainState, GuestProfile, GuestSignal, LifecycleEvent, WatchdogAction } from './signal.ts';
