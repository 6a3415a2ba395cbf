import { describe, expect, it } from 'vitest';
import { type HostControlWorld, hostControlConformance } from '../conformance/host-control.ts';
import { type ScriptedHosted, scriptedHosts } from './scripted-hosts.ts';
import { VirtualClock } from './virtual-clock.ts';

const running = '6f70d5a4-8d3c-4a52-9d2e-2a9f1f6f0b11';
const stopped = '6f70d5a4-8d3c-4a52-9d2e-2a9f1f6f0b12';

const hosted = (instanceUuid: string, vmState: 'active' | 'stopped'): ScriptedHosted => ({
  instanceUuid,
  host: 'node1',
  name: null,
  vmState,
  taskState: null,
  running: vmState === 'active',
  locked: false,
  lockedReason: null,
  metadata: {},
});

function world(): HostControlWorld & { clock: VirtualClock; control: ReturnType<typeof scriptedHosts> } {
  const clock = new VirtualClock();
  const control = scriptedHosts({ clock });
  for (const name of ['node1', 'node2', 'node3'])
    control.hosts.set(name, { alive: true, enabled: true, disabledReason: null, forcedDown: false });
  control.instances.set(running, hosted(running, 'active'));
  control.instances.set(stopped, hosted(stopped, 'stopped'));
  return {
    clock,
    control,
    host: 'node1',
    otherHosts: ['node2', 'node3'],
    running,
    stopped,
    restartHost: async () => control.restartHost('node1'),
    // Longer than any call may take, and heeding the signal, as a well-behaved adapter does.
    fallSilent: async () => {
      for (const call of [
        'look',
        'act',
        'instancesOf',
        'evacuate',
        'evacuationsFrom',
        'lock',
        'resetState',
        'restore',
      ] as const)
        control.next(call, ...Array(4).fill({ takesMs: 1e9 }));
    },
    pause: async () => clock.sleep(100),
  };
}

/** Lets time pass until `work` has settled. */
async function during<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let over = false;
  const end = (): void => {
    over = true;
  };
  work.then(end, end);
  while (!over) await clock.advance(100);
  return work;
}

describe('the scripted hosts', () => {
  for (const { name, check } of hostControlConformance)
    it(name, async () => {
      const told = world();
      await during(told.clock, check(told));
    });

  it('make evacuations fail or never end, and tell every call', async () => {
    const { control, clock } = world();
    const limits = { timeoutMs: 1_000, signal: new AbortController().signal };
    control.nextEvacuation(running, { ends: 'failed' });
    control.nextEvacuation(stopped, { ends: 'never' });
    const evacuate = (instanceUuid: string) =>
      during(clock, control.evacuate({ instanceUuid, host: 'node1' }, { target: null, ...limits }));
    await during(clock, control.act('put-out-of-service', 'node1', { reason: 'dead', ...limits }));
    await evacuate(running);
    await evacuate(stopped);
    await clock.advance(100_000);
    const answer = await during(clock, control.evacuationsFrom('node1', { since: null, ...limits }));
    expect(answer.listed && answer.evacuations.map(({ progress }) => progress)).toEqual([
      'running',
      'failed',
    ]);
    expect(control.calls).toEqual([
      'act put-out-of-service node1',
      `evacuate ${running}`,
      `evacuate ${stopped}`,
      'evacuationsFrom node1',
    ]);
  });

  it('fail with or without their effect', async () => {
    const { control, clock } = world();
    const limits = { timeoutMs: 1_000, signal: new AbortController().signal };
    const lock = () => during(clock, control.lock(running, { reason: 'r', ...limits }));
    control.next('lock', { does: 'fail' }, { does: 'fail', effect: true });
    expect((await lock()).outcome).toBe('failed');
    expect(control.instances.get(running)?.locked).toBe(false);
    expect((await lock()).outcome).toBe('failed');
    expect(control.instances.get(running)?.locked).toBe(true);
  });
});
