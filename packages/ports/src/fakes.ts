export { type MemoryReporter, type MemorySink, memoryReporter, memorySink } from './fakes/memory-sink.ts';
export { type MemoryStores, memoryStores } from './fakes/memory-stores.ts';
export {
  type ScriptedBehaviour,
  type ScriptedCall,
  type ScriptedControl,
  type ScriptedControlOptions,
  type ScriptedInstance,
  scriptedControl,
} from './fakes/scripted-control.ts';
export {
  type ScriptedEvacuation,
  type ScriptedHost,
  type ScriptedHostBehaviour,
  type ScriptedHostCall,
  type ScriptedHosted,
  type ScriptedHosts,
  type ScriptedHostsOptions,
  scriptedHosts,
} from './fakes/scripted-hosts.ts';
export {
  type ScriptedGuest,
  type ScriptedPing,
  type ScriptedProbe,
  scriptedProbe,
} from './fakes/scripted-probe.ts';
export { settle, VirtualClock, type VirtualClockOptions } from './fakes/virtual-clock.ts';
