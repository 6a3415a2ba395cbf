import type { GuestFault } from '@instance-ha/notification';
import type { Facts } from './instance/state.ts';

const faults: Record<GuestFault, string> = {
  'qemu-failed': 'its QEMU ended without being asked',
  panicked: 'its kernel panicked',
  'watchdog-reset': 'its watchdog reset it',
  'watchdog-stopped': 'its watchdog switched it off',
  'watchdog-paused': 'its watchdog paused it',
  'io-error': 'its disk failed',
  'hypervisor-error': 'its hypervisor failed',
  'heartbeat-lost': 'it stopped answering',
  'agent-lost': 'its agent went away',
  'boot-loop': 'it booted again and again',
  'found-dead': 'it was found dead',
};

/** What befell the guest, to stand after "after" or a colon. */
export const faultInWords = (fault: GuestFault): string => faults[fault];

/** What was done so far, in the past tense. */
export function doneInWords(facts: Facts): string {
  const { progress, escalated } = facts;
  if (progress.made !== 'restart-done') return 'not restarted';
  if (progress.by === 'start') return 'restarted';
  return escalated ? 'restarted and then hard rebooted' : 'hard rebooted';
}

/** The longest unit that fits without a fraction: `90 s`, `1 h`, `1.5 s`. */
export function durationInWords(ms: number): string {
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
  ] as const;
  for (const [unitMs, name] of units) if (ms >= unitMs && ms % unitMs === 0) return `${ms / unitMs} ${name}`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
}

export const times = (count: number): string =>
  count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;
