import { afterAll, describe, expect, it } from 'vitest';
import { realLabOrSkip } from './fixture.ts';

const real = await realLabOrSkip();

describe.skipIf(real.skip)('a lab', () => {
  afterAll(() => real.lab.down());
  it('boots a guest that answers, and sees it panic', async () => {
    const host = await real.lab.host('n1');
    const guest = await host.guest('g1');
    const ms = await guest.waitForPing();
    console.log(`first ping after ${Math.round(ms)} ms`);
    await guest.fault('panic');
    expect(await guest.waitForState('shut off')).toEqual({ state: 'shut off', reason: 'crashed' });
  });
});
