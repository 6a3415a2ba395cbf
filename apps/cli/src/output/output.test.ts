import { describe, expect, it } from 'vitest';
import { table } from './table.ts';
import { duration, parseDuration } from './time.ts';
import { timeline } from './timeline.ts';

describe('a table', () => {
  it('stands in columns', () => {
    expect(
      table(
        ['NAME', 'STATE'],
        [
          ['web-1', 'alive'],
          ['db', 'failed'],
        ],
      ),
    ).toBe('NAME   STATE\nweb-1  alive\ndb     failed\n');
  });
  it('shows a hostile name as text', () => {
    expect(table(['NAME'], [['\u001b[2Jgone\u202e']])).toBe('NAME\n\ufffd[2Jgone\ufffd\n');
  });
});

describe('durations', () => {
  it.each([
    [12.4, '12 ms'],
    [4230, '4.2 s'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
    [-50, '-50 ms'],
  ])('%d ms reads %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
  it.each([
    ['30s', 30_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['5', undefined],
    ['-5m', undefined],
    ['5 m', undefined],
  ])('%s is %s ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});

describe('a timeline', () => {
  it('shows where the time went', () => {
    const at = '2026-01-01T00:00:00.000Z';
    const phases = [
      { phase: 'fault', at, offsetMs: 0, detail: null },
      { phase: 'detected', at, offsetMs: 1000, detail: 'stopped/failed' },
      { phase: 'finished', at, offsetMs: 4000, detail: null },
    ];
    expect(timeline(phases, { widthColumns: 9 })).toBe(
      '     +0 ms  fault     ●\n    +1.0 s  detected  ──●        stopped/failed\n    +4.0 s  finished  ────────●\n',
    );
  });
});
