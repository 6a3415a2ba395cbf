import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import type { ActOutcome, InstanceAct, InstanceSighting } from '@instance-ha/recovery';
import type { InstanceControl, InstanceRef } from '../instance-control.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** How the instance is before a case begins. `crashed` is down by failure and holds its resources or not. */
export type InstanceCondition =
  | 'running'
  | 'stopped'
  | 'crashed'
  | 'paused-by-operator'
  | 'paused-by-failure';

/** A control, one instance of its cloud, and what other people may do to it. */
export type InstanceControlWorld = {
  control: InstanceControl;
  ref: InstanceRef;
  /** Brings the instance into this condition, past the control. */
  make(condition: InstanceCondition): Promise<void>;
  /** Somebody switches it off and on again. */
  restartBySomebody(): Promise<void>;
  /** From now on the hypervisor or Nova answers nothing. */
  fallSilent(): Promise<void>;
  /** From now on the cloud takes the instance's host for dead, and there is another one; absent where there is no other. */
  loseHost?(): Promise<void>;
  /** Whether `life` tells one boot from the next. */
  tellsLives: boolean;
  /** Conditions that nobody can bring about in this cloud; every case goes on without them. */
  cannotMake?: readonly InstanceCondition[];
  /** How long a case may wait for an act; 30 000 by default. */
  timeoutMs?: number;
};

/** What every `InstanceControl` promises. Each case wants a world of its own. */
export const instanceControlConformance: readonly ConformanceCase<InstanceControlWorld>[] = [
  promise('a look tells how the instance is, and who wished it so', async world => {
    const expected: [InstanceCondition, Instance['state'][], boolean][] = [
      ['running', ['running'], false],
      ['paused-by-operator', ['paused'], true],
      ['paused-by-failure', ['paused', 'crashed'], false],
      ['crashed', ['crashed', 'stopped', 'error'], false],
    ];
    for (const [condition, states, byOperator] of expected) {
      if (!canMake(world, condition)) continue;
      await world.make(condition);
      const seen = await lookAt(world);
      ok(states.includes(seen.state), `${condition}: expected ${states.join(' or ')}, found ${seen.state}`);
      if (seen.state !== 'running') strictEqual(seen.byOperator, byOperator, condition);
      ok(seen.detail.length > 0, `${condition}: expected some words of detail`);
    }
  }),
  promise('a look touches nothing: the life stays the same', async world => {
    await world.make('running');
    deepStrictEqual(await lookAt(world), await lookAt(world));
  }),
  promise('another boot has another life, and an instance that is off has none', async world => {
    if (!world.tellsLives) return;
    await world.make('running');
    const { life } = await lookAt(world);
    ok(life !== null, 'expected a life of a running instance');
    await world.restartBySomebody();
    ok((await lookAt(world)).life !== life, 'expected another life after a restart');
    await world.make('stopped');
    strictEqual((await lookAt(world)).life, null);
  }),
  promise(
    'an instance that does not exist is seen as nothing, and every act on it is refused',
    async world => {
      const ref = { ...world.ref, instanceUuid: '00000000-0000-4000-8000-00000000dead' };
      strictEqual((await look(world, { ref })).seen, 'nothing');
      for (const act of ['stop', 'start', 'hard-reboot', 'evacuate'] as const)
        strictEqual((await doAct(world, act, '1', { ref })).outcome, 'refused', act);
    },
  ),
  promise('a running instance is stopped, and stopping it again is done at once', async world => {
    await world.make('running');
    const { life } = await lookAt(world);
    isDone(await doAct(world, 'stop', life));
    strictEqual((await lookAt(world)).state, 'stopped');
    isDone(await doAct(world, 'stop', life));
  }),
  promise('a stopped instance is started, and starting it again changes nothing', async world => {
    await world.make('stopped');
    isDone(await doAct(world, 'start', null));
    const first = await lookAt(world);
    strictEqual(first.state, 'running');
    isDone(await doAct(world, 'start', null));
    strictEqual((await lookAt(world)).life, first.life);
  }),
  promise('two starts at once make one boot', async world => {
    await world.make('stopped');
    const outcomes = await Promise.all([doAct(world, 'start', null), doAct(world, 'start', null)]);
    ok(
      outcomes.some(({ outcome }) => outcome === 'done'),
      'expected one of them to be done',
    );
    strictEqual((await lookAt(world)).state, 'running');
  }),
  promise('a crashed instance comes back by stop and start', async world => {
    await world.make('crashed');
    const { life } = await lookAt(world);
    isDone(await doAct(world, 'stop', life));
    isDone(await doAct(world, 'start', life));
    strictEqual((await lookAt(world)).state, 'running');
  }),
  promise('a hard reboot makes another boot, of a running instance and of a failed one', async world => {
    for (const condition of ['running', 'paused-by-failure'] as const) {
      if (!canMake(world, condition)) continue;
      await world.make(condition);
      const { life } = await lookAt(world);
      isDone(await doAct(world, 'hard-reboot', life));
      const after = await lookAt(world);
      strictEqual(after.state, 'running', condition);
      if (world.tellsLives) ok(after.life !== life, `${condition}: expected another life than ${life}`);
    }
  }),
  promise('a stop or hard reboot meant for another boot is refused and touches nothing', async world => {
    if (!world.tellsLives) return;
    await world.make('running');
    const { life } = await lookAt(world);
    await world.restartBySomebody();
    const now = await lookAt(world);
    for (const act of ['stop', 'hard-reboot'] as const) {
      strictEqual((await doAct(world, act, life)).outcome, 'refused', act);
      deepStrictEqual(await lookAt(world), now);
    }
  }),
  promise('an instance whose host counts as up is not evacuated', async world => {
    await world.make('running');
    const before = await lookAt(world);
    ok((await doAct(world, 'evacuate', before.life)).outcome !== 'done', 'expected failed or refused');
    deepStrictEqual(await lookAt(world), before);
  }),
  ...(['running', 'crashed'] as const).map(condition =>
    promise(`evacuated from a dead host while ${condition}, it runs on another, once`, async world => {
      if (!world.loseHost) return;
      await world.make(condition);
      const { life } = await lookAt(world);
      await world.loseHost();
      const { hostService } = await lookAt(world);
      ok(hostService === 'down' || hostService === 'forced-down', `expected down, found ${hostService}`);
      for (const act of ['stop', 'start', 'hard-reboot'] as const)
        strictEqual((await doAct(world, act, life)).outcome, 'failed', `${act} of a dead host`);
      isDone(await doAct(world, 'evacuate', life));
      const moved = await look(world);
      ok(moved.seen === 'nothing' && moved.movedTo !== undefined, `expected it elsewhere: ${moved.seen}`);
      isDone(await doAct(world, 'evacuate', life));
      deepStrictEqual(await look(world), moved);
    }),
  ),
  promise('a silent cloud is "could not look" and "failed", within the time', async world => {
    await world.make('running');
    const { life } = await lookAt(world);
    await world.fallSilent();
    strictEqual((await look(world, { timeoutMs: 100 })).seen, 'could-not-look');
    strictEqual((await doAct(world, 'stop', life, { timeoutMs: 100 })).outcome, 'failed');
  }),
  promise('an aborted call rejects with the reason, even while nothing answers', async world => {
    await world.make('running');
    await world.fallSilent();
    for (const begin of [
      (signal: AbortSignal) => look(world, { signal }),
      (signal: AbortSignal) => doAct(world, 'stop', '1', { signal }),
    ]) {
      const controller = new AbortController();
      const call = begin(controller.signal);
      const reason = new Error('the lease was lost');
      controller.abort(reason);
      await rejects(call, (error: unknown) => error === reason, 'expected the reason of the abort');
      await rejects(
        begin(controller.signal),
        (error: unknown) => error === reason,
        'aborted before the call',
      );
    }
  }),
];

