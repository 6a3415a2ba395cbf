/**
 * What befalls a guest, as libvirt tells it: state changes and events in the order measured on real guests
 * (libvirt 9.0, QEMU 7.2). A script is data; `script.ts` plays it.
 */

import {
  AgentLifecycleReason,
  AgentLifecycleState,
  IoErrorAction,
  LifecycleEvent,
  WatchdogAction,
} from '../protocol/domain-event.ts';
import {
  CrashedReason,
  DomainState,
  PausedReason,
  RunningReason,
  ShutoffReason,
} from '../protocol/domain-state.ts';
import type { LibvirtEvent } from '../protocol/events.ts';
import type { AgentBehaviour } from './agent.ts';
import type { CpuBehaviour, FakeGuest } from './guest.ts';

type WithoutDomain<T> = T extends unknown ? Omit<T, 'domain'> : never;

export type Step =
  | { do: 'emit'; event: WithoutDomain<LibvirtEvent> }
  | { do: 'become'; state: number; reason: number }
  /** Gets a new id; CPU time begins at 0. */
  | { do: 'start'; reason: number; paused?: boolean }
  /** Loses its id; a transient guest disappears after its last event. */
  | { do: 'stop'; reason: number }
  /** The same QEMU boots anew: what waited for the old boot is void. */
  | { do: 'reboot' }
  | { do: 'agent'; behaviour: AgentBehaviour }
  | { do: 'cpu'; behaviour: CpuBehaviour }
  | { do: 'monitor'; condition: 'ok' | 'stuck' }
  | { do: 'wait'; ms: number }
  | { do: 'forget' };

const emit = (event: WithoutDomain<LibvirtEvent>): Step => ({ do: 'emit', event });
const lifecycle = (event: number, detail: number): Step => emit({ type: 'lifecycle', event, detail });
const become = (state: number, reason: number): Step => ({ do: 'become', state, reason });
const stop = (reason: number): Step => ({ do: 'stop', reason });
const agent = (behaviour: AgentBehaviour): Step => ({ do: 'agent', behaviour });
const cpu = (behaviour: CpuBehaviour): Step => ({ do: 'cpu', behaviour });
const wait = (ms: number): Step => ({ do: 'wait', ms });
const watchdog = (action: number): Step => emit({ type: 'watchdog', action });
const reboots = (times: number): Step[] => Array.from({ length: times }, () => emit({ type: 'reboot' }));

const { CONNECTED, DISCONNECTED } = AgentLifecycleState;

/** Nothing at all for a guest without a channel. */
const agentEvent = (guest: FakeGuest, state: number, reason: number): Step[] =>
  guest.agent.configured ? [emit({ type: 'agent-lifecycle', state, reason })] : [];

const agentLost = (guest: FakeGuest): Step[] =>
  guest.agent.configured
    ? [agent('not-connected'), ...agentEvent(guest, DISCONNECTED, AgentLifecycleReason.CHANNEL)]
    : [];

const agentFound = (guest: FakeGuest, behaviour: AgentBehaviour): Step[] =>
  guest.agent.configured
    ? [agent(behaviour), ...agentEvent(guest, CONNECTED, AgentLifecycleReason.CHANNEL)]
    : [];

const boots = (guest: FakeGuest): Step[] => [wait(guest.bootMs), ...agentFound(guest, guest.agentAfterBoot)];

const rebooted = (guest: FakeGuest, times: number): Step[] => [
  { do: 'reboot' },
  ...reboots(times),
  ...agentLost(guest),
  ...boots(guest),
];

const started = (guest: FakeGuest, reason: number): Step[] => [
  { do: 'start', reason },
  ...agentEvent(guest, DISCONNECTED, AgentLifecycleReason.DOMAIN_STARTED),
];

const poweredOff = (guest: FakeGuest, detail: number): Step[] => [
  ...agentLost(guest),
  lifecycle(LifecycleEvent.SHUTDOWN, detail),
  stop(ShutoffReason.SHUTDOWN),
  lifecycle(LifecycleEvent.STOPPED, 0),
];

