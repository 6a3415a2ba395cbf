/**
 * Plays scenarios and writes down what happened as what is expected: all of them, or those named.
 *
 * `node --conditions=@instance-ha/source scenarios/rewrite.ts [NAME…]`, then read the diff. A transcript is a promise:
 * commit a change of it only when you know what caused it.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { playStory, readStory, storyNames, transcriptFile } from './story-folder.ts';

const named = process.argv.slice(2);
for (const name of named.length > 0 ? named : storyNames()) {
  const { transcript, violations } = await playStory(readStory(name));
  const file = transcriptFile(name);
  const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const change = before === undefined ? 'new' : before === transcript ? 'same' : 'CHANGED';
  for (const violation of violations) {
    console.error(`${name}: ${violation}`);
    process.exitCode = 1;
  }
  if (change !== 'same') writeFileSync(file, transcript);
  console.log(`${change.padEnd(8)}${name}`);
}
