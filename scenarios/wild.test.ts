import { asScenario, playWild, shorten, wildStoryOf } from '@instance-ha/sim';
import { describe, expect, it } from 'vitest';

/** One seed, one story. Given by hand, it alone is played, unless the number of runs is given as well. */
const given = process.env.INSTANCE_HA_SIM_SEED;
const runs = Number(process.env.INSTANCE_HA_SIM_RUNS ?? (given === undefined ? 240 : 1));
const seeds = Array.from({ length: runs }, (_, index) => Number(given ?? 1) + index);
const atOnce = 40;
const batches = seeds
  .filter((_, index) => index % atOnce === 0)
  .map(first => ({ first, batch: seeds.slice(seeds.indexOf(first), seeds.indexOf(first) + atOnce) }));

describe('stories made by chance', () => {
  it.each(batches)('keep every promise, from seed $first on', { timeout: 300_000 }, async ({ batch }) => {
    for (const seed of batch) {
      const { violations } = await playWild(wildStoryOf(seed));
      if (violations.length > 0) throw new Error(await toldOf(seed));
    }
  });

  it('are the same story each time they are played', async () => {
    const [one, other] = [await playWild(wildStoryOf(7)), await playWild(wildStoryOf(7))];
    expect(other).toEqual(one);
  });
});

/** What is broken, by the shortest script that breaks it. */
async function toldOf(seed: number): Promise<string> {
  const story = await shorten(wildStoryOf(seed));
  const { violations, transcript } = await playWild(story);
  return [
    `seed ${seed} breaks a promise; play it again with INSTANCE_HA_SIM_SEED=${seed}`,
    ...violations,
    '',
    asScenario(story),
    '',
    transcript,
  ].join('\n');
}
