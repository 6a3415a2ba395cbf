/** One scripted guest of the fake daemon: what libvirt would know of it, and how it behaves. */

import { createHash } from 'node:crypto';
import type { DomainRef } from '../protocol/bodies.ts';
import { DomainState, RunningReason } from '../protocol/domain-state.ts';
import type { Timers } from '../timers.ts';
import { uuidFromBytes } from '../uuid.ts';
import { type AgentBehaviour, FakeAgent } from './agent.ts';
import { FakeMonitor } from './monitor.ts';

/**
 * How fast the guest's CPU time runs while it is running: `idle` 1.6 % of a core, `spinning` a whole one,
 * `still` not at all; or nanoseconds as a function of the daemon's clock.
 */
export type CpuBehaviour = 'idle' | 'spinning' | 'still' | ((nowMs: number) => bigint);

export type FakeGuestSpec = {
  name: string;
  /** Default: made from the name, always the same. */
  uuid?: string;
  /** Default running/booted. With `SHUTOFF` the guest is defined and off. */
  state?: number;
  reason?: number;
  /** A transient guest disappears when it stops. Default true. */
  persistent?: boolean;
  /** Default `idle`. */
  cpu?: CpuBehaviour;
  /** How its agent is now. Default `answers`. */
  agent?: AgentBehaviour;
  /** How its agent is after each further boot. Default: `answers`, or `not-configured` when it is that now. */
  agentAfterBoot?: AgentBehaviour;
  /** From its start to its agent's first answer. Default 3 700, as measured for the tiny real guest. */
  bootMs?: number;
  /** `<on_crash>`: what libvirt does about the fault `panic`. Default `destroy`. */
  onCrash?: 'destroy' | 'restart' | 'preserve';
  /** Default: a short definition with the agent channel, when there is one. */
  xml?: string | ((guest: FakeGuest) => string);
};

const nanosecondsPerMs = { idle: 16_000, spinning: 1_000_000, still: 0 } as const;

export class FakeGuest {
  readonly spec: Readonly<FakeGuestSpec>;
  readonly name: string;
  readonly uuid: string;
  readonly persistent: boolean;
  readonly bootMs: number;
  readonly agentAfterBoot: AgentBehaviour;
  readonly agent: FakeAgent;
  readonly monitor: FakeMonitor;
  /** Counts starts, stops and reboots: a script that waited across one of somebody else's gives up. */
  incarnation = 0;
  /**
   * How many of its next lives begin with libvirt's mark on their agent, "not available due to an error": what a command in
   * flight when QEMU ended can leave behind over a start (libvirt 9.0).
   */
  muteLives = 0;
  #id: number;
  #state: number;
  #reason: number;
  #cpu: CpuBehaviour;
  #cpuBase: { timeNs: bigint; atMs: number };
  readonly #timers: Timers;

  constructor(spec: FakeGuestSpec, timers: Timers, id: number) {
    this.spec = spec;
    this.name = spec.name;
    this.uuid = spec.uuid ?? uuidFromBytes(createHash('sha256').update(spec.name).digest().subarray(0, 16));
    this.persistent = spec.persistent ?? true;
    this.bootMs = spec.bootMs ?? 3_700;
    this.agentAfterBoot =
      spec.agentAfterBoot ?? (spec.agent === 'not-configured' ? 'not-configured' : 'answers');
    this.#timers = timers;
    this.agent = new FakeAgent(timers, spec.agent ?? 'answers');
    this.monitor = new FakeMonitor(timers);
    this.#state = spec.state ?? DomainState.RUNNING;
    this.#reason = spec.reason ?? (this.#state === DomainState.RUNNING ? RunningReason.BOOTED : 0);
    this.#id = this.#state === DomainState.SHUTOFF ? -1 : id;
    this.#cpu = spec.cpu ?? 'idle';
    this.#cpuBase = { timeNs: 0n, atMs: timers.nowMs() };
  }

  /** −1 while it is off. */
  get id(): number {
    return this.#id;
  }
  get state(): number {
    return this.#state;
  }
  get reason(): number {
    return this.#reason;
  }
  get active(): boolean {
    return this.#id !== -1;
  }
  get ref(): DomainRef {
    return { name: this.name, uuid: this.uuid, id: this.#id };
  }

  become(state: number, reason: number): void {
    this.#foldCpu();
    this.#state = state;
    this.#reason = reason;
  }

  setCpu(cpu: CpuBehaviour): void {
    this.#foldCpu();
    this.#cpu = cpu;
  }

  started(id: number, state: number, reason: number): void {
    this.#id = id;
    this.incarnation += 1;
    this.#cpuBase = { timeNs: 0n, atMs: this.#timers.nowMs() };
    this.#cpu = this.spec.cpu ?? 'idle';
    this.#state = state;
    this.#reason = reason;
    this.monitor.set('ok');
    if (this.muteLives === 0) return;
    this.muteLives -= 1;
    this.agent.mark();
  }

  stopped(reason: number): void {
    this.become(DomainState.SHUTOFF, reason);
    this.#id = -1;
    this.incarnation += 1;
    this.agent.ended();
    this.monitor.set('ok');
  }

  /** CPU time since its start. */
  cpuTimeNs(): bigint {
    const nowMs = this.#timers.nowMs();
    if (typeof this.#cpu === 'function') return this.#cpu(nowMs);
    const running = this.#state === DomainState.RUNNING;
    const rate = running ? nanosecondsPerMs[this.#cpu] : 0;
    return this.#cpuBase.timeNs + BigInt(Math.round((nowMs - this.#cpuBase.atMs) * rate));
  }

  xml(): string {
    const { xml } = this.spec;
    if (typeof xml === 'function') return xml(this);
    return xml ?? definition(this);
  }

  #foldCpu(): void {
    if (typeof this.#cpu === 'function') return;
    this.#cpuBase = { timeNs: this.cpuTimeNs(), atMs: this.#timers.nowMs() };
  }
}

function definition(guest: FakeGuest): string {
  const id = guest.active ? ` id='${guest.id}'` : '';
  const state = guest.active ? ` state='${guest.agent.connected ? 'connected' : 'disconnected'}'` : '';
  const channel = guest.agent.configured
    ? `    <channel type='unix'>\n      <target type='virtio' name='org.qemu.guest_agent.0'${state}/>\n    </channel>\n`
    : '';
  return (
    `<domain type='qemu'${id}>\n  <name>${guest.name}</name>\n  <uuid>${guest.uuid}</uuid>\n` +
    `  <memory unit='KiB'>131072</memory>\n  <vcpu>1</vcpu>\n  <os><type arch='x86_64'>hvm</type></os>\n` +
    `  <on_poweroff>destroy</on_poweroff>\n  <on_reboot>restart</on_reboot>\n` +
    `  <on_crash>${guest.spec.onCrash ?? 'destroy'}</on_crash>\n  <devices>\n${channel}  </devices>\n</domain>\n`
  );
}
