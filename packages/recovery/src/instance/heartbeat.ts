import type { RecoveryPolicy } from '../policy.ts';
import type { HeartbeatSighting } from '../subject.ts';
import { doneInWords, durationInWords } from '../words.ts';
import { end, endAsError, endHeard } from './ending.ts';
import { countTime, keepListening, patienceMs } from './listen.ts';
import { lookAgain, proceed } from './restart.ts';
import type { Facts, InstanceDecision, Listening } from './state.ts';

/** What was heard, or that nothing was, or that nobody listened. */
export function onHeartbeat(
  policy: RecoveryPolicy,
  facts: Facts,
  listening: Listening,
  sighting: HeartbeatSighting,
  atMs: number,
): InstanceDecision {
  if (sighting.heartbeat === 'heard') return onHeard({ ...facts, heard: true }, listening);

  const wasDeaf = listening.known === 'nobody-listens';
  // That nobody listens is learnt late: the time since then counts as such.
  const deafMs = sighting.heartbeat === 'nobody-listens' && !wasDeaf ? (sighting.forMs ?? 0) : 0;
  const turnedMs = Math.max(listening.sinceMs, atMs - deafMs);
  const turned: Listening = { ...listening, known: sighting.heartbeat, sinceMs: turnedMs };
  const now = countTime(countTime(facts, listening, turnedMs), turned, atMs);
  const next: Listening = { ...turned, sinceMs: atMs };
  if (sighting.heartbeat === 'nobody-listens') return onDeaf(policy, now, next, sighting.detail);

  // What was seen before a long silence of the monitor is stale.
  if (listening.purpose === 'before-acting' && wasDeaf) return lookAgain(now);
  if (now.listenedMs < patienceMs(policy, next.purpose)) return keepListening(policy, now, next);
  return onSilence(policy, now, next);
}

function onHeard(facts: Facts, listening: Listening): InstanceDecision {
  switch (listening.purpose) {
    case 'before-acting':
    case 'verify':
      return endHeard(facts);
    case 'handled': {
      const { handledBy } = facts.subject.payload;
      if (handledBy === 'none')
        return end(facts, 'finished', 'came-back', 'heard again before it was stopped');
      const who = handledBy === 'qemu' ? 'QEMU' : 'libvirt';
      return end(facts, 'finished', 'handled-elsewhere', `brought back by ${who}, and heard again`);
    }
    case 'another-life': {
      const reason = 'it runs another boot than the one that failed, and was heard again';
      return end(facts, 'finished', 'another-life', reason);
    }
  }
}

/** Somebody listened long enough, and it stayed silent. */
function onSilence(policy: RecoveryPolicy, facts: Facts, listening: Listening): InstanceDecision {
  const silent = `was not heard within ${durationInWords(policy.heartbeatWaitMs)}`;
  switch (listening.purpose) {
    case 'before-acting':
      return proceed(policy, facts, listening.seen, listening.sinceMs);
    case 'handled':
      return lookAgain({ ...facts, gaveTime: true, listenedMs: 0 });
    case 'another-life': {
      const reason = `it runs another boot than the one that failed, but ${silent}; it was not touched`;
      return end(facts, 'failed', 'another-life-silent', reason);
    }
    case 'verify': {
      const { fault } = facts.subject.payload;
      // A disk that has failed fails again: one restart is all that can help here.
      const { progress } = facts;
      const wasHard = progress.made === 'restart-done' && progress.by === 'hard-reboot';
      if (policy.method === 'auto' && !facts.escalated && !wasHard && fault !== 'io-error')
        return lookAgain({ ...facts, escalated: true, admitted: false, listenedMs: 0 });
      const caution = fault === 'io-error' ? '; a restart on the same host may fail again' : '';
      return end(
        facts,
        'failed',
        'not-heard-again',
        `${doneInWords(facts)}, and it runs, but ${silent}${caution}`,
      );
    }
  }
}

/** The monitor of its host is away: that is no evidence, so nothing is done because of it. */
function onDeaf(
  policy: RecoveryPolicy,
  facts: Facts,
  listening: Listening,
  detail: string,
): InstanceDecision {
  // One that is down needs no listener to prove it.
  if (listening.purpose === 'before-acting' && listening.seen.state !== 'running')
    return proceed(policy, facts, listening.seen, listening.sinceMs);
  if (facts.deafMs < policy.nobodyListensMs) return keepListening(policy, facts, listening);
  const reason = `${doneInWords(facts)}, but the heartbeat could not be checked: ${detail}`;
  return endAsError(policy, facts, { rule: 'nobody-listens', reason, atMs: listening.sinceMs });
}
