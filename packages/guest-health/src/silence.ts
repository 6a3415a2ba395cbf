import type { GuestFault } from '@instance-ha/notification';
import { cpuInputs, type Input, missInputs } from './evidence.ts';
import type { Charge, CpuTrack, GuestState, Miss } from './guest-state.ts';
import { type GuestPolicy, secondSignMisses } from './policy.ts';
import { becomeConfirming, becomeHeld, becomeSuspect, type Step, stay } from './step.ts';
import { convict } from './verdict.ts';

export type Silence = Extract<Charge, { kind: 'silence' }>;

/** Counts a miss; enough of them, all young enough, make an accusation that waits for the gate. */
export function countMiss(policy: GuestPolicy, guest: GuestState, before: readonly Miss[], miss: Miss): Step {
  const { atMs } = miss;
  const misses = young(policy, [...before, miss], atMs);
  const needed = policy.failureThreshold;
  if (misses.length >= needed)
    return accuse(
      policy,
      guest,
      { kind: 'silence', rule: ruleOf(misses), misses, needed, stall: null },
      atMs,
    );
  if (guest.standing.phase === 'held') return becomeHeld(guest, misses, atMs);
  return becomeSuspect(guest, misses, `missed ${misses.length} of ${needed}`, atMs);
}

const young = (policy: GuestPolicy, misses: readonly Miss[], atMs: number): readonly Miss[] =>
  misses.filter(miss => atMs - miss.atMs <= policy.evidenceMaxAgeMs).slice(-policy.failureThreshold);

const ruleOf = (misses: readonly Miss[]): 'agent-stayed-away' | 'misses-reached-threshold' =>
  misses.every(miss => miss.outcome === 'not-connected') ? 'agent-stayed-away' : 'misses-reached-threshold';

/**
 * Judged silent. The verdict is not spoken here: the gate rules on it when the neighbours were asked too, at the latest
 * after half the age that evidence may have.
 */
export function accuse(policy: GuestPolicy, guest: GuestState, silence: Silence, atMs: number): Step {
  const { standing } = guest;
  const misses = young(policy, silence.misses, atMs);
  if (misses.length < silence.needed)
    return becomeSuspect(guest, misses, `missed ${misses.length} of ${policy.failureThreshold}`, atMs);
  // A held guest stays held: the gate, not one more miss, lets it go.
  if (standing.phase === 'held') return becomeHeld(guest, misses, atMs);
  const waiting = standing.phase === 'confirming' && standing.charge.kind === 'silence' ? standing : null;
  return becomeConfirming(
    guest,
    {
      charge: { ...silence, misses },
      dueAtMs: waiting ? waiting.dueAtMs : atMs + policy.evidenceMaxAgeMs / 2,
    },
    `silent by ${silence.rule}; its neighbours are asked before it is judged`,
    atMs,
  );
}

/**
 * The second sign: QEMU used no CPU time at all around the latest missed ping, seen by samples before it was sent and
 * after it had failed. Only a ping that found nobody answering counts for this; an agent that is gone is no freeze.
 */
export function judgeStall(policy: GuestPolicy, guest: GuestState, atMs: number): Step {
  const { standing } = guest;
  if (!policy.secondSign || standing.phase !== 'suspect') return stay(guest);
  const misses = young(policy, standing.misses, atMs);
  const needed = secondSignMisses(policy);
  const last = misses.at(-1);
  const { cpu } = guest.life;
  if (!cpu || !last || last.outcome !== 'no-answer' || misses.length < needed) return stay(guest);
  const covered = cpu.stillSinceMs <= last.askedAtMs && cpu.atMs >= last.atMs;
  if (!covered || cpu.atMs - cpu.stillSinceMs < policy.cpuStallMs) return stay(guest);
  const stall = { sinceMs: cpu.stillSinceMs, untilMs: cpu.atMs };
  return accuse(
    policy,
    guest,
    { kind: 'silence', rule: 'silent-and-cpu-stalled', misses, needed, stall },
    atMs,
  );
}

/** One more sample of CPU time. */
export function trackCpu(cpu: CpuTrack | null, ns: bigint, atMs: number): CpuTrack {
  if (!cpu) return { ns, atMs, stillSinceMs: atMs, before: null };
  if (atMs <= cpu.atMs) return cpu;
  const before = { ns: cpu.ns, atMs: cpu.atMs };
  return { ns, atMs, stillSinceMs: ns === cpu.ns ? cpu.stillSinceMs : atMs, before };
}

/** The gate lets the verdict pass. What has grown too old meanwhile no longer counts. */
export function convictSilence(policy: GuestPolicy, guest: GuestState, silence: Silence, atMs: number): Step {
  const misses = young(policy, silence.misses, atMs);
  const first = misses[0];
  if (!first || misses.length < silence.needed)
    return becomeSuspect(guest, misses, `missed ${misses.length} of ${policy.failureThreshold}`, atMs);
  const { rule, needed, stall } = silence;
  const fault: GuestFault = rule === 'agent-stayed-away' ? 'agent-lost' : 'heartbeat-lost';
  return convict(
    policy,
    guest,
    {
      rule,
      fault,
      handledBy: 'none',
      summary: sentenceOf(silence, misses),
      inputs: [
        ...missInputs(misses),
        ...stallInputs(silence),
        ...(stall ? [] : youngCpu(policy, guest, atMs)),
        needs(needed, atMs),
      ],
      leaves: 'running',
      ended: false,
      silent: true,
      faultAtMs: first.askedAtMs,
      libvirtEvent: null,
    },
    atMs,
  );
}

const needs = (needed: number, atMs: number): Input => ({
  signal: 'misses-needed',
  value: String(needed),
  atMs,
});

const stallInputs = ({ stall }: Silence): Input[] =>
  stall
    ? [
        {
          signal: 'cpu-progress',
          value: `0 ms of CPU in ${Math.round(stall.untilMs - stall.sinceMs)} ms`,
          atMs: stall.untilMs,
        },
      ]
    : [];

const youngCpu = (policy: GuestPolicy, guest: GuestState, atMs: number): Input[] =>
  cpuInputs(guest.life.cpu).filter(input => atMs - input.atMs <= policy.evidenceMaxAgeMs);

function sentenceOf(silence: Silence, misses: readonly Miss[]): string {
  const count = `${misses.length} ping${misses.length === 1 ? '' : 's'}`;
  switch (silence.rule) {
    case 'misses-reached-threshold':
      return `the guest had answered and left ${count} in a row without an answer`;
    case 'silent-and-cpu-stalled':
      return `the guest had answered, left ${count} without an answer, and its QEMU used no CPU time meanwhile`;
    case 'agent-stayed-away':
      return `the guest's agent went away, and ${count} in a row after the grace did not find it`;
  }
}
