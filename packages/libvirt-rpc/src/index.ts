export type { AgentCommand, AgentPingOptions } from './agent-call.ts';
export { type ConnectLibvirtOptions, connectLibvirt } from './connect.ts';
export {
  type DomainControlInfo,
  type DomainCpuTime,
  type DomainInfo,
  type DomainStateAndReason,
  type DomainStats,
  DomainStatsGroup,
  type LibvirtConnection,
  type TypedValue,
} from './connection.ts';
export {
  LibvirtError,
  type LibvirtErrorCode,
  type LibvirtErrorOptions,
  libvirtErrorCodes,
} from './libvirt-error.ts';
export type { DomainRef } from './protocol/bodies.ts';
export {
  AgentLifecycleReason,
  AgentLifecycleState,
  CrashedDetail,
  DefinedDetail,
  describeLifecycle,
  IoErrorAction,
  LifecycleEvent,
  PmSuspendedDetail,
  ResumedDetail,
  ShutdownDetail,
  StartedDetail,
  StoppedDetail,
  SuspendedDetail,
  UndefinedDetail,
  WatchdogAction,
} from './protocol/domain-event.ts';
export {
  BlockedReason,
  ControlErrorReason,
  ControlState,
  CrashedReason,
  DomainState,
  describeDomainState,
  PausedReason,
  PmSuspendedReason,
  RunningReason,
  ShutdownReason,
  ShutoffReason,
  symbolOf,
} from './protocol/domain-state.ts';
export { VirErrorDomain, VirErrorNumber } from './protocol/error-numbers.ts';
export {
  type LibvirtEvent,
  type LibvirtEventOf,
  type LibvirtEventType,
  libvirtEventTypes,
} from './protocol/events.ts';
export type { EventListener, EventRegistration } from './session/event-hub.ts';
export type { KeepalivePolicy } from './session/keepalive.ts';
export type { CallOptions, ConnectionCounters } from './session/session.ts';
export { systemTimers, type Timers } from './timers.ts';
export { dialUnix } from './transport/dial-unix.ts';
export { type LibvirtUri, parseLibvirtUri, unixSocketPaths } from './transport/uri.ts';
