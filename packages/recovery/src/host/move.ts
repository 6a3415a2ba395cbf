import type { Evacuation, HostInstance } from '../host-subject.ts';
import { holdOf, isMarked, whyUnmarked } from '../protection.ts';
import type { HostContext, HostPolicy } from './context.ts';
import { inOrder } from './priority.ts';

/**
 * One instance of a failed host on its way.
 *
 *   pending ──intent stored──▶ asked ──accepted──▶ accepted ──is there──▶ settling ──as it was──▶ moved
 *      ▲                         │                    │
 *      └── it never began, the host still counted as up, or it failed and there is a next target
 *                                │ no target is left
 *                                ▼
 *                              failed ── an operator's retry, after a listing ──▶ pending, or accepted when it goes on
 *                                      ignored: not to be moved
 */
export type Move = {
  instanceUuid: string;
  name: string | null;
  /** As it was before the first attempt: that is what it is brought back to. */
  original: Pick<HostInstance, 'vmState' | 'taskState' | 'running'>;
  status: 'pending' | 'asked' | 'accepted' | 'settling' | 'moved' | 'failed' | 'ignored';
  /** Where it may go, one after the other; null: the cloud chooses. */
  targets: readonly (string | null)[];
  attempt: number;
  sinceMs: number;
  destination: string | null;
  message: string | null;
};

/** Nova evacuates what is in one of these states; anything else must be written into its books as ERROR first. */
const evacuable = new Set(['active', 'stopped', 'error']);
export const needsReset = ({ original }: Move): boolean =>
  !evacuable.has(original.vmState) || original.taskState !== null;

/** Whether it must run, or not, where it is then; undefined: as the evacuation leaves it. A paused guest's memory is gone. */
export function powerOf({ original: { vmState, running } }: Move): boolean | undefined {
  if (vmState === 'active' || vmState === 'resized') return true;
  if (vmState === 'error') return running ?? undefined;
  return false;
}

/** Gone from their host already, or never there. */
const elsewhere = new Set(['deleted', 'soft-delete', 'shelved_offloaded']);

/** Somebody else's that is not over and not older than one may take: it is followed like our own. */
export const isUnderWay = (
  policy: HostPolicy,
  { progress, startedAt }: Evacuation,
  nowMs: number | null,
): boolean =>
  progress === 'running' && (nowMs === null || Date.parse(startedAt) > nowMs - policy.evacuationTimeoutMs);

/**
 * Every instance of the host as a move, in the order in which they go. `nowMs` is for holds, see `instantOf`; `underWay` are those
 * that somebody evacuates already.
 */
export function planMoves(
  policy: HostPolicy,
  context: HostContext,
  instances: readonly HostInstance[],
  { atMs, nowMs, underWay }: { atMs: number; nowMs: number | null; underWay: ReadonlySet<string> },
): Move[] {
  return inOrder(instances, policy.haEnabledKey).map((instance, index) => {
    const { instanceUuid, name, vmState, taskState, running } = instance;
    const targets = targetsOf(context, index);
    const ignored = whyNot(policy, instance, nowMs);
    const nowhere =
      ignored === null && targets.length === 0 ? 'no reserved host of its segment is free' : null;
    return {
      instanceUuid,
      name,
      original: { vmState, taskState, running },
      status:
        ignored !== null
          ? 'ignored'
          : underWay.has(instanceUuid)
            ? 'accepted'
            : nowhere !== null
              ? 'failed'
              : 'pending',
      targets,
      attempt: 0,
      sinceMs: atMs,
      destination: null,
      message: ignored ?? nowhere ?? remarkOf(instance, nowMs),
    };
  });
}

function whyNot(
  policy: HostPolicy,
  { vmState, metadata }: HostInstance,
  nowMs: number | null,
): string | null {
  if (elsewhere.has(vmState)) return `it is ${vmState}: there is nothing to move`;
  if (!policy.evacuateAllInstances && !isMarked(metadata, policy.haEnabledKey))
    return `${whyUnmarked(metadata, policy.haEnabledKey)}, and evacuate_all_instances is off`;
  const hold = holdOf(metadata, nowMs);
  if (hold.hold === 'until') return `its owner holds it until ${hold.text}`;
  if (policy.ignoreInstancesInErrorState && vmState === 'error')
    return 'it is in ERROR, and ignore_instances_in_error_state is on';
  return null;
}

/** A hold that is over or cannot be read holds nothing, and its owner is told. */
function remarkOf({ metadata }: HostInstance, nowMs: number | null): string | null {
  const hold = holdOf(metadata, nowMs);
  return 'remark' in hold ? hold.remark : null;
}

