import type { Evidence, EvidenceInput } from '@instance-ha/notification';
import type { CpuTrack, GuestState, Miss, Sign } from './guest-state.ts';
import type { GuestPolicy } from './policy.ts';
import { printable } from './printable.ts';
import type { GuestRule } from './rule.ts';

/** One thing a verdict looked at. */
export type Input = { signal: string; value: string; atMs: number };

/** So many misses are listed one by one; of a longer row the latest. */
const listedMisses = 20;

/**
 * Writes down why: the inputs the rule rests on, then what else was seen lately, then what was known before. Events
 * older than the policy allows are left out; what was known before (the last answer) keeps its age, whatever it is.
 */
export function writeEvidence(
  policy: GuestPolicy,
  guest: GuestState,
  verdict: { rule: GuestRule; summary: string; inputs: readonly Input[] },
  atMs: number,
): Evidence {
  const { lastBeatMs, boot } = guest.life;
  const recent = guest.trail.filter(sign => atMs - sign.atMs <= policy.evidenceMaxAgeMs).map(asInput);
  const stated = new Set(verdict.inputs.map(input => `${input.signal} ${input.value}`));
  const before: Input[] = [{ signal: 'boot', value: boot, atMs }];
  if (lastBeatMs !== null) before.push({ signal: 'last-answer', value: 'answered', atMs: lastBeatMs });
  const inputs = [
    ...verdict.inputs,
    ...recent.filter(input => !stated.has(`${input.signal} ${input.value}`)),
    ...before,
  ];
  return {
    rule: verdict.rule,
    summary: verdict.summary,
    inputs: inputs.map(input => aged(input, atMs)),
    policy: { ...policy },
  };
}

/** Ages never fall below zero, and are whole milliseconds. */
const aged = (input: Input, atMs: number): EvidenceInput => ({
  signal: input.signal,
  value: printable(input.value, 512),
  ageMs: Math.max(0, Math.round(atMs - input.atMs)),
});

const asInput = (sign: Sign): Input => ({
  signal: sign.signal,
  value: sign.count > 1 ? `${sign.value} ×${sign.count}` : sign.value,
  atMs: sign.atMs,
});

export const missInputs = (misses: readonly Miss[]): Input[] =>
  misses.slice(-listedMisses).map(miss => ({
    signal: 'ping',
    value: miss.detail ? `${miss.outcome}: ${miss.detail}` : miss.outcome,
    atMs: miss.atMs,
  }));

/** How fast QEMU used CPU time between its last two samples: tells a runaway from a frozen guest. */
export function cpuInputs(cpu: CpuTrack | null): Input[] {
  if (!cpu?.before) return [];
  const usedMs = Number((cpu.ns - cpu.before.ns) / 1_000_000n);
  const overMs = Math.round(cpu.atMs - cpu.before.atMs);
  return [{ signal: 'cpu-progress', value: `${usedMs} ms of CPU in ${overMs} ms`, atMs: cpu.atMs }];
}
