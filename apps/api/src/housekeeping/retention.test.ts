import { memoryStores } from '@instance-ha/ports/fakes';
import { createTelemetry } from '@instance-ha/telemetry';
import { describe, expect, it, vi } from 'vitest';
import { fakeClock } from '../testing/fake-clock.ts';
import { retention } from './retention.ts';
import { runPeriodically } from './run-periodically.ts';

const { log, metrics } = createTelemetry({ service: 'test', level: 'silent', format: 'json', version: '0' });

describe('retention', () => {
  it('deletes bite by bite until nothing old is left', async () => {
    const clock = fakeClock();
    const stores = memoryStores({ clock });
    const rows = [1000, 1000, 37];
    const purge = vi.spyOn(stores, 'purge').mockImplementation(async () => rows.shift() ?? 0);
    const sleep = vi.spyOn(clock, 'sleep').mockResolvedValue();
    const signal = new AbortController().signal;
    const turn = retention({ stores, retentionDays: 90, clock, log, metrics, signal });
    expect(await turn()).toBe(2037);
    expect(purge.mock.calls).toEqual(Array.from({ length: 3 }, () => [{ olderThanDays: 90, limit: 1000 }]));
    expect(sleep).toHaveBeenCalledTimes(2);
  });

  it('stops between two bites', async () => {
    const clock = fakeClock();
    const stores = memoryStores({ clock });
    const stopped = new AbortController();
    vi.spyOn(clock, 'sleep').mockResolvedValue();
    const purge = vi.spyOn(stores, 'purge').mockImplementation(async () => {
      stopped.abort();
      return 1000;
    });
    await retention({ stores, retentionDays: 1, clock, log, metrics, signal: stopped.signal })();
    expect(purge).toHaveBeenCalledTimes(1);
  });
});

describe('a loop', () => {
  it('goes on after a turn that failed, and ends with its signal', async () => {
    const clock = fakeClock();
    const ended = new AbortController();
    let turns = 0;
    let told = 0;
    const loop = runPeriodically({
      name: 'test',
      periodMs: 1000,
      work: async () => {
        turns += 1;
        throw new Error('not this time');
      },
      turned: () => {
        told += 1;
      },
      clock,
      log,
      signal: ended.signal,
    });
    await clock.advance(0);
    await clock.advance(1000);
    await clock.advance(1000);
    expect([turns, told]).toEqual([3, 3]);
    ended.abort();
    await loop;
  });
});
