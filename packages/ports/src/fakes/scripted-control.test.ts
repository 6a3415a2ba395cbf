import { describe, expect, it } from 'vitest';
import { instanceControlConformance } from '../conformance/instance-control.ts';
import { type ScriptedInstance, scriptedControl } from './scripted-control.ts';
import { VirtualClock } from './virtual-clock.ts';

const ref = { instanceUuid: '6f70d5a4-8d3c-4a52-9d2e-2a9f1f6f0b11', host: 'node1' };
const conditions = {
  running: { state: 'running', byOperator: false },
  stopped: { state: 'stopped', byOperator: true },
  crashed: { state: 'crashed', byOperator: false },
  'paused-by-operator': { state: 'paused', byOperator: true },
  'paused-by-failure': { state: 'paused', byOperator: false },
} as const;

function world(tellsLives: boolean) {
  const clock = new VirtualClock();
  const silent = new Set<string>();
  const control = scriptedControl({ clock, tellsLives, silent, evacuateTo: 'node2' });
  const instance: ScriptedInstance = { state: 'running', life: 7, byOperator: false };
  control.instances.set(ref.instanceUuid, instance);
  return {
    clock,
    control,
    ref,
    tellsLives,
    make: async (condition: keyof typeof conditions) => void Object.assign(instance, conditions[condition]),
    loseHost: async () => void silent.add(ref.host),
    restartBySomebody: async () => {
      instance.life += 1;
    },
    // Longer than any call may take, and heeding the signal, as a well-behaved adapter does.
    fallSilent: async () => {
      for (const call of ['look', 'stop'] as const)
        control.next(call, ...Array(4).fill({ takesMs: 1e9, effect: false }));
    },
  };
}

describe.each([true, false])('the scripted control, telling lives: %s', tellsLives => {
  for (const { name, check } of instanceControlConformance) {
    it(name, async () => {
      const told = world(tellsLives);
      let over = false;
      const checked = check(told).finally(() => {
        over = true;
      });
      checked.catch(() => {});
      while (!over) await told.clock.advance(1000);
      await checked;
    });
  }
});

describe('the script of the scripted control', () => {
  const signal = new AbortController().signal;

  it('makes calls fail, with or without their effect, and tells what touched the instance', async () => {
    const { control, clock } = world(true);
    control.next('stop', { does: 'fail' }, { does: 'fail', effect: true });
    const stop = async () => {
      const act = control.act('stop', ref, { life: '7', timeoutMs: 1000, signal });
      await clock.advance(100);
      return (await act).outcome;
    };
    expect([await stop(), control.changes(ref.instanceUuid)]).toEqual(['failed', []]);
    expect([await stop(), control.changes(ref.instanceUuid)]).toEqual(['failed', ['stop']]);
    expect([await stop(), control.calls.length]).toEqual(['done', 3]);
  });
});
