import { DomainState, ShutoffReason } from '@instance-ha/libvirt-rpc';
import {
  createFakeLibvirtd,
  type FakeGuest,
  type FakeLibvirtd,
  type GuestScript,
} from '@instance-ha/libvirt-rpc/fake-server';
import type { Clock } from '@instance-ha/ports';
import { definition } from './definition.ts';
import type { Disk } from './disk.ts';
import { GuestTruth } from './guest-truth.ts';
import type { Program } from './program.ts';
import { timersOf } from './timers.ts';
import type { VirtualProcesses } from './virtual-processes.ts';
import type { GuestSpec } from './world-spec.ts';

export type VirtualHostOptions = {
  name: string;
  clock: Clock;
  disk: Disk;
  processes: VirtualProcesses;
  onRecoveryStarts: (host: VirtualHost, truth: GuestTruth) => void;
};

/** One compute host: its libvirtd with guests, its disk, its wall clock, and the monitor that runs on it. */
export class VirtualHost {
  readonly name: string;
  readonly disk: Disk;
  readonly processes: VirtualProcesses;
  readonly libvirtd: FakeLibvirtd;
  libvirtdIs: 'up' | 'down' | 'frozen' = 'up';
  /** How far its wall clock is ahead of the world's. */
  wallAheadMs = 0;
  monitor: Program | undefined;
  /** When the way from its guests to the database was last mended. */
  unheardUntilMs = Number.NEGATIVE_INFINITY;
  /** How often its monitor was started. */
  sessions = 0;
  readonly #options: VirtualHostOptions;
  readonly #truths = new Map<string, GuestTruth>();
  /** Which guests ran when libvirtd went. */
  #ranBefore: ReadonlySet<FakeGuest> = new Set();
  #commanded = false;

  constructor(options: VirtualHostOptions) {
    const { name, clock, disk, processes } = options;
    this.name = name;
    this.disk = disk;
    this.processes = processes;
    this.#options = options;
    this.libvirtd = createFakeLibvirtd({ hostname: name, timers: timersOf(clock) });
  }

  /** Every guest that is or was here, by its UUID. */
  get truths(): ReadonlyMap<string, GuestTruth> {
    return this.#truths;
  }

  /** Defines a guest; it runs, or is off. */
  add(spec: GuestSpec, options: { off?: boolean } = {}): GuestTruth {
    const guest = this.libvirtd.addGuest({
      name: spec.name,
      uuid: uuidOf(spec.name),
      state: options.off ? DomainState.SHUTOFF : DomainState.RUNNING,
      agent: spec.agent ? (options.off ? 'not-connected' : 'answers') : 'not-configured',
      agentAfterBoot: spec.agent ? 'answers' : 'not-configured',
      bootMs: spec.bootSeconds * 1000,
      onCrash: spec.onCrash,
      persistent: spec.persistent,
      xml: self => definition(spec, self),
    });
    const truth = new GuestTruth({
      guest,
      nowMs: () => this.#options.clock.monotonicMs(),
      commanded: () => this.#commanded,
      onRecoveryStarts: one => this.#options.onRecoveryStarts(this, one),
    });
    this.#truths.set(guest.uuid, truth);
    return truth;
  }

  /** Whether the guest is defined here. */
  has(truth: GuestTruth): boolean {
    return this.libvirtd.guests.get(truth.guest.uuid) === truth.guest;
  }

  inflict(truth: GuestTruth, script: GuestScript): void {
    this.command(() => this.libvirtd.inflict(truth.guest.uuid, script));
  }

  /** What is done to guests in here is the world's doing and no worker's. */
  command(work: () => void): void {
    this.#commanded = true;
    try {
      work();
    } finally {
      this.#commanded = false;
    }
  }

  stopLibvirtd(): void {
    this.libvirtdIs = 'down';
    this.#ranBefore = new Set([...this.libvirtd.guests.values()].filter(guest => guest.active));
    // Who goes off while nobody watches cannot be told from one that crashed.
    for (const truth of this.#truths.values())
      if (truth.guest.active && truth.condition() === 'wished-off') truth.note('wished-on');
    this.libvirtd.stop();
  }

  /** A new libvirtd has forgotten why guests are off, but finds out that those which ran have crashed. */
  startLibvirtd(): void {
    this.libvirtdIs = 'up';
    this.noteMended();
    this.libvirtd.start();
    for (const guest of this.#ranBefore)
      if (!guest.active) guest.become(DomainState.SHUTOFF, ShutoffReason.CRASHED);
  }

  freezeLibvirtd(): void {
    this.libvirtdIs = 'frozen';
    this.libvirtd.freeze();
  }

  thawLibvirtd(): void {
    this.libvirtdIs = 'up';
    this.noteMended();
    this.libvirtd.thaw();
  }

  /** Every connection to libvirtd ends at once; it lives. */
  dropConnections(): void {
    this.noteMended();
    this.libvirtd.drop();
  }

  /** Something on the way from its guests to the database works again. */
  noteMended(): void {
    this.unheardUntilMs = this.#options.clock.monotonicMs();
  }
}

/** Made from the name, so that a story can be read without a table. */
export const uuidOf = (name: string): string => {
  const hex = Buffer.from(name).toString('hex').slice(0, 12).padStart(12, '0');
  return `00000000-0000-4000-8000-${hex}`;
};
