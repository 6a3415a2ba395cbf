import { describe, expect, it } from 'vitest';
import { journalOffsetMs, journalWords } from './journal-words.ts';

describe('a journal in words', () => {
  it.each([
    [{ type: 'begun', atMs: 1, subject: { host: 'a' }, policy: {} }, 'begun', ''],
    [
      { type: 'act-begun', atMs: 2, act: 'start', life: null, attempt: 1 },
      'act begun',
      'act start · attempt 1',
    ],
    [
      { type: 'looked', atMs: 3, sighting: { seen: 'instance', state: 'crashed', life: null } },
      'looked',
      'sighting (seen instance, state crashed)',
    ],
    [{ type: 'budget', atMs: 4, restartsAgoMs: [] }, 'budget', 'restartsAgoMs none'],
    [{ type: 'of-later-days', what: ['a', 'b'] }, 'of later days', 'what a, b'],
    ['nonsense', 'fact', 'nonsense'],
  ])('%j', (event, what, detail) => {
    expect(journalWords(event)).toEqual({ what, detail });
  });

  it('tells when, where it is known', () => {
    expect(journalOffsetMs({ atMs: 12 })).toBe(12);
    expect(journalOffsetMs(null)).toBeNull();
  });
});
