import type { RecoveryPolicy } from '../policy.ts';
import type { RecoveryRule } from '../rule.ts';
import { computeProcess, type ProcessContext } from './context.ts';
import type { ProcessSubject } from './state.ts';

/** What to do about a notification of a process. */
export type ProcessVerdict =
  | { go: 'recover' | 'return' | 'wait' }
  | { go: 'end'; status: 'finished' | 'ignored'; rule: RecoveryRule; why: string };

/**
 * | event   | the process, its host                    | verdict                                                   |
 * | ------- | ---------------------------------------- | --------------------------------------------------------- |
 * | any     | in a disabled segment, or on maintenance | ignored                                                   |
 * | any     | an earlier notification of it is open    | waits for its end                                         |
 * | STARTED | the cloud's compute service              | enabled again, when we had disabled it                    |
 * | STARTED | any other                                | finished: nothing to do                                   |
 * | STOPPED | any other, `otherProcesses` is `record`  | ignored: it stands in the books, and nothing else happens |
 * | STOPPED | any                                      | recovered                                                 |
 *
 * A host in no segment is looked after all the same: whoever had the process watched there, and named the command that
 * restarts it, asked for just that.
 */
export function judgeProcess(
  policy: RecoveryPolicy,
  { payload }: ProcessSubject,
  { segment, onMaintenance, earlierOpen }: ProcessContext,
): ProcessVerdict {
  const { event, processName } = payload;
  const ignored = (rule: RecoveryRule, why: string): ProcessVerdict => ({
    go: 'end',
    status: 'ignored',
    rule,
    why,
  });
  if (segment && !segment.enabled)
    return ignored('segment-disabled', `its segment ${segment.name} is disabled`);
  if (onMaintenance) return ignored('host-on-maintenance', 'its host is on maintenance');
  if (earlierOpen) return { go: 'wait' };
  const isCompute = processName === computeProcess;
  if (event === 'STARTED')
    return isCompute && policy.process.hasControl
      ? { go: 'return' }
      : {
          go: 'end',
          status: 'finished',
          rule: 'process-is-back',
          why: 'it is back, and nothing is to be done',
        };
  if (!isCompute && policy.process.otherProcesses === 'record')
    return ignored('recorded-only', 'processes like it are recorded only: other_processes is record');
  if (policy.mode === 'observe')
    return ignored('observe-mode', 'observe mode: would have asked its monitor to restart it');
  return { go: 'recover' };
}
