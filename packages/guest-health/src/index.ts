export { shouldAsk } from './asking.ts';
export { type Admission, admitRestart } from './budget.ts';
export { decideGuest } from './decide-guest.ts';
export { decideHost, type HostDecision, type HostEvent, type HostPolicy } from './decide-host.ts';
export { type GuestEffect, type GuestPhase, type GuestView, guestPhases } from './effect.ts';
export type { GuestState } from './guest-state.ts';
export { type HostState, initialHost } from './host-state.ts';
export {
  defaultGatePolicy,
  defaultGuestPolicy,
  defaultRestartBudget,
  type GatePolicy,
  type GuestPolicy,
  policyProblems,
  type RestartBudget,
} from './policy.ts';
export { fromRecord } from './recall.ts';
export { type HostRecord, toRecord } from './record.ts';
export { readRecording } from './recording/read-recording.ts';
export { Recorder, recordingLimits } from './recording/recorder.ts';
export type { RecordedSignal, Recording } from './recording/recording.ts';
export { type Replayed, replay } from './recording/replay.ts';
export { type GuestRule, guestRules } from './rule.ts';
export {
  type DomainState,
  type GuestProfile,
  type GuestSignal,
  type LifecycleEvent,
  lifecycleDetails,
  stateReasons,
  type WatchdogAction,
} from './signal.ts';
export { type HostView, viewGuest, viewHost } from './view.ts';
