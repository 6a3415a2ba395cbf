import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import type {
  ActOutcome,
  Evacuation,
  EvacuationAnswer,
  HostAct,
  HostInstance,
  HostSighting,
} from '@instance-ha/recovery';
import type { HostControl } from '../host-control.ts';
import type { ConformanceCase } from './conformance-case.ts';

/**
 * A control and a cloud: three hosts in service, two instances on the first, one running and one stopped. Each case wants it
 * so and leaves it otherwise.
 */
export type HostControlWorld = {
  control: HostControl;
  host: string;
  /** All others of the cloud, at least two: while they are out of service nothing can be evacuated. */
  otherHosts: readonly [string, string, ...string[]];
  /** Their UUIDs. */
  running: string;
  stopped: string;
  /** The compute service of the first host ends and starts again, and clears the remains of what was evacuated. */
  restartHost(): Promise<void>;
  /** From now on the cloud answers nothing. */
  fallSilent(): Promise<void>;
  /** Passes time while something goes on. Called between two looks at the same thing. */
  pause(): Promise<void>;
  /** How long a case may wait for one call; 30 000 by default. */
  timeoutMs?: number;
};

/** What every `HostControl` promises. Each case wants a world of its own. */
export const hostControlConformance: readonly ConformanceCase<HostControlWorld>[] = [
  promise('a host in service is seen as up, enabled and not forced down', async world => {
    const { up, enabled, forcedDown, disabledReason, detail } = await lookAt(world);
    deepStrictEqual(
      { up, enabled, forcedDown, disabledReason },
      { up: true, enabled: true, forcedDown: false, disabledReason: null },
    );
    ok(detail.length > 0, 'expected some words of detail');
  }),
  promise(
    'a host the cloud does not know is seen as nothing, has no instances, and every act is refused',
    async world => {
      strictEqual((await look(world, unknownHost)).seen, 'nothing');
      deepStrictEqual(await world.control.instancesOf(unknownHost, bounds(world)), {
        listed: true,
        instances: [],
      });
      for (const act of ['put-out-of-service', 'allow-up', 'enable', 'disable'] as const)
        strictEqual((await doAct(world, act, unknownHost)).outcome, 'refused', act);
    },
  ),
  promise(
    'a host put out of service is disabled and taken as dead at once, and again is done',
    async world => {
      isDone(await doAct(world, 'put-out-of-service'));
      const { up, enabled, forcedDown, disabledReason } = await lookAt(world);
      deepStrictEqual(
        { up, enabled, forcedDown, disabledReason },
        { up: false, enabled: false, forcedDown: true, disabledReason: 'conformance' },
      );
      isDone(await doAct(world, 'put-out-of-service'));
    },
  ),
  promise('a reason that was given before stays', async world => {
    isDone(await doAct(world, 'put-out-of-service', world.host, 'the first reason'));
    isDone(await doAct(world, 'allow-up'));
    isDone(await doAct(world, 'put-out-of-service', world.host, 'a later reason'));
    strictEqual((await lookAt(world)).disabledReason, 'the first reason');
  }),
  promise(
    'a host that is disabled counts as up, keeps a reason that was given before, and is enabled again',
    async world => {
      isDone(await doAct(world, 'disable'));
      const { up, enabled, forcedDown, disabledReason } = await lookAt(world);
      deepStrictEqual(
        { up, enabled, forcedDown, disabledReason },
        { up: true, enabled: false, forcedDown: false, disabledReason: 'conformance' },
      );
      isDone(await doAct(world, 'disable', world.host, 'a later reason'));
      strictEqual((await lookAt(world)).disabledReason, 'conformance');
      isDone(await doAct(world, 'enable'));
      const after = await lookAt(world);
      deepStrictEqual([after.enabled, after.disabledReason], [true, null]);
      ok(typeof after.reportedAt === 'string', 'expected to be told when it was heard last');
    },
  ),
  promise('a host that lost nothing is allowed up and enabled again', async world => {
    isDone(await doAct(world, 'put-out-of-service'));
    isDone(await doAct(world, 'allow-up'));
    isDone(await doAct(world, 'enable'));
    const { enabled, forcedDown } = await lookAt(world);
    deepStrictEqual({ enabled, forcedDown }, { enabled: true, forcedDown: false });
    isDone(await doAct(world, 'allow-up'));
    isDone(await doAct(world, 'enable'));
  }),
  promise(
    'the instances of a host are listed with power and lock, and those of others are not',
    async world => {
      isDone(await world.control.lock(world.running, { reason: 'conformance', ...bounds(world) }));
      const listed = await listInstances(world);
      deepStrictEqual(listed.map(one => one.instanceUuid).sort(), [world.running, world.stopped].sort());
      const running = listed.find(one => one.instanceUuid === world.running);
      deepStrictEqual(
        { vmState: running?.vmState, running: running?.running, locked: running?.locked },
        { vmState: 'active', running: true, locked: true },
      );
      const stopped = listed.find(one => one.instanceUuid === world.stopped);
      deepStrictEqual(
        { vmState: stopped?.vmState, running: stopped?.running, locked: stopped?.locked },
        { vmState: 'stopped', running: false, locked: false },
      );
      const elsewhere = (await listInstances(world, world.otherHosts[0])).map(one => one.instanceUuid);
      ok(!elsewhere.includes(world.running), 'expected the instance on its own host only');
    },
  ),
  promise('nothing is evacuated from a host the cloud believes to be up', async world => {
    strictEqual((await evacuate(world, world.running)).answer, 'source-in-use');
    ok(
      (await listInstances(world)).some(one => one.instanceUuid === world.running && one.taskState === null),
    );
    deepStrictEqual(await listEvacuations(world), []);
  }),
  promise('an evacuation is accepted, told in one listing, and ends on another host', async world => {
    isDone(await doAct(world, 'put-out-of-service'));
    isAccepted(await evacuate(world, world.running));
    const ended = await ending(world, world.running);
    strictEqual(ended.progress, 'moved', ended.status);
    ok(
      ended.targetHost !== null && ended.targetHost !== world.host,
      `expected another host, found ${ended.targetHost}`,
    );
    deepStrictEqual(
      (await listInstances(world)).map(one => one.instanceUuid),
      [world.stopped],
    );
    const there = await listInstances(world, ended.targetHost);
    strictEqual(there.find(one => one.instanceUuid === world.running)?.running, true);
    strictEqual((await evacuate(world, world.running)).answer, 'moved');
  }),
  promise('an evacuation goes to the host that is named', async world => {
    isDone(await doAct(world, 'put-out-of-service'));
    isAccepted(await evacuate(world, world.running, world.otherHosts[1]));
    strictEqual((await ending(world, world.running)).targetHost, world.otherHosts[1]);
  }),
  promise('a locked instance is evacuated, and what was stopped stays stopped', async world => {
    isDone(await world.control.lock(world.stopped, { reason: 'conformance', ...bounds(world) }));
    isDone(await doAct(world, 'put-out-of-service'));
    isAccepted(await evacuate(world, world.stopped));
    const { targetHost } = await ending(world, world.stopped);
    const there = await untilIdle(world, targetHost ?? '', world.stopped);
    deepStrictEqual({ vmState: there.vmState, locked: there.locked }, { vmState: 'stopped', locked: true });
  }),
  promise('an unknown instance and an unknown target are told apart', async world => {
    isDone(await doAct(world, 'put-out-of-service'));
    strictEqual((await evacuate(world, unknownInstance)).answer, 'no-such-instance');
    strictEqual((await evacuate(world, world.running, unknownHost)).answer, 'no-such-target');
    deepStrictEqual(await listEvacuations(world), []);
  }),
  promise('an evacuation that goes on is not begun again', async world => {
    isDone(await doAct(world, 'put-out-of-service'));
    isAccepted(await evacuate(world, world.running));
    const { answer } = await evacuate(world, world.running);
    ok(answer === 'under-way' || answer === 'moved', `expected under-way, or moved already, found ${answer}`);
    strictEqual((await ending(world, world.running)).progress, 'moved');
    strictEqual((await listEvacuations(world)).length, 1);
  }),
  promise('without a host that can take it an evacuation fails, and can be asked for again', async world => {
    for (const other of world.otherHosts) isDone(await doAct(world, 'put-out-of-service', other));
    isDone(await doAct(world, 'put-out-of-service'));
    isAccepted(await evacuate(world, world.running));
    strictEqual((await ending(world, world.running)).progress, 'failed');
    strictEqual((await untilIdle(world, world.host, world.running)).vmState, 'error');
    for (const act of ['allow-up', 'enable'] as const) isDone(await doAct(world, act, world.otherHosts[0]));
    await untilUp(world, world.otherHosts[0]);
    isAccepted(await evacuate(world, world.running));
    strictEqual((await ending(world, world.running)).progress, 'moved');
  }),
  promise('a host is not allowed up before the remains of what it lost are cleared', async world => {
    isDone(await doAct(world, 'put-out-of-service'));
    isAccepted(await evacuate(world, world.running));
    strictEqual((await ending(world, world.running)).progress, 'moved');
    strictEqual((await doAct(world, 'allow-up')).outcome, 'failed');
    await world.restartHost();
    isDone(await doAct(world, 'allow-up'));
    strictEqual((await listEvacuations(world))[0]?.progress, 'cleared');
  }),
  promise('only what changed since is listed', async world => {
    isDone(await doAct(world, 'put-out-of-service'));
    isAccepted(await evacuate(world, world.running));
    const { startedAt, updatedAt } = await ending(world, world.running);
    const changedAtMs = Date.parse(updatedAt ?? startedAt);
    deepStrictEqual(await listEvacuations(world, new Date(changedAtMs + dayMs)), []);
    strictEqual((await listEvacuations(world, new Date(changedAtMs - dayMs))).length, 1);
  }),
  promise('a state is reset in the books, and power and lock are restored', async world => {
    const { control } = world;
    isDone(await control.resetState(world.running, { state: 'error', ...bounds(world) }));
    strictEqual((await instance(world, world.running)).vmState, 'error');
    isDone(await control.restore(world.running, { running: true, locked: true, ...bounds(world) }));
    const first = await instance(world, world.running);
    deepStrictEqual(
      { vmState: first.vmState, running: first.running, locked: first.locked },
      { vmState: 'active', running: true, locked: true },
    );
    isDone(await control.restore(world.running, { running: false, locked: false, ...bounds(world) }));
    isDone(await control.restore(world.running, { running: false, locked: false, ...bounds(world) }));
    const second = await instance(world, world.running);
    deepStrictEqual(
      { vmState: second.vmState, locked: second.locked },
      { vmState: 'stopped', locked: false },
    );
    isDone(await control.restore(world.stopped, { running: true, ...bounds(world) }));
    strictEqual((await instance(world, world.stopped)).vmState, 'active');
  }),
  promise('an instance that does not exist can be neither locked, reset nor restored', async world => {
    const { control } = world;
    const outcomes = [
      await control.lock(unknownInstance, { reason: 'conformance', ...bounds(world) }),
      await control.resetState(unknownInstance, { state: 'error', ...bounds(world) }),
      await control.restore(unknownInstance, { running: true, ...bounds(world) }),
    ];
    deepStrictEqual(
      outcomes.map(({ outcome }) => outcome),
      ['refused', 'refused', 'refused'],
    );
  }),
  promise('a silent cloud is "could not look", "not listed" and "failed", within the time', async world => {
    await world.fallSilent();
    const limits = bounds(world, { timeoutMs: 100 });
    strictEqual((await world.control.look(world.host, limits)).seen, 'could-not-look');
    const acted = await world.control.act('enable', world.host, { reason: '', ...limits });
    strictEqual(acted.outcome, 'failed');
    strictEqual((await world.control.instancesOf(world.host, limits)).listed, false);
    strictEqual((await world.control.evacuationsFrom(world.host, { since: null, ...limits })).listed, false);
    const ref = { instanceUuid: world.running, host: world.host };
    const { answer } = await world.control.evacuate(ref, { target: null, ...limits });
    ok(answer === 'failed' || answer === 'in-doubt', answer);
    strictEqual((await world.control.lock(world.running, { reason: '', ...limits })).outcome, 'failed');
  }),
  promise('an aborted call rejects with the reason, even while nothing answers', async world => {
    await world.fallSilent();
    const ref = { instanceUuid: world.running, host: world.host };
    const { control } = world;
    const calls: ((signal: AbortSignal) => Promise<unknown>)[] = [
      signal => control.look(world.host, bounds(world, { signal })),
      signal => control.act('enable', world.host, { reason: '', ...bounds(world, { signal }) }),
      signal => control.instancesOf(world.host, bounds(world, { signal })),
      signal => control.evacuate(ref, { target: null, ...bounds(world, { signal }) }),
      signal => control.evacuationsFrom(world.host, { since: null, ...bounds(world, { signal }) }),
      signal => control.restore(world.running, { running: true, ...bounds(world, { signal }) }),
    ];
    for (const begin of calls) {
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

const unknownHost = 'no-such-host';
const unknownInstance = '00000000-0000-4000-8000-00000000dead';
/** Looks at something that goes on, before a case gives up. */
const lookLimit = 600;
const dayMs = 86_400_000;

function promise(
  name: string,
  check: (world: HostControlWorld) => Promise<void>,
): ConformanceCase<HostControlWorld> {
  return { name, check };
}

const bounds = (world: HostControlWorld, told: { timeoutMs?: number; signal?: AbortSignal } = {}) => ({
  timeoutMs: told.timeoutMs ?? world.timeoutMs ?? 30_000,
  signal: told.signal ?? new AbortController().signal,
});

const look = (world: HostControlWorld, host = world.host): Promise<HostSighting> =>
  world.control.look(host, bounds(world));

async function lookAt(
  world: HostControlWorld,
  host = world.host,
): Promise<Extract<HostSighting, { seen: 'host' }>> {
  const seen = await look(world, host);
  if (seen.seen !== 'host') throw new Error(`expected to see the host, found ${JSON.stringify(seen)}`);
  return seen;
}

const doAct = (
  world: HostControlWorld,
  act: HostAct,
  host = world.host,
  reason = 'conformance',
): Promise<ActOutcome> => world.control.act(act, host, { reason, ...bounds(world) });

const evacuate = (
  world: HostControlWorld,
  instanceUuid: string,
  target: string | null = null,
): Promise<EvacuationAnswer> =>
  world.control.evacuate({ instanceUuid, host: world.host }, { target, ...bounds(world) });

async function listInstances(world: HostControlWorld, host = world.host): Promise<HostInstance[]> {
  const answer = await world.control.instancesOf(host, bounds(world));
  if (!answer.listed) throw new Error(`expected a listing, found ${answer.detail}`);
  return answer.instances;
}

async function instance(world: HostControlWorld, instanceUuid: string): Promise<HostInstance> {
  const found = (await listInstances(world)).find(one => one.instanceUuid === instanceUuid);
  if (!found) throw new Error(`expected instance ${instanceUuid} on ${world.host}`);
  return found;
}

/** Of the two instances of this world: a cloud may know of older ones. */
async function listEvacuations(world: HostControlWorld, since: Date | null = null): Promise<Evacuation[]> {
  const answer = await world.control.evacuationsFrom(world.host, { since, ...bounds(world) });
  if (!answer.listed) throw new Error(`expected a listing, found ${answer.detail}`);
  return answer.evacuations.filter(one => [world.running, world.stopped].includes(one.instanceUuid));
}

/** The newest evacuation of an instance, once it has ended. */
async function ending(world: HostControlWorld, instanceUuid: string): Promise<Evacuation> {
  for (let looks = 0; looks < lookLimit; looks += 1) {
    const newest = (await listEvacuations(world)).find(one => one.instanceUuid === instanceUuid);
    if (newest && newest.progress !== 'running') return newest;
    await world.pause();
  }
  throw new Error(`the evacuation of ${instanceUuid} does not end`);
}

async function untilIdle(world: HostControlWorld, host: string, instanceUuid: string): Promise<HostInstance> {
  for (let looks = 0; looks < lookLimit; looks += 1) {
    const found = (await listInstances(world, host)).find(one => one.instanceUuid === instanceUuid);
    if (found && found.taskState === null) return found;
    await world.pause();
  }
  throw new Error(`${instanceUuid} does not come to rest on ${host}`);
}

async function untilUp(world: HostControlWorld, host: string): Promise<void> {
  for (let looks = 0; looks < lookLimit; looks += 1) {
    if ((await lookAt(world, host)).up) return;
    await world.pause();
  }
  throw new Error(`${host} does not come up`);
}

const isDone = ({ outcome, detail }: ActOutcome): void => strictEqual(outcome, 'done', detail);
const isAccepted = ({ answer, detail }: EvacuationAnswer): void => strictEqual(answer, 'accepted', detail);
