/**
 * What every libvirt daemon promises, ours made of scripts included. Needs vitest, and so has a door of its
 * own.
 */

import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe } from 'vitest';
import { agentPromises, noAgentPromises } from './conformance/agent.ts';
import { callPromises } from './conformance/calls.ts';
import { eventPromises } from './conformance/events.ts';
import { hypervisorPromises } from './conformance/hypervisor.ts';
import { protocolPromises } from './conformance/protocol.ts';
import type { Timers } from './timers.ts';

/** A daemon under test, and what the suite may do to it. */
export type LibvirtWorld = {
  /** A new stream to the daemon. */
  open: () => Promise<Duplex>;
  /** libvirt's driver name: qemu:///system, test:///default. */
  driverName: string;
  /** UUID of a persistent guest that runs; the suite suspends, destroys and starts it, and leaves it running. */
  guest: string;
  /** Only where guests have agents; `guest` then has one that answers. */
  agents?: {
    /** UUID of a guest that runs and has no agent channel. */
    withoutChannel: string;
    /** Makes the agent of `guest` silent, its channel open. */
    freeze: () => Promise<void>;
    thaw: () => Promise<void>;
    /** Resolves when the agent of `guest` answers (again), for instance after a start. */
    ready: () => Promise<void>;
  };
  /** Only where each guest is a process of its own, as QEMU's are: what befalls that of `guest`. */
  hypervisor?: {
    /** SIGSTOP, and SIGCONT. */
    stop: () => Promise<void>;
    continue: () => Promise<void>;
    /** SIGKILL. */
    kill: () => Promise<void>;
  };
  /** Only with `hypervisor`: SIGKILL to the daemon's process, and a new one; guests live on. */
  daemon?: { kill: () => Promise<void>; start: () => Promise<void> };
  /** The clock of connections. Default: the process's. */
  timers?: Timers;
  /** Passes time where it is virtual. */
  elapse?: (ms: number) => Promise<void>;
  close: () => Promise<void>;
};

/**
 * Registers the suite. `setup` runs once; `world.close` at the end. `guestAgents` false: for a driver whose
 * guests are not real, such as libvirt's own test driver; the world then has no `agents` and no `hypervisor`.
 */
export function libvirtConformance(
  name: string,
  setup: () => Promise<LibvirtWorld>,
  { guestAgents = true }: { guestAgents?: boolean } = {},
): void {
  describe(`libvirt promises, kept by ${name}`, () => {
    let world: LibvirtWorld | undefined;
    const given = () => {
      if (!world) throw new Error('the world was not set up');
      return world;
    };
    beforeAll(async () => {
      world = await setup();
    });
    afterAll(async () => {
      await world?.close();
    });
    protocolPromises(given);
    callPromises(given);
    eventPromises(given);
    if (guestAgents) agentPromises(given);
    else noAgentPromises(given);
    if (guestAgents) hypervisorPromises(given);
  });
}