const ioErrors = (action: number, reason: string, pairs: number): Step[] =>
  Array.from({ length: pairs }, () => {
    const disk = { sourcePath: '/var/lib/libvirt/images/disk.raw', deviceAlias: 'virtio-disk0', action };
    return [emit({ type: 'io-error', ...disk }), emit({ type: 'io-error-reason', ...disk, reason })];
  }).flat();

const panics = {
  destroy: () => [
    lifecycle(LifecycleEvent.SUSPENDED, 0),
    become(DomainState.CRASHED, CrashedReason.PANICKED),
    wait(50),
    lifecycle(LifecycleEvent.CRASHED, 0),
    wait(50),
    stop(ShutoffReason.CRASHED),
    lifecycle(LifecycleEvent.STOPPED, 2),
  ],
  restart: (guest: FakeGuest) => [
    lifecycle(LifecycleEvent.SUSPENDED, 0),
    lifecycle(LifecycleEvent.CRASHED, 0),
    { do: 'reboot' } as const,
    ...reboots(2),
    become(DomainState.RUNNING, RunningReason.CRASHED),
    lifecycle(LifecycleEvent.RESUMED, 0),
    ...agentLost(guest),
    ...boots(guest),
  ],
  preserve: () => [become(DomainState.CRASHED, CrashedReason.PANICKED), lifecycle(LifecycleEvent.CRASHED, 0)],
};

