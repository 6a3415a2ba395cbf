import assert from 'node:assert/strict';
import type { Recording } from '@instance-ha/guest-health';
import type { ConformanceCase } from '../conformance-case.ts';
import type { StoresWorld } from './world.ts';

const minuteMs = 60_000;
const startMs = Date.parse('2026-01-02T03:04:05.678Z');
const since = new Date(startMs).toISOString();
const all = { since, maxBytes: 1_000_000 };

/** Minute 1 is the first after `since`. */
const quiet = (minute: number, told: Partial<Recording> = {}): Recording => ({
  fromAt: startMs + (minute - 1) * minuteMs,
  toAt: startMs + minute * minuteMs,
  heard: 3,
  guests: [],
  signals: [],
  dropped: 0,
  ...told,
});
const loud = (minute: number, cause = 'libvirtd is away'): Recording =>
  quiet(minute, {
    signals: [{ of: null, type: 'blind', cause, atMs: startMs + (minute - 1) * minuteMs + 1 }],
  });

export const recordingCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'recordings come back as they were kept, by host and time',
    async check({ stores: { recordings } }) {
      await recordings.keep('b', loud(1, 'a\0b \u{1f600}'));
      await recordings.keep('b', quiet(2));
      await recordings.keep('a', loud(1));
      assert.deepEqual(await recordings.of('b', all), {
        recordings: [loud(1, 'a\0b \u{1f600}'), quiet(2)],
        complete: true,
      });
      assert.deepEqual(await recordings.of('a', all), { recordings: [loud(1)], complete: true });
      const { length } = JSON.stringify(loud(1, 'a\0b \u{1f600}'));
      const some = await recordings.of('b', { since, maxBytes: length + 20 });
      assert.deepEqual([some.recordings.length, some.complete], [1, false]);
      assert.deepEqual(await recordings.of('d', all), { recordings: [], complete: true });
      const later = new Date(startMs + minuteMs).toISOString();
      assert.equal((await recordings.of('b', { ...all, since: later })).recordings.length, 1);
    },
  },
  {
    name: 'quiet recordings that follow on one another are one, others are not',
    async check({ stores: { recordings } }) {
      for (const one of [quiet(1), quiet(2), quiet(3), loud(4), quiet(5), quiet(7), quiet(8, { heard: 4 })])
        await recordings.keep('a', one);
      const found = await recordings.of('a', all);
      assert.deepEqual(
        found.recordings.map(recording => [
          (recording.fromAt - startMs) / minuteMs,
          (recording.toAt - startMs) / minuteMs,
        ]),
        [
          [0, 3],
          [3, 4],
          [4, 5],
          [6, 7],
          [7, 8],
        ],
      );
    },
  },
  {
    name: 'recordings are kept for a day, and not longer for those that are purged with the rest',
    async check({ stores, elapse }) {
      const { recordings } = stores;
      const minutes = async (host: string) =>
        (await recordings.of(host, all)).recordings.map(({ toAt }) => (toAt - startMs) / minuteMs);
      await recordings.keep('a', loud(1));
      await recordings.keep('b', loud(1));
      await elapse(86_000_000);
      await recordings.keep('a', loud(2));
      assert.deepEqual([await minutes('a'), await minutes('b')], [[1, 2], [1]]);
      await elapse(1_000_000);
      await recordings.keep('a', loud(3));
      assert.deepEqual([await minutes('a'), await minutes('b')], [[2, 3], [1]]);
      await stores.purge({ olderThanDays: 30, limit: 100 });
      assert.deepEqual([await minutes('a'), await minutes('b')], [[2, 3], []]);
    },
  },
];
