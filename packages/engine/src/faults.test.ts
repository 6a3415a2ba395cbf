import { afterEach, describe, expect, it } from 'vitest';
import { readableLog, readableMetrics, TestWorld, uuidOf } from '../testing/world.ts';

const clouds: TestWorld[] = [];
const cloudOf = (...told: ConstructorParameters<typeof TestWorld>): TestWorld => {
  const made = new TestWorld(...told);
  clouds.push(made);
  return made;
};
afterEach(async () => {
  for (const one of clouds.splice(0)) await one.close();
});

const hung = { fault: 'heartbeat-lost' } as const;
const away = new Error('connection refused');

describe('a control that hangs', () => {
  it('in a look is not waited for: the look is tried again', async () => {
    const cloud = cloudOf();
    cloud.control.next('look', { does: 'hang' });
    cloud.start({ lookTimeoutMs: 1000 });
    const record = await cloud.crash();
    expect(await cloud.untilEnded()).toBeLessThan(
      1000 + 1000 + cloud.policy.retryMs + 101 + cloud.bootMs + 100,
    );
    expect((await cloud.get(record)).facts.slice(1, 4)).toEqual([
      'looked: could-not-look',
      'tick',
      'looked: stopped',
    ]);
  });

  it('in an act is not waited for, and the act is not repeated when it happened', async () => {
    const cloud = cloudOf();
    cloud.policy.actTimeoutMs = 3000;
    cloud.control.next('start', { does: 'hang', effect: true });
    cloud.start();
    const record = await cloud.crash();
    await cloud.untilEnded();
    expect(cloud.control.changes(uuidOf(1))).toEqual(['start']);
    expect((await cloud.get(record)).facts.slice(4)).toEqual([
      'start begun',
      'start failed',
      'tick',
      'looked: running',
      'heartbeat: heard',
      'finished by verified',
    ]);
  });

  it('keeps only its own slot: other guests are recovered meanwhile', async () => {
    const cloud = cloudOf();
    cloud.control.next('start', { does: 'hang' });
    cloud.start({ concurrency: 2 });
    await cloud.crash(1);
    await cloud.clock.advance(50);
    await cloud.crash(2);
    await cloud.clock.advance(6000);
    expect(cloud.control.changes(uuidOf(2))).toEqual(['start']);
    const [second] = await cloud.stores.notifications.list({ instance: uuidOf(2) }, { limit: 1 });
    expect(second?.status).toBe('finished');
  });

  it('or that rejects, which it must not, is told apart and counted as failed', async () => {
    const cloud = cloudOf();
    const { log, lines } = readableLog();
    cloud.control.next('look', { does: 'break' });
    cloud.control.next('start', { does: 'break' });
    cloud.start({ log });
    await cloud.crash();
    await cloud.untilEnded();
    const errors = lines.filter(({ level }) => level === 'error').map(({ message }) => message);
    expect(errors).toEqual([
      'a control rejected, which it must not',
      'a control rejected, which it must not',
    ]);
    expect(cloud.control.changes(uuidOf(1))).toEqual(['start']);
  });

  it('or fails for good ends as error, is tried anew, and ends as failed', async () => {
    const cloud = cloudOf();
    cloud.control.next('start', ...Array(9).fill({ does: 'fail' }));
    cloud.start();
    const record = await cloud.crash();
    await cloud.untilEnded();
    const { status, message, facts } = await cloud.get(record);
    expect([status, message]).toEqual([
      'failed',
      'the start failed 3 times: told to fail; given up after 3 times',
    ]);
    expect(facts.filter(fact => fact.includes('by act-failed'))).toEqual([
      'error by act-failed',
      'error by act-failed',
      'failed by act-failed',
    ]);
  });
});

