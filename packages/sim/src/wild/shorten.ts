import { playWild } from './play-wild.ts';
import type { WildStory } from './wild-story.ts';

/**
 * The same story without every line that does not matter: whatever is left out, some promise is still broken. Plays it at
 * most `atMost` times.
 */
export async function shorten(story: WildStory, atMost = 60): Promise<WildStory> {
  let shortest = story;
  let plays = 0;
  for (let index = 0; index < shortest.script.length && plays < atMost; plays += 1) {
    const without = leftOut(shortest, index);
    const { violations } = await playWild(without);
    if (violations.length > 0) shortest = without;
    else index += 1;
  }
  return shortest;
}

/** Without one line; what comes after it keeps its time. */
function leftOut(story: WildStory, index: number): WildStory {
  const script = story.script.map(line => ({ ...line }));
  const [gone] = script.splice(index, 1);
  const next = script[index];
  if (gone && next) next.afterMs += gone.afterMs;
  return { ...story, script };
}
