import type { ConfigurationSource, Logger, RunningReport, WantedConfiguration } from '@instance-ha/ports';
import { VirtualClock } from '@instance-ha/ports/fakes';
import { afterEach, describe, expect, it } from 'vitest';
import { type FollowedState, followConfiguration, type Outcome } from './follow-configuration.ts';

const quiet: Logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  fatal: () => {},
  child: () => quiet,
};
const revision = (number: number): WantedConfiguration => ({ revision: number, layers: [] });

let left: AbortController;
afterEach(() => left.abort());

/** Follows a source that wants what the script says, one entry a question; `null`: it cannot be asked. */
function follow(options: {
  wants: (number | 'unchanged' | null)[];
  state?: FollowedState;
  outcome?: (wanted: number) => Outcome;
  isToTryAgain?: () => boolean;
  reportFails?: (report: Pick<RunningReport, 'wanted' | 'state'>) => boolean;
}) {
  left = new AbortController();
  const clock = new VirtualClock();
  const { wants, state = { running: 0 }, outcome = () => ({ state: 'applied' }) as const } = options;
  const told: string[] = [];
  const at = (): string => `${clock.monotonicMs() / 1000}s`;
  const source: ConfigurationSource = {
    wanted: async (known, { signal }) => {
      const next = wants.shift();
      told.push(`${at()} ask ${known}`);
      if (next === null) throw new Error('connection refused');
      if (next !== undefined) return next === 'unchanged' ? next : revision(next);
      await clock.sleep(1e9, signal);
      return 'unchanged';
    },
    report: async report => {
      const { wanted, running, state, error } = report;
      if (options.reportFails?.(report)) throw new Error('connection refused');
      told.push(`${at()} report ${state} ${wanted} running ${running}${error === null ? '' : `: ${error}`}`);
    },
  };
  const done = followConfiguration({
    source,
    state,
    apply: async ({ revision: number }) => {
      told.push(`${at()} apply ${number}`);
      return outcome(number);
    },
    clock,
    random: () => 0,
    log: quiet,
    signal: left.signal,
    isToTryAgain: options.isToTryAgain,
  });
  return { clock, told, done };
}

describe('following a configuration', () => {
  it('says what runs, takes what is wanted, and says what came of it', async () => {
    const { clock, told } = follow({ wants: [3] });
    await clock.advance(100);
    expect(told).toEqual([
      '0s report applied 0 running 0',
      '0s ask 0',
      '0s report applying 3 running 0',
      '0s apply 3',
      '0s report applied 3 running 3',
      '0s ask 3',
    ]);
  });

  it('keeps what runs when the new one cannot be taken, says why, and does not try it again and again', async () => {
    const outcome = (wanted: number): Outcome =>
      wanted === 3 ? { state: 'failed', error: 'line 2' } : { state: 'applied' };
    const { clock, told } = follow({ wants: [3, 'unchanged', 4], state: { running: 2 }, outcome });
    await clock.advance(5000);
    expect(told.slice(3)).toEqual([
      '0s apply 3',
      '0s report failed 3 running 2: line 2',
      '0s ask 3',
      '1s ask 3',
      '1s report applying 4 running 2',
      '1s apply 4',
      '1s report applied 4 running 4',
      '1s ask 4',
    ]);
  });

  it('tries a revision again that it refused once something has changed on the host', async () => {
    let repaired = false;
    const { clock, told } = follow({
      wants: [3, 'unchanged', 3],
      state: { running: 2 },
      outcome: () => (repaired ? { state: 'applied' } : { state: 'failed', error: 'line 2' }),
      isToTryAgain: () => repaired,
    });
    await clock.advance(500);
    repaired = true;
    await clock.advance(5000);
    expect(told.slice(4)).toEqual([
      '0s report failed 3 running 2: line 2',
      '0s ask 3',
      '1s ask 2',
      '1s report applying 3 running 2',
      '1s apply 3',
      '1s report applied 3 running 3',
      '1s ask 3',
    ]);
  });

  it('goes back to an older revision as to any other', async () => {
    const { clock, told } = follow({ wants: [3, 2], state: { running: 2 } });
    await clock.advance(100);
    expect(told.filter(line => line.includes('applied'))).toEqual([
      '0s report applied 2 running 2',
      '0s report applied 3 running 3',
      '0s report applied 2 running 2',
    ]);
  });

  it('says first what the one before could not take', async () => {
    const failure = { wanted: 3, error: 'did not start' };
    const { clock, told } = follow({ wants: [], state: { running: 2, failure } });
    await clock.advance(100);
    expect(told).toEqual(['0s report failed 3 running 2: did not start', '0s ask 3']);
  });

  it('waits longer and longer, up to 30 s, while nobody answers', async () => {
    const { clock, told } = follow({ wants: Array.from({ length: 8 }, () => null) });
    await clock.advance(130_000);
    const asked = told.filter(line => line.includes('ask')).map(line => line.split(' ')[0]);
    expect(asked).toEqual(['0s', '1s', '3s', '7s', '15s', '31s', '61s', '91s', '121s']);
  });

  it('sends a report again until it is taken, before it asks anything else', async () => {
    let fails = 0;
    const { clock, told } = follow({
      wants: [3],
      reportFails: ({ wanted, state }) => wanted === 3 && state === 'applied' && fails++ < 2,
    });
    await clock.advance(10_000);
    expect(told.slice(3)).toEqual(['0s apply 3', '3s report applied 3 running 3', '3s ask 3']);
  });

  it('takes a revision although it could not say so before', async () => {
    const { clock, told } = follow({ wants: [3], reportFails: ({ state }) => state === 'applying' });
    await clock.advance(100);
    expect(told).toContain('0s report applied 3 running 3');
  });

  it('asks no source more than once a second that holds no question open', async () => {
    const { clock, told } = follow({ wants: Array.from({ length: 20 }, () => 'unchanged' as const) });
    await clock.advance(5000);
    expect(told.filter(line => line.includes('ask'))).toHaveLength(6);
  });

  it('ends when the service begins anew, and when it is told to stop', async () => {
    const anew = follow({ wants: [3], outcome: () => ({ state: 'restarting' }) });
    await anew.done;
    expect(anew.told.at(-1)).toBe('0s apply 3');
    const stopped = follow({ wants: [] });
    left.abort();
    await stopped.done;
  });
});
