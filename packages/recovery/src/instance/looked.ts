import type { RecoveryPolicy } from '../policy.ts';
import type { InstanceSighting } from '../subject.ts';
import { end } from './ending.ts';
import { failedAgain } from './further.ts';
import { lookLater } from './later.ts';
import { compareLives, failedLife } from './life.ts';
import { finishEvacuation, needsRestart } from './restart.ts';
import { onRunning } from './running.ts';
import { become, type Facts, type InstanceDecision, isOffByUs, type SeenInstance } from './state.ts';

/** What a look at the instance means, after all that was done so far. */
export function onLooked(
  policy: RecoveryPolicy,
  facts: Facts,
  sighting: InstanceSighting,
  atMs: number,
): InstanceDecision {
  switch (sighting.seen) {
    case 'could-not-look':
      return lookLater(policy, facts, 'could-not-look', sighting.detail, atMs);
    case 'nothing': {
      const { detail, movedTo } = sighting;
      if (movedTo !== undefined && facts.progress.made === 'evacuate-begun')
        return finishEvacuation(policy, facts, facts.progress, atMs);
      const touched = facts.progress.made !== 'nothing';
      const what = movedTo === undefined ? 'the instance does not exist any more' : 'it was moved';
      const reason = `${what}: ${detail}`;
      return end(facts, touched ? 'failed' : 'ignored', 'instance-gone', reason);
    }
    case 'instance':
      return onSeen(policy, facts, sighting, atMs);
  }
}

function onSeen(policy: RecoveryPolicy, facts: Facts, seen: SeenInstance, atMs: number): InstanceDecision {
  if (seen.state === 'busy') return lookLater(policy, facts, 'busy', seen.detail, atMs);
  const silent = seen.hostService !== undefined && seen.hostService !== 'up';
  const now = silent ? facts : { ...facts, lookFailures: 0 };
  switch (seen.state) {
    case 'rescued':
      return end(now, 'ignored', 'rescued', `it is in rescue: ${seen.detail}`);
    case 'suspended':
      return end(now, 'ignored', 'suspended', `it is suspended: ${seen.detail}`);
    case 'paused':
      if (seen.byOperator)
        return end(now, 'ignored', 'paused-by-operator', `somebody paused it: ${seen.detail}`);
      return settle(now, atMs) ?? onDown(policy, now, seen, atMs);
    case 'stopped':
      if (seen.byOperator && !isOffByUs(now))
        return end(now, 'ignored', 'stopped-by-operator', `somebody stopped it: ${seen.detail}`);
      return onDown(policy, now, seen, atMs);
    case 'error':
      if (seen.byOperator && !isOffByUs(now)) {
        const reason = `somebody stopped it before it went into ERROR: ${seen.detail}`;
        return end(now, 'ignored', 'stopped-by-operator', reason);
      }
      if (!policy.recoverIgnoringErrorInstances && wasFoundInError(now))
        return end(now, 'ignored', 'instance-in-error', `it is in ERROR: ${seen.detail}`);
      return onDown(policy, now, seen, atMs);
    case 'crashed':
      return settle(now, atMs) ?? onDown(policy, now, seen, atMs);
    case 'running':
      return onRunning(policy, now, seen, atMs);
  }
}

/** libvirt restarts a crashed guest through paused and crashed (`<on_crash>restart`): it has a moment to get on. */
const settleMs = 10_000;

/** Waits while what is seen may be a passing stage of somebody else's restart; undefined when it is not, or no longer. */
function settle(facts: Facts, atMs: number): InstanceDecision | undefined {
  if (facts.subject.payload.handledBy === 'none' || facts.progress.made !== 'nothing') return undefined;
  const untilMs = facts.settlesAtMs ?? atMs + settleMs;
  if (atMs >= untilMs) return undefined;
  const waiting = { ...facts, settlesAtMs: untilMs };
  return become(waiting, { phase: 'waiting', untilMs, why: 'busy' }, { type: 'wait', untilMs, why: 'busy' });
}

/** It does not run, and nobody wished it so. */
function onDown(policy: RecoveryPolicy, facts: Facts, seen: SeenInstance, atMs: number): InstanceDecision {
  const { progress } = facts;
  switch (progress.made) {
    case 'nothing':
      if (compareLives(seen.life, failedLife(facts)) === 'other') return anotherIncident(facts, seen);
      return needsRestart(policy, facts, seen, atMs);
    case 'evacuate-begun':
      return needsRestart(policy, facts, seen, atMs);
    case 'stop-begun':
    case 'hard-reboot-begun':
      if (compareLives(seen.life, progress.life) === 'other') return anotherIncident(facts, seen);
      return needsRestart(policy, facts, seen, atMs);
    case 'stop-done':
    case 'start-begun':
      // A boot we have not seen before came after our stop, and is down already.
      if (compareLives(seen.life, progress.life) === 'other') return failedAgain(facts, seen, atMs);
      return needsRestart(policy, facts, seen, atMs);
    case 'restart-done':
      return failedAgain(facts, seen, atMs);
  }
}

/** A boot that this recovery is not about is down: it has its own notification. */
const anotherIncident = (facts: Facts, seen: SeenInstance): InstanceDecision =>
  end(
    facts,
    'ignored',
    'another-life',
    `another boot than the one that failed is down now: it is ${seen.detail}`,
  );

/** An ERROR that our own acts led to is not the one that the operator wants left alone. */
const wasFoundInError = ({ progress, original }: Facts): boolean =>
  progress.made === 'nothing' && (original === null || original === 'error');
