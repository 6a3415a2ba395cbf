import type { GuestState, Hearing, Miss } from './guest-state.ts';
import type { GuestPolicy } from './policy.ts';
import type { GuestSignal } from './signal.ts';
import { accuse, countMiss } from './silence.ts';
import {
  andThen,
  askNow,
  becomeAlive,
  becomeConfirming,
  becomeSuspect,
  becomeUnmonitored,
  becomeUnproven,
  type Step,
  stay,
} from './step.ts';

type Ping = Extract<GuestSignal, { type: 'ping' }>;

/** One guest after a ping has ended. */
export function stepOnPing(policy: GuestPolicy, guest: GuestState, ping: Ping): Step {
  const asked = hear(guest, { askedAtMs: ping.askedAtMs });
  if (ping.askedAtMs < guest.hearing.heedFromMs) return stay(asked); // Of a situation that has passed.
  switch (ping.outcome) {
    case 'could-not-look':
      return stay(asked);
    case 'answered':
      return onAnswer(hear(asked, { lookedAtMs: ping.askedAtMs, unanswered: 0 }), ping.atMs);
    case 'not-configured':
      return onNotConfigured(hear(asked, { lookedAtMs: ping.askedAtMs, unanswered: 0 }), ping.atMs);
    case 'no-answer':
    case 'not-connected': {
      const { outcome, detail, askedAtMs, atMs } = ping;
      // While the probe is blind a reboot or a suspension may go unseen: no miss counts.
      if (guest.blindSinceMs !== null) return stay(asked);
      const unanswered = guest.hearing.unanswered + 1;
      const missed = hear(asked, { lookedAtMs: askedAtMs, unanswered });
      return outcome === 'no-answer'
        ? onNoAnswer(policy, missed, { outcome, detail, askedAtMs, atMs })
        : onNotConnected(policy, missed, { outcome, detail, askedAtMs, atMs });
    }
  }
}

const hear = (guest: GuestState, change: Partial<Hearing>): GuestState => ({
  ...guest,
  hearing: { ...guest.hearing, ...change },
});

function onAnswer(guest: GuestState, atMs: number): Step {
  switch (guest.standing.phase) {
    case 'suspended':
      return stay(guest);
    case 'stopped':
      return stay(guest);
    case 'failed':
      return guest.life.ended ? stay(guest) : beat(guest, 'answered again after its failure', atMs);
    case 'unknown':
    case 'unmonitored':
    case 'unproven':
      return beat(guest, 'answered', atMs);
    case 'alive':
      return beat(guest, guest.why, atMs);
    case 'suspect':
    case 'confirming':
    case 'held':
      return beat(guest, 'answered again', atMs);
  }
}

/** Heard: whatever was suspected is over, and an open incident is closed. */
function beat(guest: GuestState, why: string, atMs: number): Step {
  const { incident } = guest;
  const life = { ...guest.life, heard: true, proven: true, lastBeatMs: atMs };
  const heard: GuestState = hear({ ...guest, life }, { awaySinceMs: null });
  if (!incident || incident.heardAgainAtMs !== null) return becomeAlive(heard, why, atMs);
  const heardAgain = { heardAgainAtMs: atMs, heardAgainBoot: life.boot };
  const step = becomeAlive({ ...heard, incident: { ...incident, ...heardAgain } }, why, atMs);
  const { instanceUuid } = guest;
  const { boot, sequence } = incident;
  return {
    ...step,
    effects: [{ type: 'heartbeat-back', instanceUuid, boot, sequence, atMs }, ...step.effects],
  };
}

/** libvirt says the running domain has no agent channel: nothing can be concluded from its silence. */
function onNotConfigured(guest: GuestState, atMs: number): Step {
  const { standing } = guest;
  switch (standing.phase) {
    case 'unknown':
    case 'unmonitored':
    case 'suspended':
    case 'stopped':
    case 'failed':
      return stay(guest);
    case 'confirming':
      if (standing.charge.kind !== 'agent-away' && standing.charge.kind !== 'silence') return stay(guest);
      return becomeUnmonitored(guest, atMs);
    case 'unproven':
    case 'alive':
    case 'suspect':
    case 'held':
      return becomeUnmonitored(guest, atMs);
  }
}

function onNoAnswer(policy: GuestPolicy, guest: GuestState, miss: Miss): Step {
  const { standing } = guest;
  switch (standing.phase) {
    case 'unknown':
    case 'unmonitored':
    case 'suspended':
    case 'stopped':
    case 'failed':
      return stay(guest);
    case 'unproven':
      return mayBeSuspected(guest, miss.atMs) ? countMiss(policy, guest, [], miss) : stay(guest);
    case 'alive':
      return countMiss(policy, guest, [], miss);
    case 'suspect':
    case 'held':
      return countMiss(policy, guest, standing.misses, miss);
    case 'confirming':
      return onMissInDoubt(policy, guest, miss);
  }
}

