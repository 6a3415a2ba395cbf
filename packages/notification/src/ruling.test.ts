import { describe, expect, it } from 'vitest';
import { possibleRulings, type RulingStanding } from './ruling.ts';
import { mayBecome, notificationStatuses } from './status.ts';

const standing = (told: Partial<RulingStanding>): RulingStanding => ({
  status: 'running',
  held: false,
  verdict: null,
  aborting: false,
  ...told,
});

describe('what an operator may rule', () => {
  it.each<[string, Partial<RulingStanding>, string]>([
    ['one that nobody has begun', { status: 'new' }, 'abort'],
    ['one under way', {}, 'abort'],
    ['one that is held', { held: true }, 'approve reject abort'],
    ['one that was approved', { held: true, verdict: 'approve' }, 'abort'],
    ['one that was rejected', { held: true, verdict: 'reject' }, ''],
    ['one that is being aborted', { held: true, aborting: true }, ''],
    ['one that waits for its next attempt', { status: 'error' }, 'abort retry'],
    ['one that failed', { status: 'failed' }, 'retry'],
    ['one that was ignored', { status: 'ignored', verdict: 'reject', aborting: true }, 'retry'],
    ['one that is verified', { status: 'finished' }, ''],
  ])('of %s', (_name, told, expected) => {
    expect(possibleRulings(standing(told)).join(' ')).toBe(expected);
  });

  it('lets an end be tried again exactly where the status machine has a way back', () => {
    for (const status of notificationStatuses)
      if (status !== 'error')
        expect(possibleRulings(standing({ status })).includes('retry')).toBe(mayBecome(status, 'new'));
  });
});
