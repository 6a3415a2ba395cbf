import { describe, it } from 'vitest';
import { real } from './fixture.ts';
import { playNpmStart } from './npm-start-story.ts';

describe.skipIf(real.skip)('npm start', () => {
  it('with real guests shows a recovery and ends at Ctrl-C with nothing left', async () => {
    await playNpmStart(['--host', 'lab'], /^Lab host: a private libvirtd/m);
  }, 600_000);
});