/** Its agent is not there. That is nothing for a while: an agent is updated, a guest reboots. */
function onNotConnected(policy: GuestPolicy, guest: GuestState, miss: Miss): Step {
  const { standing } = guest;
  const awaySinceMs = guest.hearing.awaySinceMs ?? miss.atMs;
  const away = hear(guest, { awaySinceMs });
  const graceUntilMs = Math.max(awaySinceMs + policy.agentLostGraceMs, guest.hearing.awayIsNothingUntilMs);
  const counts = miss.atMs >= graceUntilMs;
  switch (standing.phase) {
    case 'unknown':
    case 'unmonitored':
    case 'suspended':
    case 'stopped':
    case 'failed':
      return stay(away);
    case 'unproven':
      if (!mayBeSuspected(guest, miss.atMs)) return stay(guest); // Away since before it began to matter.
      return counts ? countMiss(policy, away, [], miss) : becomeAway(away, graceUntilMs, miss.atMs);
    case 'alive':
      return counts ? countMiss(policy, away, [], miss) : becomeAway(away, graceUntilMs, miss.atMs);
    case 'suspect':
    case 'held':
      return counts ? countMiss(policy, away, standing.misses, miss) : stay(away);
    case 'confirming':
      return counts ? onMissInDoubt(policy, away, miss) : stay(away);
  }
}

/** Heard since its last boot, and its grace is over. */
const mayBeSuspected = (guest: GuestState, atMs: number): boolean =>
  guest.life.proven && guest.standing.phase === 'unproven' && atMs >= guest.standing.graceUntilMs;

const becomeAway = (guest: GuestState, graceUntilMs: number, atMs: number): Step =>
  becomeConfirming(
    guest,
    { charge: { kind: 'agent-away' }, dueAtMs: graceUntilMs },
    'its agent went away; it has a grace to come back',
    atMs,
  );

function onMissInDoubt(policy: GuestPolicy, guest: GuestState, miss: Miss): Step {
  if (guest.standing.phase !== 'confirming') return stay(guest);
  const { charge } = guest.standing;
  switch (charge.kind) {
    case 'agent-away':
    case 'watchdog-shutdown':
      return guest.life.proven ? countMiss(policy, guest, [], miss) : stay(guest);
    case 'silence':
      return accuse(policy, guest, { ...charge, misses: [...charge.misses, miss] }, miss.atMs);
    case 'paused':
    case 'panicked':
    case 'watchdog-poweroff':
      return stay(guest);
  }
}

/** The channel event itself: the agent closed its end of the port, or opened it. */
export function stepOnAgent(
  policy: GuestPolicy,
  guest: GuestState,
  agent: Extract<GuestSignal, { type: 'agent' }>,
): Step {
  const { atMs } = agent;
  if (agent.state === 'connected') return onAgentBack(guest, atMs);
  if (agent.reason === 'domain-started') return stay(guest);
  const away = hear(guest, { awaySinceMs: guest.hearing.awaySinceMs ?? atMs });
  if (guest.standing.phase !== 'alive' || guest.blindSinceMs !== null) return stay(away);
  const graceUntilMs = Math.max(atMs + policy.agentLostGraceMs, guest.hearing.awayIsNothingUntilMs);
  return becomeAway(away, graceUntilMs, atMs);
}

/** It opened the port: a moment later it answers, or it does not. */
function onAgentBack(guest: GuestState, atMs: number): Step {
  const back = hear(guest, { awaySinceMs: null });
  const ask = askNow(back, atMs);
  const { standing } = back;
  switch (standing.phase) {
    case 'stopped':
    case 'suspended':
      return stay(back);
    case 'unmonitored': // It has a channel after all.
      return andThen(becomeUnproven(back, 'its agent connected; not heard yet', atMs, atMs), guestNow =>
        askNow(guestNow, atMs),
      );
    case 'confirming':
      if (standing.charge.kind !== 'agent-away') return ask;
      return { ...ask, guest: { ...back, standing: { ...standing, dueAtMs: null } } };
    case 'unknown':
    case 'unproven':
    case 'alive':
    case 'suspect':
    case 'held':
    case 'failed':
      return ask;
  }
}

/** The grace of an agent that went away is over: from now on every poll that does not find it counts. */
export function endAgentGrace(guest: GuestState, atMs: number): Step {
  const suspect = becomeSuspect(guest, [], 'its agent stayed away longer than the grace', atMs);
  return andThen(suspect, silent => askNow(silent, atMs));
}
