import { expect, it } from 'vitest';
import { lastDayInWords } from './last-day.ts';

const recordedSince = '2026-01-02T03:04:05.678Z';

it('tells the last day in one sentence', () => {
  expect(lastDayInWords({ before: 3, after: 1, recordedSince })).toBe(
    'By what runs now 3 instances would have been reported in the last day, by this 1.',
  );
  expect(lastDayInWords({ before: 1, after: 0, recordedSince })).toBe(
    'By what runs now 1 instance would have been reported in the last day, by this 0.',
  );
  expect(lastDayInWords({ before: 0, after: 0, recordedSince })).toBe(
    'In the last day no instance would have been reported, by either.',
  );
  expect(lastDayInWords({ before: 0, after: 0, recordedSince: null })).toBe(
    'What this would have done in the last day is not known.',
  );
});
