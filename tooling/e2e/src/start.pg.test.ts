import { expect, it, onTestFinished } from 'vitest';
import { npmStart } from './npm-start.ts';
import { playNpmStart } from './npm-start-story.ts';
import { playUp } from './up-story.ts';

// One file, and so one after the other: each builds the services first.

it('npm start with a simulated host shows a recovery and ends at Ctrl-C with nothing left', async () => {
  await playNpmStart(['--host', 'simulated'], /^SIMULATED HOST: no real guest runs/m);
}, 400_000);

it('npm start ends at Ctrl-C while it comes up, too', async () => {
  const stack = await npmStart(['--host', 'simulated']);
  onTestFinished(() => stack.stop());
  await stack.says(/^Starting PostgreSQL/m);
  expect(await stack.interrupt()).toBe(0);
  expect(stack.output()).toContain('Stopped; nothing is left behind.');
}, 400_000);

it('instance-ha up runs API, worker and monitor, and ends all of them at Ctrl-C', async () => {
  await playUp();
}, 400_000);
