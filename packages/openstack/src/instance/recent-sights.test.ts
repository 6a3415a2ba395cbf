import type { Clock } from '@instance-ha/ports';
import { expect, it } from 'vitest';
import { createRecentSights, freshMs } from './recent-sights.ts';
import type { SeenServer } from './sighting.ts';

let nowMs = 0;
const clock = { monotonicMs: () => nowMs } as Clock;
const seen = (id: string): SeenServer => ({ server: { id } as SeenServer['server'], actions: [] });

it('gives a sight once, and only while it is fresh', () => {
  const sights = createRecentSights(clock);
  sights.keep('a', seen('a'), nowMs);
  expect(sights.take('a')).toEqual(seen('a'));
  expect(sights.take('a')).toBeUndefined();

  sights.keep('a', seen('a'), nowMs);
  nowMs += freshMs + 1;
  expect(sights.take('a')).toBeUndefined();
});

it('counts its age from when the calls were begun', () => {
  const sights = createRecentSights(clock);
  sights.keep('a', seen('a'), nowMs - freshMs - 1);
  expect(sights.take('a')).toBeUndefined();
});

it('keeps no more than 256, the newest', () => {
  const sights = createRecentSights(clock);
  for (let i = 0; i < 300; i += 1) sights.keep(`${i}`, seen(`${i}`), nowMs);
  const left = Array.from({ length: 300 }, (_, i) => sights.take(`${i}`)).filter(Boolean);
  expect(left).toHaveLength(256);
  expect(left.at(-1)).toEqual(seen('299'));
});
