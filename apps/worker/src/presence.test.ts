import type { WorkerPresence } from '@instance-ha/ports';
import { memoryStores, settle, VirtualClock } from '@instance-ha/ports/fakes';
import { createLogger } from '@instance-ha/telemetry';
import { describe, expect, it } from 'vitest';
import { announcePresence } from './presence.ts';

const log = createLogger({ service: 'worker', level: 'silent', format: 'json' });

function announced() {
  const clock = new VirtualClock();
  const stores = memoryStores({ clock });
  const stop = new AbortController();
  const presence: WorkerPresence = {
    name: 'ctl1-1-abc',
    host: 'ctl1',
    version: '1.2.3',
    driver: 'nova',
    mode: 'act',
    startedAt: '2026-01-01T00:00:00.000Z',
    held: 0,
  };
  const { signal } = stop;
  const done = announcePresence({ workers: stores.workers, presence: () => presence, clock, log, signal });
  return { clock, stores, presence, done, stop: () => stop.abort(new Error('stopped')) };
}

describe('a worker that runs', () => {
  it('says so at once and every five seconds, each time what it holds now', async () => {
    const { clock, stores, presence, done, stop } = announced();
    await settle();
    expect(await stores.workers.list()).toMatchObject([{ held: 0, lastSeenAt: '2026-01-01T00:00:00.000Z' }]);
    presence.held = 3;
    await clock.advance(5000);
    expect(await stores.workers.list()).toMatchObject([{ held: 3, lastSeenAt: '2026-01-01T00:00:05.000Z' }]);
    stop();
    await done;
  });

  it('is missed by nobody once it has stopped in order', async () => {
    const { stores, done, stop } = announced();
    await settle();
    stop();
    await done;
    expect(await stores.workers.list()).toEqual([]);
  });

  it('outlives its database, and says so again when that is back', async () => {
    const { clock, stores, done, stop } = announced();
    stores.fail(new Error('connection refused'));
    await clock.advance(12_000);
    stores.fail(undefined);
    await clock.advance(5000);
    expect(await stores.workers.list()).toMatchObject([{ lastSeenAt: '2026-01-01T00:00:15.000Z' }]);
    stores.fail(new Error('connection refused'));
    stop();
    await done;
  });
});