type Instance = Extract<InstanceSighting, { seen: 'instance' }>;
type Told = { ref?: InstanceRef; timeoutMs?: number; signal?: AbortSignal };

function promise(
  name: string,
  check: (world: InstanceControlWorld) => Promise<void>,
): ConformanceCase<InstanceControlWorld> {
  return { name, check };
}

const canMake = (world: InstanceControlWorld, condition: InstanceCondition): boolean =>
  !world.cannotMake?.includes(condition);

const look = (world: InstanceControlWorld, told: Told = {}): Promise<InstanceSighting> =>
  world.control.look(told.ref ?? world.ref, bounds(world, told));

const doAct = (
  world: InstanceControlWorld,
  act: InstanceAct,
  life: string | null,
  told: Told = {},
): Promise<ActOutcome> => world.control.act(act, told.ref ?? world.ref, { life, ...bounds(world, told) });

const bounds = (world: InstanceControlWorld, told: Told) => ({
  timeoutMs: told.timeoutMs ?? world.timeoutMs ?? 30_000,
  signal: told.signal ?? new AbortController().signal,
});

async function lookAt(world: InstanceControlWorld): Promise<Instance> {
  const seen = await look(world);
  if (seen.seen !== 'instance')
    throw new Error(`expected to see the instance, found ${JSON.stringify(seen)}`);
  return seen;
}

const isDone = ({ outcome, detail }: ActOutcome): void => strictEqual(outcome, 'done', detail);
