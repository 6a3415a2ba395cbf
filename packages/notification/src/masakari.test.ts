import { describe, expect, it } from 'vitest';
import { fromEitherSpelling, masakariTypes, toMasakariType } from './masakari.ts';
import { notificationTypes } from './type.ts';

describe("Masakari's names", () => {
  it.each([
    ['COMPUTE_HOST', 'COMPUTE_HOST'],
    ['COMPUTE_INSTANCE', 'VM'],
    ['COMPUTE_PROCESS', 'PROCESS'],
  ] as const)('%s is spelt %s', (ours, theirs) => {
    expect(toMasakariType(ours)).toBe(theirs);
    expect(fromEitherSpelling(theirs)).toBe(ours);
    expect(fromEitherSpelling(ours)).toBe(ours);
  });

  it('cover every type, one to one', () => {
    expect(notificationTypes.map(toMasakariType)).toEqual([...masakariTypes]);
    expect(masakariTypes.map(fromEitherSpelling)).toEqual([...notificationTypes]);
  });

  it.each(['vm', 'compute_host', '', ' VM', 'HOST', 'toString', '__proto__'])('do not include "%s"', name => {
    expect(fromEitherSpelling(name)).toBeUndefined();
  });
});
