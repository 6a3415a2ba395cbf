import { describe, expect, it } from 'vitest';
import type { Clock } from '../clock.ts';
import { crash } from '../conformance/stores/world.ts';
import { storesConformance } from '../conformance/stores.ts';
import { memoryStores } from './memory-stores.ts';

/** A clock that stands until it is moved. */
function standingClock(): Clock & { advance(ms: number): void } {
  let nowMs = 0;
  return {
    monotonicMs: () => nowMs,
    wallMs: () => Date.parse('2026-01-02T03:04:06.000Z') + nowMs,
    sleep: () => new Promise(() => {}),
    advance: ms => {
      nowMs += ms;
    },
  };
}

describe('the stores in memory', () => {
  for (const { name, check } of storesConformance) {
    it(name, async () => {
      const clock = standingClock();
      await check({ stores: memoryStores({ clock }), elapse: async ms => clock.advance(ms) });
    });
  }

  it('can be taken away and come back with all they held, and say that changes may have been lost', async () => {
    const stores = memoryStores({ clock: standingClock() });
    let lost = 0;
    const listener = { onChange: () => {}, onLost: () => (lost += 1) };
    await stores.changes.subscribe(listener, new AbortController().signal);
    const { record } = await stores.notifications.file(crash(), { name: 'monitor' });
    stores.fail(new Error('connection refused'));
    await expect(stores.notifications.get(record.uuid)).rejects.toThrow('connection refused');
    stores.fail(undefined);
    expect(await stores.notifications.get(record.uuid)).toEqual(record);
    expect(lost).toBe(1);
  });
});
