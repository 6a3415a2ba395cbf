import { describe, expect, it } from 'vitest';
import { concernsOf } from './concerns.ts';

const calm = {
  host: 'a',
  silent: false,
  state: 'watching',
  gate: { suspect: false, silent: 0, heard: 4 },
} as const;
const covered = { total: 4, full: 4, crashOnly: 0, notWatched: 0, off: 0 };
const words = (facts: Parameters<typeof concernsOf>[0]) => concernsOf(facts).map(one => one.words);

describe('what an operator should know first', () => {
  it('is nothing on a calm day', () => {
    expect(
      words({ monitors: [calm], coverage: covered, held: 0, lastDay: [{ status: 'finished' }] }),
    ).toEqual([]);
  });

  it('is that nobody watches', () => {
    expect(words({ monitors: [], coverage: { ...covered, full: 0 }, held: 0, lastDay: [] })).toEqual([
      'No monitor has reported: no guest is watched',
    ]);
  });

  it('names each trouble once, the serious first', () => {
    const monitors = [
      { ...calm, silent: true },
      { ...calm, state: 'blind' as const },
      { ...calm, gate: { suspect: true, silent: 3, heard: 1 } },
    ];
    const coverage = { ...covered, crashOnly: 2 };
    const lastDay = [{ status: 'failed' }, { status: 'failed' }, { status: 'error' }] as const;
    expect(words({ monitors, coverage, lastDay, held: 2 })).toEqual([
      '1 monitor is not heard any more',
      '1 monitor is blind: it cannot look at its guests',
      '1 host is suspect: most guests are silent',
      '2 recoveries wait for an operator',
      '2 recoveries failed within a day',
      '1 recovery is tried again after an error',
      '2 guests would be missed when silent',
    ]);
  });
});
