import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { playStory, readStory, storyNames, transcriptFile } from './story-folder.ts';

describe('scenarios', () => {
  it.each(storyNames())('%s', async name => {
    const story = readStory(name);
    expect(story.promise, 'README.md tells what is promised').not.toBe('');
    const { transcript, violations } = await playStory(story);
    expect(violations).toEqual([]);
    const file = transcriptFile(name);
    expect(
      existsSync(file),
      `${name}/transcript.txt is missing: write it with \`scenarios/rewrite.ts ${name}\` and read it`,
    ).toBe(true);
    expect(transcript).toBe(readFileSync(file, 'utf8'));
  });
});
