import { World } from '../world/world.ts';
import type { WorldSpec } from '../world/world-spec.ts';
import { play } from './play.ts';
import { readScript } from './script.ts';

/** What a played story leaves: its transcript, and what must never happen and did. */
export type Played = { transcript: string; violations: readonly string[]; warnings: readonly string[] };

/** Plays one story from the beginning of its world to its end. What happens before the script begins is not told. */
export async function playScenario(told: { world: WorldSpec; script: string }): Promise<Played> {
  const script = readScript(told.script);
  const world = new World(told.world);
  const { transcript, judge, warnings } = world;
  try {
    transcript.quiet = true;
    await world.pass((told.world.settleSeconds ?? 60) * 1000);
    transcript.quiet = false;
    transcript.begin();
    await play(world, script);
    for (const line of await world.summary()) transcript.add(line);
    return { transcript: transcript.text(), violations: judge.violations, warnings };
  } finally {
    await world.close();
  }
}
