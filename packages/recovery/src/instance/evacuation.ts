/**
 * Rebuilding one failed instance on another host: the last means, and the only one that can do harm for good. Two copies of a
 * guest on one disk destroy it, so it is not enough that the cloud would do it.
 *
 * | what                                                       | why                                                       |
 * | ---------------------------------------------------------- | --------------------------------------------------------- |
 * | the compute service does not report, and nobody forced it down | Nova evacuates from no other host; from one that was forced down, whoever did that evacuates |
 * | the monitor saw its QEMU end, or our own stop was done      | a service that does not report says nothing of the guests |
 * | no boot was asked for since                                 | that one may run                                          |
 * | no act of ours is in doubt                                  | a start that was begun may have happened                  |
 */
import type { RecoveryPolicy } from '../policy.ts';
import { endsLife } from './life.ts';
import type { Facts, SeenInstance } from './state.ts';

/** What keeps it from being evacuated, to stand after "not evacuated:"; null when nothing does. */
export function whyNotEvacuated(policy: RecoveryPolicy, facts: Facts, seen: SeenInstance): string | null {
  const { progress, subject } = facts;
  if (policy.method !== 'auto') return 'only the method auto does that';
  if (!policy.allowEvacuate) return 'allow_evacuate is off';
  if (seen.hostService === 'forced-down') return 'whoever forced its host down evacuates it';
  switch (progress.made) {
    case 'evacuate-begun': // It was proven then, and nothing of ours began a boot since.
    case 'stop-done':
      return null;
    case 'nothing': {
      if (!endsLife(facts)) return 'its QEMU may still run there';
      const bootedMs = Date.parse(seen.bootedAt ?? '');
      const faultMs = Date.parse(subject.faultAt ?? '');
      return bootedMs < faultMs ? null : 'a boot that began after it failed may run there';
    }
    case 'stop-begun':
    case 'start-begun':
    case 'hard-reboot-begun':
    case 'restart-done':
      return 'what was asked of its host may have happened';
  }
}

/** Asked for and neither under way nor known to have failed: so long it may still begin. */
const mayBeginMs = 15_000;

/** Until when an evacuation that was begun may still come to light; undefined when it cannot, or no longer. */
export function mayBeginUntilMs({ progress }: Facts, atMs: number): number | undefined {
  if (progress.made !== 'evacuate-begun') return undefined;
  const untilMs = progress.sinceMs + mayBeginMs;
  return atMs < untilMs ? untilMs : undefined;
}
