import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFinal, mayBecome, type NotificationStatus, notificationStatuses } from './status.ts';

const status = fc.constantFrom(...notificationStatuses);

describe('the life of a notification', () => {
  it('has these moves and no others', () => {
    const moves = notificationStatuses.flatMap(from =>
      notificationStatuses.filter(to => mayBecome(from, to)).map(to => `${from} -> ${to}`),
    );
    expect(moves).toEqual([
      'new -> running',
      'new -> failed',
      'new -> ignored',
      'running -> finished',
      'running -> error',
      'running -> failed',
      'running -> ignored',
      'error -> running',
      'error -> failed',
      'failed -> new',
      'ignored -> new',
    ]);
  });

  it('ends in finished, failed or ignored, and only there', () => {
    expect(notificationStatuses.filter(isFinal)).toEqual(['finished', 'failed', 'ignored']);
  });

  it('whatever is tried in whatever order, nothing leaves finished, an end is left for new alone, and finished is only reached from running', () => {
    fc.assert(
      fc.property(fc.array(status, { maxLength: 60 }), tried => {
        let now: NotificationStatus = 'new';
        for (const next of tried) {
          if (!mayBecome(now, next)) continue;
          expect(now).not.toBe('finished');
          if (isFinal(now)) expect(next).toBe('new');
          expect(next).not.toBe(now);
          if (next === 'finished') expect(now).toBe('running');
          now = next;
        }
      }),
      { seed: 20_261_122, numRuns: 500 },
    );
  });

  it('from everywhere an end can be reached', () => {
    const reaches = (from: NotificationStatus, seen: NotificationStatus[] = []): boolean =>
      isFinal(from) ||
      notificationStatuses.some(
        to => mayBecome(from, to) && !seen.includes(to) && reaches(to, [...seen, from]),
      );
    expect(notificationStatuses.every(from => reaches(from))).toBe(true);
  });
});
