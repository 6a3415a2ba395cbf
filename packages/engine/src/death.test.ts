import { describe, expect, it, vi } from 'vitest';
import { type Fate, recoverWithDeath } from '../testing/mortal.ts';
import { TestWorld, uuidOf } from '../testing/world.ts';

// Hundreds of recoveries, each in virtual time: only a busy machine makes it long.
vi.setConfig({ testTimeout: 120_000 });

const leaseMs = 2000;

/** Lets the worker die in its first call, its second, … until it has done all its work before it could. */
async function everyDeath(story: {
  when: 'before' | 'after';
  make?: () => TestWorld;
  begin: (world: TestWorld) => ReturnType<TestWorld['crash']>;
}): Promise<Fate[]> {
  const { when, make = () => new TestWorld(), begin } = story;
  const fates: Fate[] = [];
  for (let atCall = 1; ; atCall++) {
    const fate = await recoverWithDeath({ make, begin, instanceUuid: uuidOf(1), death: { atCall, when } });
    if (fate.diedAtMs === undefined || fate.diedAtMs >= fate.endedAtMs) return fates;
    fates.push(fate);
  }
}

/** What the whole way takes without anybody dying: an act 100 ms each, a look 1 ms, the boot 4 s; and room for polls. */
const wayMs = 5000;

describe.each(['before', 'after'] as const)('a worker that dies %s any of its calls', when => {
  it('leaves a crashed guest to another one, which starts it exactly once', async () => {
    const fates = await everyDeath({ when, begin: world => world.crash() });
    expect(fates.length).toBeGreaterThan(15);
    for (const fate of fates) {
      expect(fate, fate.diedIn).toMatchObject({ status: 'finished', changes: ['start'] });
      expect(fate.endedAtMs, fate.diedIn).toBeLessThanOrEqual((fate.diedAtMs ?? 0) + leaseMs + wayMs);
    }
    const diedIn = new Set(fates.map(fate => fate.diedIn));
    for (const call of [
      'recoveries.append',
      'recoveries.end',
      'recoveries.renew',
      'control.act',
      'control.look',
      'guests.heartbeat',
    ])
      expect(diedIn).toContain(call);
  });

  it('leaves a hung guest to another one, which stops and starts it exactly once', async () => {
    const begin = (world: TestWorld) => world.crash(1, { fault: 'heartbeat-lost' }, 'running');
    const fates = await everyDeath({ when, begin });
    expect(fates.length).toBeGreaterThan(18);
    for (const fate of fates)
      expect(fate, fate.diedIn).toMatchObject({ status: 'finished', changes: ['stop', 'start'] });
  });

  it('leaves a guest that stays silent to another one, which reboots it exactly once', async () => {
    const begin = (world: TestWorld) => {
      world.policy.heartbeatWaitMs = 6000;
      world.mute.set(uuidOf(1), 1);
      return world.crash(1, { fault: 'heartbeat-lost' }, 'running');
    };
    const fates = await everyDeath({ when, begin });
    expect(fates.length).toBeGreaterThan(30);
    for (const fate of fates)
      expect(fate, fate.diedIn).toMatchObject({
        status: 'finished',
        changes: ['stop', 'start', 'hard-reboot'],
      });
  });

  it('starts a guest whose boots have no numbers never twice', async () => {
    const fates = await everyDeath({
      when,
      make: () => new TestWorld({ tellsLives: false }),
      begin: world => world.crash(),
    });
    for (const fate of fates)
      expect(fate, fate.diedIn).toMatchObject({ status: 'finished', changes: ['start'] });
  });
});

describe('the other worker', () => {
  it('goes on within the lease and a little', async () => {
    const fates = await everyDeath({ when: 'after', begin: world => world.crash() });
    const inAct = fates.find(fate => fate.diedIn === 'control.act');
    // It died when the start had happened; the guest is heard 4 s later, and by then somebody must listen.
    expect(inAct?.facts.slice(-4)).toEqual([
      'taken-over',
      'looked: running',
      'heartbeat: heard',
      'finished by verified',
    ]);
    expect((inAct?.endedAtMs ?? 0) - (inAct?.diedAtMs ?? 0)).toBeLessThan(4000);
  });
});
