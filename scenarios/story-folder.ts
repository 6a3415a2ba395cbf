import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Played, playScenario, type WorldSpec } from '@instance-ha/sim';

const root = import.meta.dirname;

/** One promised behaviour: what it promises, its world, and what happens in it. */
export type StoryFolder = { name: string; promise: string; world: WorldSpec; script: string };

/** Every folder here, by name. */
export const storyNames = (): string[] =>
  readdirSync(root, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
    .sort();

export const transcriptFile = (name: string): string => join(root, name, 'transcript.txt');

/** Reads one folder. Throws when a part of it is missing. */
export function readStory(name: string): StoryFolder {
  const part = (file: string): string => readFileSync(join(root, name, file), 'utf8');
  return {
    name,
    promise: part('README.md').trim(),
    world: JSON.parse(part('world.json')) as WorldSpec,
    script: part('script.txt'),
  };
}

export const playStory = (story: StoryFolder): Promise<Played> => playScenario(story);
