import { expect, it } from 'vitest';
import { trendInWords, trendSeries } from './trend-series.ts';

const trends = {
  at: ['2026-01-02T03:00:00.000Z', '2026-01-02T03:01:00.000Z', '2026-01-02T03:10:00.000Z'],
  guests: { alive: [8, 7, 8], suspect: [0, 1, 0], held: [0, 1, 0], stopped: [2, 2, 2] },
  unheard: [0, 0, 0],
};

it('puts phases together, leaves out what there never was, and no line crosses a gap', () => {
  const { at, groups } = trendSeries(trends);
  expect(at.map(second => second - (at[0] ?? 0))).toEqual([0, 60, 120, 600]);
  expect(groups).toEqual([
    { key: 'well', label: 'well', counts: [8, 7, null, 8] },
    { key: 'troubled', label: 'suspect or held', counts: [0, 2, null, 0] },
    { key: 'off', label: 'off or suspended', counts: [2, 2, null, 2] },
  ]);
});

it('tells the picture in words', () => {
  expect(trendInWords(trendSeries(trends))).toBe(
    'well: 8 now, between 7 and 8; suspect or held: 0 now, between 0 and 2; off or suspended: 2',
  );
  expect(trendInWords(trendSeries({ at: [], guests: {}, unheard: [] }))).toBe('nothing is known yet');
});
