import type { Logger, NewMonitorAction } from '@instance-ha/ports';
import { memoryStores, VirtualClock } from '@instance-ha/ports/fakes';
import { describe, expect, it } from 'vitest';
import { ActionWaits } from './action-waits.ts';
import { ChangeHub } from './change-hub.ts';

const log: Logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  fatal: () => {},
  child: () => log,
};

const action = (host: string, key = host): NewMonitorAction => ({
  key,
  host,
  kind: 'look-at-process',
  processName: 'nova-compute',
  life: null,
  takeWithinMs: 30_000,
  doneWithinMs: 60_000,
});

async function world() {
  const clock = new VirtualClock();
  const stores = memoryStores({ clock });
  const { signal } = new AbortController();
  const hub = await ChangeHub.open({ feed: stores.changes, clock, log, signal });
  const waits = new ActionWaits({ hub, clock });
  /** `true`, `false`, or `waits` while it does. */
  const waiting = (host: string, waitMs = 20_000) => {
    let is: boolean | 'waits' = 'waits';
    void waits.news(host, { afterId: waits.position, waitMs }).then(news => {
      is = news;
    });
    return () => is;
  };
  return { clock, stores, waits, hub, waiting };
}

describe('a monitor that waits', () => {
  it('is woken by what is asked of it, and by nothing else', async () => {
    const { clock, stores, waiting, hub } = await world();
    const [mine, other] = [waiting('node1'), waiting('node10')];
    await stores.actions.ask(action('node2'));
    await stores.pause.set({ reason: 'node1', by: 'admin', forMs: 1000 });
    await clock.advance(1000);
    expect([mine(), other()]).toEqual(['waits', 'waits']);
    await stores.actions.ask(action('node1'));
    await clock.advance(0);
    expect([mine(), other()]).toEqual([true, 'waits']);
    expect(hub.readerCount).toBe(1);
  });

  it('does not miss what was asked before it waited', async () => {
    const { clock, stores, waits } = await world();
    const afterId = waits.position;
    await stores.actions.ask(action('node1'));
    await clock.advance(0);
    expect(await waits.news('node1', { afterId, waitMs: 1000 })).toBe(true);
  });

  it('waits no longer than it asked for, and not at all once waits have ended', async () => {
    const { clock, waits, waiting, hub } = await world();
    const [brief, long] = [waiting('node1', 1000), waiting('node1')];
    await clock.advance(1000);
    expect([brief(), long()]).toEqual([false, 'waits']);
    waits.end();
    await clock.advance(0);
    expect(long()).toBe(false);
    expect(await waits.news('node1', { afterId: waits.position, waitMs: 60_000 })).toBe(false);
    expect(hub.readerCount).toBe(0);
  });
});
