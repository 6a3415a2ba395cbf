import assert from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.ts';
import type { StoresWorld } from './world.ts';

export const trendCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'a minute has one sample, whoever notes it, and a day has those of its minutes',
    async check({ stores: { trends }, elapse }) {
      assert.deepEqual(await trends.lastDay(), []);
      await trends.note({ guests: { alive: 3, failed: 1 }, unheard: 2 });
      const [first] = await trends.lastDay();
      assert.match(first?.at ?? '', /^\d{4}-.*:00\.000Z$/);
      assert.deepEqual(first, { at: first?.at, guests: { alive: 3, failed: 1 }, unheard: 2 });
      await Promise.all([1, 2, 3].map(failed => trends.note({ guests: { failed }, unheard: 0 })));
      assert.ok((await trends.lastDay()).length <= 2, 'within a minute, or over its end, no more than two');
      await elapse(120_000);
      await trends.note({ guests: { alive: 4 }, unheard: 0 });
      const found = await trends.lastDay();
      assert.deepEqual(found.at(-1)?.guests, { alive: 4 });
      assert.ok(found.length >= 2 && (found[0]?.at ?? '') < (found.at(-1)?.at ?? ''));
      await elapse(86_400_000);
      await trends.note({ guests: { alive: 5 }, unheard: 0 });
      assert.deepEqual(
        (await trends.lastDay()).map(({ guests }) => guests),
        [{ alive: 5 }],
      );
    },
  },
];