/** Everything that can be done to a guest, by name. */
export const guestScripts = {
  /** Kernel panic with a panic device; `<on_crash>` of the guest decides. */
  panic: guest => panics[guest.spec.onCrash ?? 'destroy'](guest),
  /** Kernel panic without a panic device, `panic=0`: no event at all. */
  'panic-silent': () => [agent('hung')],
  /** Kernel panic without a panic device that reboots by itself. */
  'panic-reboot': guest => [...agentLost(guest), { do: 'reboot' }, ...reboots(40), ...boots(guest)],
  'watchdog-reset': guest => [watchdog(WatchdogAction.RESET), ...rebooted(guest, 2)],
  'watchdog-poweroff': () => [
    watchdog(WatchdogAction.POWEROFF),
    wait(1_200),
    stop(ShutoffReason.CRASHED),
    lifecycle(LifecycleEvent.STOPPED, 5),
  ],
  'watchdog-pause': () => [
    watchdog(WatchdogAction.PAUSE),
    become(DomainState.PAUSED, PausedReason.WATCHDOG),
    lifecycle(LifecycleEvent.SUSPENDED, 3),
  ],
  'watchdog-dump': () => [
    watchdog(WatchdogAction.PAUSE),
    become(DomainState.PAUSED, PausedReason.WATCHDOG),
    lifecycle(LifecycleEvent.SUSPENDED, 3),
    wait(200),
    become(DomainState.RUNNING, RunningReason.UNPAUSED),
    lifecycle(LifecycleEvent.RESUMED, 0),
  ],
  'watchdog-shutdown': () => [watchdog(WatchdogAction.SHUTDOWN)],
  'watchdog-inject-nmi': () => [watchdog(WatchdogAction.INJECTNMI)],
  /** Disk full under the default policy: a pair of events per request in flight, then paused. */
  'io-error': () => [
    ...ioErrors(IoErrorAction.PAUSE, 'enospc', 20),
    become(DomainState.PAUSED, PausedReason.IOERROR),
    lifecycle(LifecycleEvent.SUSPENDED, 2),
  ],
  /** The same with `error_policy=report`: the guest is told and goes on. */
  'io-error-report': () => ioErrors(IoErrorAction.REPORT, '', 12),
  'agent-killed': guest => agentLost(guest),
  'agent-started': guest => agentFound(guest, guest.agentAfterBoot),
  'agent-frozen': () => [agent('hung')],
  'agent-thawed': guest => [agent(guest.agentAfterBoot)],
  /** The OOM killer took the agent; the CPU spins. */
  'fork-bomb': guest => [cpu('spinning'), ...agentLost(guest)],
  /** The agent is immune to the OOM killer and starved. */
  'fork-bomb-hard': () => [cpu('spinning'), agent('hung')],
  /** Busy loops only: the agent answers as ever. */
  'cpu-busy': () => [cpu('spinning')],
  /** QEMU got SIGSTOP: no event, nothing moves, its monitor hangs. */
  'qemu-stopped': () => [{ do: 'monitor', condition: 'stuck' }, agent('hung'), cpu('still')],
  'qemu-continued': guest => [{ do: 'monitor', condition: 'ok' }, agent(guest.agentAfterBoot), cpu('idle')],
  /** SIGKILL, SIGSEGV, SIGABRT. */
  'qemu-killed': () => [stop(ShutoffReason.CRASHED), lifecycle(LifecycleEvent.STOPPED, 5)],
  /** SIGTERM, as a host that shuts down sends it. */
  'qemu-terminated': () => [
    lifecycle(LifecycleEvent.SHUTDOWN, 2),
    stop(ShutoffReason.SHUTDOWN),
    lifecycle(LifecycleEvent.STOPPED, 0),
  ],
  'guest-poweroff': guest => poweredOff(guest, 1),
  'guest-reboot': guest => rebooted(guest, 2),
  'managed-save': () => [
    lifecycle(LifecycleEvent.SUSPENDED, 0),
    stop(ShutoffReason.SAVED),
    lifecycle(LifecycleEvent.STOPPED, 4),
  ],
  'managed-restore': guest => [
    ...started(guest, RunningReason.RESTORED),
    lifecycle(LifecycleEvent.STARTED, 2),
    lifecycle(LifecycleEvent.RESUMED, 2),
    ...agentFound(guest, guest.agentAfterBoot),
  ],
  /** Live migration, seen on the host it leaves; the guest is then unknown here. */
  'migrate-out': () => [
    lifecycle(LifecycleEvent.SUSPENDED, 1),
    stop(ShutoffReason.MIGRATED),
    lifecycle(LifecycleEvent.STOPPED, 3),
    { do: 'forget' },
  ],
  /** Live migration, seen on the host it comes to; the guest must be there, shut off. */
  'migrate-in': guest => [
    ...started(guest, RunningReason.MIGRATED),
    lifecycle(LifecycleEvent.STARTED, 1),
    ...agentEvent(guest, DISCONNECTED, AgentLifecycleReason.CHANNEL),
    lifecycle(LifecycleEvent.RESUMED, 1),
    ...agentFound(guest, guest.agentAfterBoot),
  ],
  'control-error': () => [emit({ type: 'control-error' })],

  start: guest => [
    ...started(guest, RunningReason.BOOTED),
    lifecycle(LifecycleEvent.RESUMED, 0),
    lifecycle(LifecycleEvent.STARTED, 0),
    ...boots(guest),
  ],
  destroy: guest => [
    // A hung QEMU cannot say that it shuts down.
    ...(guest.monitor.stuck ? [] : [lifecycle(LifecycleEvent.SHUTDOWN, 2)]),
    stop(ShutoffReason.DESTROYED),
    lifecycle(LifecycleEvent.STOPPED, 1),
  ],
  suspend: () => [become(DomainState.PAUSED, PausedReason.USER), lifecycle(LifecycleEvent.SUSPENDED, 0)],
  resume: () => [become(DomainState.RUNNING, RunningReason.UNPAUSED), lifecycle(LifecycleEvent.RESUMED, 0)],
  reset: guest => rebooted(guest, 2),
  /** The guest obeys a request to shut down, after a moment. */
  shutdown: guest => [wait(300), ...poweredOff(guest, 1)],
} as const satisfies Record<string, (guest: FakeGuest) => readonly Step[]>;

export type GuestScript = keyof typeof guestScripts;
