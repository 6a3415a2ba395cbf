import { describe, expect, it } from 'vitest';
import { notificationSinkConformance } from '../conformance/notification-sink.ts';
import { report } from '../conformance/stores/world.ts';
import { memoryReporter, memorySink } from './memory-sink.ts';

describe('the sink in memory', () => {
  for (const { name, check } of notificationSinkConformance) {
    it(name, async () => {
      const sink = memorySink();
      await check({
        sink,
        stored: async () => [...sink.filed],
        setAway: async away => sink.setAway(away ? 'nobody is there' : undefined),
        secret: null,
      });
    });
  }
});

describe('the reporter in memory', () => {
  it('keeps what it is told, but not while it is away', async () => {
    const reporter = memoryReporter();
    const { signal } = new AbortController();
    expect(await reporter.report(report({ sequence: 1 }), { signal })).toBe(true);
    reporter.setAway(true);
    expect(await reporter.report(report({ sequence: 2 }), { signal })).toBe(false);
    expect(reporter.reports.map(({ sequence }) => sequence)).toEqual([1]);
  });
});
