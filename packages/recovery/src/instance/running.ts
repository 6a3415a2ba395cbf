import type { RecoveryPolicy } from '../policy.ts';
import { doneInWords } from '../words.ts';
import { end } from './ending.ts';
import { compareLives, endsLife, failedLife, pausesLife } from './life.ts';
import { listen } from './listen.ts';
import { needsRestart, restarted } from './restart.ts';
import type { Facts, InstanceDecision, SeenInstance } from './state.ts';

/** It runs: the boot that failed, the boot we made, or one that somebody else made? */
export function onRunning(
  policy: RecoveryPolicy,
  facts: Facts,
  seen: SeenInstance,
  atMs: number,
): InstanceDecision {
  const { progress } = facts;
  switch (progress.made) {
    case 'nothing':
      return onUntouched(policy, facts, seen, atMs);
    case 'stop-begun':
      return onStopInDoubt(policy, facts, seen, atMs, progress.life);
    case 'stop-done':
      if (compareLives(seen.life, progress.life) !== 'same') return onAnotherLife(policy, facts, seen, atMs);
      return needsRestart(policy, { ...facts, progress: { made: 'nothing' }, admitted: true }, seen, atMs);
    case 'start-begun':
      if (compareLives(seen.life, progress.life) !== 'same')
        return onRestarted(policy, restarted(facts, seen.life), seen, atMs);
      return needsRestart(policy, { ...facts, progress: { made: 'nothing' }, admitted: true }, seen, atMs);
    case 'hard-reboot-begun':
      if (compareLives(seen.life, progress.life) !== 'same')
        return onRestarted(policy, restarted(facts, seen.life), seen, atMs);
      return needsRestart(policy, facts, seen, atMs);
    case 'evacuate-begun':
      return needsRestart(policy, facts, seen, atMs);
    case 'restart-done': {
      if (compareLives(seen.life, progress.life) !== 'other') {
        const life = progress.life ?? seen.life;
        return onRestarted(policy, { ...facts, progress: { ...progress, life } }, seen, atMs);
      }
      const reason = `${doneInWords(facts)}, and another boot than ours runs since: it failed again, or somebody restarted it`;
      return end(facts, 'failed', 'failed-again', reason);
    }
  }
}

/** Nothing was done yet: is it the boot that failed, and does anybody bring it back already? */
function onUntouched(
  policy: RecoveryPolicy,
  facts: Facts,
  seen: SeenInstance,
  atMs: number,
): InstanceDecision {
  const { fault, handledBy, hadHeartbeat } = facts.subject.payload;
  // A cloud that tells what it noted last may not have noticed the end of a boot yet; when an operator retries it has.
  const isOver = endsLife(facts) && (!seen.byRecord || facts.expiresFromMs > 0);
  if (isOver || compareLives(seen.life, failedLife(facts)) === 'other')
    return onAnotherLife(policy, facts, seen, atMs);
  const resumed = pausesLife(fault);
  if ((handledBy === 'none' && !resumed) || facts.gaveTime) return needsRestart(policy, facts, seen, atMs);
  if (hadHeartbeat) return listen(policy, facts, 'handled', seen, atMs);
  if (resumed) return end(facts, 'finished', 'came-back', `somebody resumed it: it is ${seen.detail}`);
  const who = handledBy === 'qemu' ? 'QEMU' : 'libvirt';
  return end(facts, 'finished', 'handled-elsewhere', `brought back by ${who}: it is ${seen.detail}`);
}

/** A stop was begun and it runs: the stop never happened, or somebody has started it since. */
function onStopInDoubt(
  policy: RecoveryPolicy,
  facts: Facts,
  seen: SeenInstance,
  atMs: number,
  life: string | null,
): InstanceDecision {
  switch (compareLives(seen.life, life)) {
    case 'same':
      return needsRestart(policy, facts, seen, atMs);
    case 'other':
      return onAnotherLife(policy, facts, seen, atMs);
    case 'unknown': // Its heartbeat may tell.
      if (facts.gaveTime || !facts.subject.payload.hadHeartbeat)
        return needsRestart(policy, facts, seen, atMs);
      return listen(policy, facts, 'handled', seen, atMs);
  }
}

/** Somebody restarted it before us. It is not ours to touch; whether it is well, its heartbeat must tell. */
function onAnotherLife(
  policy: RecoveryPolicy,
  facts: Facts,
  seen: SeenInstance,
  atMs: number,
): InstanceDecision {
  if (facts.subject.payload.hadHeartbeat) return listen(policy, facts, 'another-life', seen, atMs);
  return end(
    facts,
    'finished',
    'another-life',
    `it runs another boot than the one that failed: ${seen.detail}`,
  );
}

/** Our restart is done and it runs: verified when it is heard, or at once when it never had a heartbeat. */
function onRestarted(
  policy: RecoveryPolicy,
  facts: Facts,
  seen: SeenInstance,
  atMs: number,
): InstanceDecision {
  const { progress, subject, escalated } = facts;
  const lastMeansLeft = escalated && progress.made === 'restart-done' && progress.by === 'start';
  if (lastMeansLeft) return needsRestart(policy, facts, seen, atMs);
  if (subject.payload.hadHeartbeat) return listen(policy, facts, 'verify', seen, atMs);
  const reason = `${doneInWords(facts)}, and it runs; it never had a heartbeat to wait for`;
  return end(facts, 'finished', 'verified-running', reason);
}