/**
 * | method          | where an instance may go                                             |
 * | --------------- | -------------------------------------------------------------------- |
 * | `auto`          | a host of its segment, each in turn; else where the cloud chooses    |
 * | `reserved_host` | the reserved hosts, one after the other                              |
 * | `auto_priority` | as `auto`, then as `reserved_host`                                   |
 * | `rh_priority`   | as `reserved_host`, then as `auto`                                   |
 */
export function targetsOf(
  { segment, segmentHosts, reservedHosts }: HostContext,
  index: number,
): (string | null)[] {
  const own = segmentHosts[index % Math.max(1, segmentHosts.length)];
  const auto = own === undefined ? [null] : [own, null];
  switch (segment?.method ?? 'auto') {
    case 'auto':
      return auto;
    case 'reserved_host':
      return [...reservedHosts];
    case 'auto_priority':
      return [...auto, ...reservedHosts];
    case 'rh_priority':
      return [...reservedHosts, ...auto];
  }
}

/** It did not come about: the next target, or none is left. */
export function nextTarget(move: Move, why: string, atMs: number): Move {
  const attempt = move.attempt + 1;
  const status = attempt < move.targets.length ? 'pending' : 'failed';
  return { ...move, status, attempt, sinceMs: atMs, message: why };
}

/** Asked for so long ago without an evacuation to be seen: it never began. */
const neverBeganMs = 15_000;

/** One move after a listing; `evacuation` is the newest of this instance that we began, if there is one. */
export function afterListing(
  policy: HostPolicy,
  move: Move,
  evacuation: Evacuation | undefined,
  atMs: number,
): Move {
  if (move.status !== 'asked' && move.status !== 'accepted') return move;
  const forMs = atMs - move.sinceMs;
  if (!evacuation) {
    if (move.status === 'asked' && forMs > neverBeganMs)
      return { ...move, status: 'pending', sinceMs: atMs, message: 'it was asked for, and never began' };
    return forMs > policy.evacuationTimeoutMs ? tooLong(policy, move) : move;
  }
  switch (evacuation.progress) {
    case 'moved':
    case 'cleared': {
      const message = wentOutside(move) ? 'went where the cloud chose, outside its segment' : null;
      return { ...move, status: 'settling', destination: evacuation.targetHost, sinceMs: atMs, message };
    }
    case 'failed':
      return nextTarget(move, `its evacuation ended as ${evacuation.status}`, atMs);
    case 'running':
      if (forMs > policy.evacuationTimeoutMs) return tooLong(policy, move);
      return move.status === 'accepted' ? move : { ...move, status: 'accepted' };
  }
}

/** One move when an operator has it tried again; `evacuation` as in `afterListing`. */
export function afterRetry(move: Move, evacuation: Evacuation | undefined, atMs: number): Move {
  if (move.status !== 'failed') return move;
  if (evacuation && evacuation.progress !== 'failed')
    return { ...move, status: 'accepted', attempt: 0, sinceMs: atMs, message: null };
  if (move.targets.length === 0) return move;
  return { ...move, status: 'pending', attempt: 0, sinceMs: atMs };
}

const wentOutside = ({ targets, attempt }: Move): boolean => targets[attempt] === null && targets.length > 1;

/** It may still come about; but nobody waits for ever, and a second one beside it would harm. */
const tooLong = (policy: HostPolicy, move: Move): Move => ({
  ...move,
  status: 'failed',
  message: `its evacuation had not ended after ${Math.round(policy.evacuationTimeoutMs / 1000)} s`,
});

/** The move as Masakari's books of moves have it. */
export type ToldMove = {
  instanceUuid: string;
  instanceName: string | null;
  status: 'pending' | 'ongoing' | 'ignored' | 'failed' | 'succeeded';
  destHost: string | null;
  message: string | null;
};

const toldStatus = {
  pending: 'pending',
  asked: 'ongoing',
  accepted: 'ongoing',
  settling: 'ongoing',
  moved: 'succeeded',
  failed: 'failed',
  ignored: 'ignored',
} as const satisfies Record<Move['status'], ToldMove['status']>;

export const toldMove = ({ instanceUuid, name, status, attempt, destination, message }: Move): ToldMove => ({
  instanceUuid,
  instanceName: name,
  // One that was tried and is tried again is under way.
  status: status === 'pending' && attempt > 0 ? 'ongoing' : toldStatus[status],
  destHost: destination,
  message,
});
