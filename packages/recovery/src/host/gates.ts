import type { HostPayload } from '@instance-ha/notification';
import type { RecoveryRule } from '../rule.ts';
import { ruledInWords } from '../words.ts';
import type { HostContext, HostPolicy } from './context.ts';

/** What to do about a notification of a host. */
export type HostVerdict =
  | { go: 'evacuate' | 'return' }
  | { go: 'hold'; why: string }
  | { go: 'end'; status: 'finished' | 'ignored'; rule: RecoveryRule; why: string };

/**
 * | event, host status           | segment                     | verdict                                              |
 * | ---------------------------- | --------------------------- | ---------------------------------------------------- |
 * | STOPPED, UNKNOWN or not told | any                         | ignored: the host is not proven to be down           |
 * | any                          | none                        | ignored: nobody asked for it to be looked after      |
 * | any                          | disabled                    | ignored                                              |
 * | STARTED, NORMAL              | host on maintenance         | taken back into service, when `autoReturn` says so    |
 * | STARTED                      | any other                   | finished: nothing to do                              |
 * | STOPPED, NORMAL              | reported as started since   | ignored: an evacuation now would harm what is back   |
 * | STOPPED, NORMAL              | host on maintenance         | ignored                                              |
 * | STOPPED, NORMAL              | too many hosts fail at once | held until an operator rules                         |
 * | STOPPED, NORMAL              | any other                   | evacuated                                            |
 *
 * One host that fails alone is never too many, however small its segment. `held`: why it was held before; what was held stays
 * so until somebody rules, because failures that are no longer new are not over.
 */
export function judgeHost(
  policy: { host: Pick<HostPolicy, 'failureRatio' | 'autoReturn'> },
  payload: HostPayload,
  context: HostContext,
  held: string | null,
): HostVerdict {
  const ignored = (rule: RecoveryRule, why: string): HostVerdict => ({
    go: 'end',
    status: 'ignored',
    rule,
    why,
  });
  const { segment, onMaintenance, failing, ruling } = context;
  const { event, hostStatus } = payload;
  if (event === 'STOPPED' && hostStatus !== 'NORMAL')
    return ignored(
      'host-not-proven-down',
      `its status is ${hostStatus ?? 'not told'}: it is not proven to be down`,
    );
  if (!segment) return ignored('host-in-no-segment', 'it is in no failover segment');
  if (!segment.enabled) return ignored('segment-disabled', `its segment ${segment.name} is disabled`);
  if (ruling === 'rejected') return ignored('rejected', ruledInWords('rejected', context.ruled));
  if (event === 'STARTED') {
    if (!onMaintenance || hostStatus !== 'NORMAL')
      return {
        go: 'end',
        status: 'finished',
        rule: 'host-is-back',
        why: 'it is back, and nothing is to be done',
      };
    if (!policy.host.autoReturn)
      return {
        go: 'end',
        status: 'finished',
        rule: 'host-is-back',
        why: 'it is back, and left on maintenance: auto_return is off',
      };
    return { go: 'return' };
  }
  if (context.back) return ignored('host-is-back', 'it was reported as started since');
  if (onMaintenance) return ignored('host-on-maintenance', 'it is on maintenance');
  const { failed, of } = failing;
  if (ruling !== 'approved' && held !== null) return { go: 'hold', why: held };
  if (ruling !== 'approved' && failed > 1 && failed > policy.host.failureRatio * of) {
    const share = `${failed} of ${of} hosts of segment ${segment.name}`;
    return { go: 'hold', why: `${share} fail at once: held until an operator approves or rejects it` };
  }
  return { go: 'evacuate' };
}
