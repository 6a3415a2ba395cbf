export type { AgentBehaviour, FakeAgentAnswer, FakeAgentRequest } from './fake/agent.ts';
export { createFakeLibvirtd, type FakeLibvirtd, type FakeLibvirtdOptions } from './fake/fake-libvirtd.ts';
export type { GuestScript } from './fake/faults.ts';
export type { CpuBehaviour, FakeGuest, FakeGuestSpec } from './fake/guest.ts';
export { createManualTimers, type ManualTimers } from './fake/manual-timers.ts';
