import { describe, expect, it } from 'vitest';
import { hourly, slowest } from './hourly.ts';

const nowMs = Date.parse('2026-01-02T12:30:00.000Z');

describe('notifications by the hour', () => {
  it('end with the hour that runs, and leave out what is older', () => {
    const found = hourly(
      [
        '2026-01-02T12:29:59.000Z',
        '2026-01-02T12:00:00.000Z',
        '2026-01-02T10:59:59.999Z',
        '2026-01-01T09:00:00.000Z',
      ],
      nowMs,
      3,
    );
    expect(found.map(({ count }) => count)).toEqual([1, 0, 2]);
    expect(found.at(-1)?.begins).toBe(Date.parse('2026-01-02T12:00:00.000Z'));
  });
});

describe('the slowest recoveries', () => {
  it('are those that were verified, the worst first', () => {
    const row = (uuid: string, status: 'finished' | 'failed', seconds: number) => ({
      uuid,
      status,
      faultAt: '2026-01-01T00:00:00.000Z',
      endedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString(),
      instanceName: null,
      host: 'h',
    });
    const found = slowest([row('a', 'finished', 3), row('b', 'failed', 60), row('c', 'finished', 9)], 5);
    expect(found).toEqual([
      { uuid: 'c', name: 'h', tookMs: 9000 },
      { uuid: 'a', name: 'h', tookMs: 3000 },
    ]);
  });
});
