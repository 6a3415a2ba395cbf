/** Plays a script of `faults.ts` on one guest. */

import { DomainState } from '../protocol/domain-state.ts';
import type { LibvirtEvent } from '../protocol/events.ts';
import type { Timers } from '../timers.ts';
import type { Step } from './faults.ts';
import type { FakeGuest } from './guest.ts';

export type ScriptWorld = {
  timers: Timers;
  nextId: () => number;
  emit: (event: LibvirtEvent) => void;
  forget: (guest: FakeGuest) => void;
};

/**
 * Runs the steps up to the first wait at once, and the rest by the clock. What waited gives up when the guest
 * was started, stopped or rebooted by somebody else meanwhile.
 */
export function play(world: ScriptWorld, guest: FakeGuest, steps: readonly Step[]): void {
  for (const [index, step] of steps.entries()) {
    if (step.do === 'wait') {
      const { incarnation } = guest;
      const rest = steps.slice(index + 1);
      world.timers.setTimeout(() => {
        if (guest.incarnation === incarnation) play(world, guest, rest);
      }, step.ms);
      return;
    }
    apply(world, guest, step);
  }
  if (!guest.active && !guest.persistent) world.forget(guest);
}

function apply(world: ScriptWorld, guest: FakeGuest, step: Exclude<Step, { do: 'wait' }>): void {
  switch (step.do) {
    case 'emit':
      world.emit({ ...step.event, domain: guest.ref });
      break;
    case 'become':
      guest.become(step.state, step.reason);
      break;
    case 'start':
      guest.started(world.nextId(), DomainState.RUNNING, step.reason);
      break;
    case 'stop':
      guest.stopped(step.reason);
      break;
    case 'reboot':
      guest.incarnation += 1;
      break;
    case 'agent':
      guest.agent.set(guest.agent.configured ? step.behaviour : 'not-configured');
      break;
    case 'cpu':
      guest.setCpu(step.behaviour);
      break;
    case 'monitor':
      guest.monitor.set(step.condition);
      break;
    case 'forget':
      world.forget(guest);
      break;
  }
}
