import type { MonitorRecord, NotificationSummary } from '@instance-ha/contracts';
import type { Coverage } from './coverage.ts';

/** Something an operator should know before all else. `serious`: guests may fail unseen, or were not brought back. */
export type Concern = {
  serious: boolean;
  words: string;
  to: '/monitors' | '/guests' | '/notifications';
  search: object;
};

export function concernsOf(facts: {
  monitors: readonly Pick<MonitorRecord, 'host' | 'silent' | 'state' | 'gate'>[];
  coverage: Coverage;
  lastDay: readonly Pick<NotificationSummary, 'status'>[];
  /** Notifications that wait for an operator. */
  held: number;
}): Concern[] {
  const { monitors, coverage, lastDay, held } = facts;
  const count = (status: NotificationSummary['status']): number =>
    lastDay.filter(row => row.status === status).length;
  const suspect = monitors.filter(({ gate }) => gate.suspect).length;
  const found: (Concern | false)[] = [
    monitors.length === 0 && concern(true, 'No monitor has reported: no guest is watched', '/monitors'),
    ...(['silent', 'blind'] as const).map(how => {
      const hosts = monitors.filter(one =>
        how === 'silent' ? one.silent : !one.silent && one.state === 'blind',
      );
      const words = how === 'silent' ? 'not heard any more' : 'blind: it cannot look at its guests';
      return (
        hosts.length > 0 &&
        concern(true, `${plural(hosts.length, 'monitor is', 'monitors are')} ${words}`, '/monitors')
      );
    }),
    suspect > 0 &&
      concern(
        true,
        `${plural(suspect, 'host is', 'hosts are')} suspect: most guests are silent`,
        '/monitors',
      ),
    held > 0 &&
      concern(
        true,
        `${plural(held, 'recovery waits', 'recoveries wait')} for an operator`,
        '/notifications',
        { status: 'running' },
      ),
    count('failed') > 0 &&
      concern(
        true,
        `${plural(count('failed'), 'recovery', 'recoveries')} failed within a day`,
        '/notifications',
        {
          status: 'failed',
        },
      ),
    count('error') > 0 &&
      concern(
        true,
        `${plural(count('error'), 'recovery is', 'recoveries are')} tried again after an error`,
        '/notifications',
        {
          status: 'error',
        },
      ),
    coverage.crashOnly > 0 &&
      concern(
        false,
        `${plural(coverage.crashOnly, 'guest', 'guests')} would be missed when silent`,
        '/guests',
        {
          phase: 'unmonitored',
        },
      ),
  ];
  return found.filter(one => one !== false);
}

const concern = (serious: boolean, words: string, to: Concern['to'], search: object = {}): Concern => ({
  serious,
  words,
  to,
  search,
});

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