describe('a database that goes away', () => {
  it('before anything is claimed is waited for', async () => {
    const cloud = cloudOf();
    const rounds: string[] = [];
    await cloud.crash();
    cloud.stores.fail(away);
    cloud.start({ onRound: ({ database }) => rounds.push(database) });
    await cloud.clock.advance(60_000);
    expect(new Set(rounds)).toEqual(new Set(['away']));
    expect(rounds.length).toBeGreaterThan(20);
    cloud.stores.fail(undefined);
    await cloud.untilEnded();
    expect(cloud.control.changes(uuidOf(1))).toEqual(['start']);
  });

  it('during an act: the act is aborted when the lease is over, and is not repeated', async () => {
    const cloud = cloudOf({ actMs: 10_000 });
    const { metrics, values } = readableMetrics();
    cloud.start({ metrics });
    await cloud.crash();
    await cloud.clock.advance(500);
    cloud.stores.fail(away);
    await cloud.clock.advance(2100);
    expect(values.get('vmha_recovery_leases_lost_total{reason="lapsed"}')).toBe(1);
    cloud.stores.fail(undefined);
    await cloud.untilEnded();
    expect(cloud.control.changes(uuidOf(1))).toEqual(['start']);
    expect(values.get('vmha_recovery_take_overs_total{}')).toBe(1);
  });

  it('between stop and start: nothing is done without its intent stored, and the start follows when it is back', async () => {
    const cloud = cloudOf();
    cloud.start();
    await cloud.crash(1, hung, 'running');
    await cloud.clock.runUntil(() => cloud.control.changes(uuidOf(1)).includes('stop'), 5000);
    cloud.stores.fail(away);
    await cloud.clock.advance(30_000);
    expect(cloud.control.changes(uuidOf(1))).toEqual(['stop']);
    cloud.stores.fail(undefined);
    await cloud.untilEnded();
    expect(cloud.control.changes(uuidOf(1))).toEqual(['stop', 'start']);
  });

  it('for a moment at a time, at any time, loses nothing and repeats nothing', async () => {
    for (let downAtMs = 0; downAtMs < 4500; downAtMs += 37) {
      const cloud = cloudOf();
      cloud.start();
      cloud.start();
      const record = await cloud.crash(1, hung, 'running');
      await cloud.clock.advance(downAtMs);
      cloud.stores.fail(away);
      await cloud.clock.advance(300);
      cloud.stores.fail(undefined);
      await cloud.untilEnded();
      expect(cloud.control.changes(uuidOf(1)), `away at ${downAtMs} ms`).toEqual(['stop', 'start']);
      expect((await cloud.get(record)).status).toBe('finished');
    }
  });
});

describe('a worker that was frozen past its lease', () => {
  it('is fenced, and touches nothing any more', async () => {
    const cloud = cloudOf();
    const { clock, stores } = cloud;
    const thawed = Promise.withResolvers<void>();
    let frozen = false;
    const gate = async <T>(answer: T): Promise<T> => {
      if (frozen) await thawed.promise;
      return answer;
    };
    // Its intent is stored, and then it stands still before the act for longer than its lease.
    const { recoveries: plain } = stores;
    const recoveries: typeof plain = {
      ...plain,
      claim: async told => gate(await plain.claim(frozen ? { ...told, limit: 0 } : told)),
      renew: async (...told) => {
        await gate(undefined);
        return plain.renew(...told);
      },
      append: async (...told) => {
        const answer = await plain.append(...told);
        frozen = true;
        return gate(answer);
      },
    };
    const { metrics, values } = readableMetrics();
    cloud.start({ stores: { ...stores, recoveries }, metrics });
    await cloud.crash();
    await clock.advance(100);
    cloud.start();
    await cloud.untilEnded();
    frozen = false;
    thawed.resolve();
    await clock.advance(5000);
    expect(cloud.control.changes(uuidOf(1))).toEqual(['start']);
    expect(cloud.control.calls.filter(({ call }) => call === 'start')).toHaveLength(1);
    expect(values.get('vmha_recovery_leases_lost_total{reason="lapsed"}')).toBe(1);
  });
});

describe('an act', () => {
  it('is not begun on the last breath of a lease', async () => {
    const cloud = cloudOf();
    const { recoveries: plain } = cloud.stores;
    const recoveries: typeof plain = {
      ...plain,
      append: async (...told) => {
        await cloud.clock.sleep(1900);
        return plain.append(...told);
      },
      renew: async () => {
        throw away;
      },
    };
    cloud.start({ stores: { ...cloud.stores, recoveries } });
    await cloud.crash();
    await cloud.clock.advance(30_000);
    expect(cloud.control.calls.filter(({ call }) => call !== 'look')).toEqual([]);
  });
});

