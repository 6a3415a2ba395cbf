import { describe, expect, it } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

/** Sleeps so long for each name, tells who woke when. */
function sleepers(clock: VirtualClock, waits: Record<string, number>): string[] {
  const woke: string[] = [];
  for (const [name, ms] of Object.entries(waits))
    void clock.sleep(ms).then(() => woke.push(`${clock.monotonicMs()} ${name}`));
  return woke;
}

describe('a virtual clock', () => {
  it('wakes by deadline, and within one instant by who slept first', async () => {
    const clock = new VirtualClock();
    const woke = sleepers(clock, { late: 30, early: 10, alsoLate: 30 });
    await clock.advance(9);
    expect(woke).toEqual([]);
    await clock.advance(100);
    expect(woke).toEqual(['10 early', '30 late', '30 alsoLate']);
    expect(clock.monotonicMs()).toBe(109);
  });

  it('lets what woke run on, and sleep again, before the next wakes', async () => {
    const clock = new VirtualClock();
    const woke: number[] = [];
    void (async () => {
      for (let round = 0; round < 3; round++) {
        await clock.sleep(5);
        woke.push(clock.monotonicMs());
      }
    })();
    await clock.advance(20);
    expect(woke).toEqual([5, 10, 15]);
    expect(clock.sleeping).toBe(0);
  });

  it('stops at the instant that was waited for', async () => {
    const clock = new VirtualClock();
    const woke = sleepers(clock, { a: 10, b: 20 });
    expect(await clock.runUntil(() => woke.length === 1, 100)).toBe(true);
    expect(clock.monotonicMs()).toBe(10);
    expect(await clock.runUntil(() => woke.length === 3, 100)).toBe(false);
    expect(clock.monotonicMs()).toBe(110);
  });

  it('rejects an aborted sleep with the reason, before and during it', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const asleep = clock.sleep(10, controller.signal);
    controller.abort(new Error('enough'));
    await expect(asleep).rejects.toThrow('enough');
    await expect(clock.sleep(10, controller.signal)).rejects.toThrow('enough');
    expect(clock.sleeping).toBe(0);
  });

  it('has a wall clock that may be set without anybody waking', async () => {
    const clock = new VirtualClock({ wallMs: 1000 });
    const woke = sleepers(clock, { a: 10 });
    clock.jumpWall(-3_600_000);
    await clock.advance(9);
    expect([clock.wallMs(), clock.monotonicMs(), woke.length]).toEqual([1000 - 3_600_000 + 9, 9, 0]);
  });
});
