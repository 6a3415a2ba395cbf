import { VirtualClock } from '@instance-ha/ports/fakes';
import { describe, expect, it } from 'vitest';
import { Doorbell } from './doorbell.ts';

const never = new AbortController().signal;

describe('a doorbell', () => {
  it('wakes the loop that waits', async () => {
    const bell = new Doorbell({ clock: new VirtualClock() });
    const waiting = bell.wait({ signal: never });
    bell.ring();
    await waiting;
  });

  it('is not missed when it was rung before, and is heard once', async () => {
    const clock = new VirtualClock();
    const bell = new Doorbell({ clock });
    bell.ring();
    bell.ring();
    await bell.wait({ signal: never });
    let woken = false;
    void bell.wait({ signal: never, atMostMs: 1000 }).then(() => {
      woken = true;
    });
    await clock.advance(999);
    expect(woken).toBe(false);
    await clock.advance(1);
    expect(woken).toBe(true);
  });

  it('does not keep a loop that is stopped, before or while it waits', async () => {
    const bell = new Doorbell({ clock: new VirtualClock() });
    await bell.wait({ signal: AbortSignal.abort() });
    const stop = new AbortController();
    const waiting = bell.wait({ signal: stop.signal });
    stop.abort();
    await waiting;
  });

  it('leaves no sleeper behind', async () => {
    const clock = new VirtualClock();
    const bell = new Doorbell({ clock });
    const waiting = bell.wait({ signal: never, atMostMs: 1000 });
    bell.ring();
    await waiting;
    await Promise.resolve();
    expect(clock.sleeping).toBe(0);
  });
});