describe('a wall clock that jumps', () => {
  it.each([-86_400_000, 86_400_000])('by %s ms changes no deadline', async byMs => {
    const cloud = cloudOf();
    cloud.policy.heartbeatWaitMs = 10_000;
    cloud.policy.method = 'restart';
    cloud.mute.set(uuidOf(1), 1);
    cloud.start();
    const record = await cloud.crash();
    await cloud.clock.advance(5000);
    cloud.clock.jumpWall(byMs);
    const tookMs = await cloud.untilEnded();
    expect(tookMs).toBeGreaterThan(5000);
    expect(tookMs).toBeLessThan(5400);
    expect((await cloud.get(record)).facts.at(-1)).toBe('failed by not-heard-again');
  });
});

describe('a monitor that is away', () => {
  it('after a restart leads to no second restart, and to an end when it is back', async () => {
    const cloud = cloudOf();
    cloud.mute.set(uuidOf(1), 1);
    cloud.start();
    const record = await cloud.crash();
    await cloud.clock.advance(2000);
    cloud.monitorAway = true;
    await cloud.clock.advance(90_000);
    expect((await cloud.get(record)).facts).toContain('error by nobody-listens');
    cloud.monitorAway = false;
    await cloud.hear();
    await cloud.untilEnded();
    expect((await cloud.get(record)).facts.at(-1)).toBe('finished by verified');
    expect(cloud.control.changes(uuidOf(1))).toEqual(['start']);
  });
});

describe('a worker that is told to stop', () => {
  it('lets go what only waits, at once, for another one', async () => {
    const cloud = cloudOf();
    cloud.mute.set(uuidOf(1), 1);
    const first = cloud.start();
    const record = await cloud.crash();
    await cloud.clock.advance(1000);
    first.stop.abort(new Error('stopped'));
    await cloud.clock.advance(10);
    await first.done;
    cloud.start();
    await cloud.hear();
    expect(await cloud.untilEnded()).toBeLessThan(200);
    expect((await cloud.get(record)).facts.at(-1)).toBe('finished by verified');
  });

  it('ends a restart that it has begun', async () => {
    const cloud = cloudOf({ actMs: 2000 });
    const first = cloud.start();
    await cloud.crash(1, hung, 'running');
    await cloud.clock.advance(500);
    first.stop.abort(new Error('stopped'));
    await cloud.clock.advance(4000);
    await first.done;
    expect(cloud.control.changes(uuidOf(1))).toEqual(['stop', 'start']);
  });

  it('begins no restart any more', async () => {
    const cloud = cloudOf({ lookMs: 1000 });
    const first = cloud.start();
    await cloud.crash();
    await cloud.clock.advance(500);
    first.stop.abort(new Error('stopped'));
    await cloud.clock.advance(2000);
    await first.done;
    expect(cloud.control.changes(uuidOf(1))).toEqual([]);
  });

  it('gives up an act that takes longer than its deadline, and another worker goes on', async () => {
    const cloud = cloudOf();
    cloud.control.next('start', { does: 'hang' });
    const first = cloud.start({ stopDeadlineMs: 5000 });
    await cloud.crash();
    await cloud.clock.advance(500);
    first.stop.abort(new Error('stopped'));
    await cloud.clock.advance(5100);
    await first.done;
    cloud.start();
    await cloud.untilEnded();
    expect(cloud.control.changes(uuidOf(1))).toEqual(['start']);
  });
});

describe('a defect', () => {
  it('ends the recovery it is met in, says so, and the others go on', async () => {
    const cloud = cloudOf();
    const { log, lines } = readableLog();
    const { stores } = cloud;
    const broken = await cloud.crash(1);
    await cloud.crash(2);
    const recoveries = {
      ...stores.recoveries,
      claim: async (...told: Parameters<typeof stores.recoveries.claim>) => {
        const claims = await stores.recoveries.claim(...told);
        for (const claim of claims)
          if (claim.notification.uuid === broken.uuid)
            Object.assign(claim.notification, { payload: undefined });
        return claims;
      },
    };
    cloud.start({ stores: { ...stores, recoveries }, log });
    await cloud.untilEnded();
    expect(await cloud.get(broken)).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('a defect of this program ended the recovery'),
    });
    expect(cloud.control.changes(uuidOf(2))).toEqual(['start']);
    expect(
      lines.some(({ level, message }) => level === 'error' && message === 'a defect ended a recovery'),
    ).toBe(true);
  });

  it('in the options is refused before anything begins', async () => {
    const cloud = cloudOf();
    await expect(cloud.start({ concurrency: 0 }).done).rejects.toThrow(
      'concurrency must be a number of at least 1',
    );
  });
});
