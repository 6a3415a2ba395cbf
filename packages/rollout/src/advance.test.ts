import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Advance, advance } from './advance.ts';
import type { FailurePolicy, Member, Operation, Row } from './operation.ts';

/** A small world: hosts that ask what to run, and one roll-out of revision 2 where all ran 1. */
class World {
  operation: Operation;
  rows: Row[];
  members = new Map<string, Member>();
  targets = new Map<string | null, number>();
  end: Advance['end'];

  constructor(hosts: readonly string[], told: Partial<Operation> = {}) {
    this.operation = {
      revision: 2,
      isForAll: true,
      onFailure: 'stop',
      atOnce: 10,
      answerWithinMs: 60_000,
      state: 'running',
      ...told,
    };
    this.rows = hosts.map(host => ({
      host,
      service: 'monitor',
      state: 'pending',
      before: 1,
      running: null,
      error: null,
      toldAgoMs: null,
    }));
    for (const host of hosts) this.says(host, 1, 1, 'applied');
  }

  says(host: string, wanted: number, running: number, state: Member['state'], error: string | null = null) {
    this.members.set(host, { host, service: 'monitor', wanted, running, state, error, seenAgoMs: 0 });
  }

  step(options: { isCancelled?: boolean } = {}): this {
    const done = advance(this.operation, this.rows, [...this.members.values()], options);
    for (const { isTold, ...change } of done.rows) {
      this.rows = this.rows.map(row =>
        row.host === change.host ? { ...row, ...change, toldAgoMs: isTold ? 0 : row.toldAgoMs } : row,
      );
    }
    for (const { host, revision } of done.targets) this.targets.set(host, revision);
    if (done.end) {
      this.end = done.end;
      this.operation = { ...this.operation, state: done.end.state };
    }
    return this;
  }

  passes(ms: number): this {
    this.rows = this.rows.map(row => ({
      ...row,
      toldAgoMs: row.toldAgoMs === null ? null : row.toldAgoMs + ms,
    }));
    for (const [host, member] of this.members)
      this.members.set(host, { ...member, seenAgoMs: member.seenAgoMs + ms });
    return this;
  }

  get states(): string {
    return this.rows.map(({ host, state }) => `${host} ${state}`).join(', ');
  }
}

describe('a roll-out', () => {
  it('tells a few hosts at a time, and is finished when all run it', () => {
    const world = new World(['a', 'b', 'c'], { atOnce: 2 }).step();
    expect(world.states).toBe('a applying, b applying, c pending');
    world.says('a', 2, 2, 'applied');
    world.step().step();
    expect(world.states).toBe('a applied, b applying, c applying');
    world.says('b', 2, 2, 'applied');
    world.says('c', 2, 2, 'applied');
    world.step();
    expect(world.end).toEqual({ state: 'finished', message: '3 of 3 run revision 2' });
    expect(world.targets.get(null)).toBe(2);
  });

  it('does not take the old revision, or one that is being taken, for the new one', () => {
    const world = new World(['a']).step().step();
    expect(world.states).toBe('a applying');
    world.says('a', 2, 1, 'applying');
    expect(world.step().states).toBe('a applying');
  });

  it('stops at the first failure: the others keep what they have', () => {
    const world = new World(['a', 'b', 'c'], { atOnce: 2 }).step();
    world.says('a', 2, 1, 'failed', 'expected ping_timeout to be less');
    world.step();
    expect(world.states).toBe('a failed, b applying, c skipped');
    expect(world.end).toBeUndefined();
    world.says('b', 2, 2, 'applied');
    world.step();
    expect(world.end?.state).toBe('failed');
    expect(world.rows[0]).toMatchObject({ error: 'expected ping_timeout to be less', running: 1 });
    expect(world.targets.has('c') || world.targets.has(null)).toBe(false);
  });

  it('goes on past a failure when told so', () => {
    const world = new World(['a', 'b'], { atOnce: 1, onFailure: 'go-on' }).step();
    world.says('a', 2, 1, 'failed', 'no');
    world.step();
    expect(world.states).toBe('a failed, b applying');
    world.says('b', 2, 2, 'applied');
    expect(world.step().end).toEqual({
      state: 'failed',
      message: '1 of 2 run revision 2, 1 could not take it',
    });
    expect(world.targets.get(null)).toBe(2);
  });

  it('turns back when told so: whoever was told is to run what it ran before, and does', () => {
    const world = new World(['a', 'b', 'c', 'd'], { atOnce: 3, onFailure: 'roll-back' }).step();
    world.says('a', 2, 2, 'applied');
    world.says('b', 2, 1, 'failed', 'no');
    world.step();
    expect(world.states).toBe('a rolling-back, b failed, c rolling-back, d skipped');
    expect(Object.fromEntries(world.targets)).toMatchObject({ a: 1, b: 1, c: 1 });
    world.says('c', 2, 1, 'applying');
    world.says('a', 1, 1, 'applied');
    expect(world.step().end).toBeUndefined();
    world.says('c', 1, 1, 'applied');
    expect(world.step().states).toBe('a rolled-back, b failed, c rolled-back, d skipped');
    expect(world.end?.state).toBe('rolled-back');
  });

  it('fails for nobody that is away, and hears it when it is back', () => {
    const world = new World(['a', 'b'], { onFailure: 'roll-back' }).step();
    world.says('a', 2, 2, 'applied');
    world.passes(61_000).step();
    expect(world.states).toBe('a applied, b not-answering');
    expect(world.end?.state).toBe('finished');
    world.says('b', 2, 2, 'applied');
    expect(world.step().states).toBe('a applied, b applied');
  });

  it('takes one for a failure that took the revision and was not heard of since', () => {
    const world = new World(['a', 'b'], { atOnce: 1, onFailure: 'roll-back' }).step();
    world.says('a', 2, 1, 'applying');
    world.step().passes(61_000).step();
    expect(world.rows[0]).toMatchObject({
      state: 'not-answering',
      error: 'took the revision and was not heard of since',
    });
    expect(world.states).toBe('a not-answering, b skipped');
    expect(world.end?.state).toBe('rolled-back');
    expect(world.targets.get('a')).toBe(1);
  });

  it('believes nobody that has fallen silent after all', () => {
    const world = new World(['a']).step();
    world.says('a', 2, 2, 'applied');
    world.passes(80_000).step();
    expect(world.states).toBe('a not-answering');
  });

  it('can be cancelled: nobody else is told', () => {
    const world = new World(['a', 'b'], { atOnce: 1 }).step().step({ isCancelled: true });
    expect(world.states).toBe('a applying, b skipped');
    expect(world.end?.state).toBe('cancelled');
    world.says('a', 2, 2, 'applied');
    expect(world.step().states).toBe('a applied, b skipped');
  });

  it('ends always, tells at most so many at once, and says nothing twice', () => {
    const answer = fc.constantFrom('applied', 'failed', 'silent', 'falls-silent');
    fc.assert(
      fc.property(
        fc.array(answer, { minLength: 1, maxLength: 7 }),
        fc.constantFrom<FailurePolicy>('stop', 'roll-back', 'go-on'),
        fc.integer({ min: 1, max: 3 }),
        (answers, onFailure, atOnce) => {
          const hosts = answers.map((_, at) => `h${at}`);
          const world = new World(hosts, { onFailure, atOnce });
          for (let turn = 0; turn < 60 && !world.end; turn += 1) {
            world.step();
            // One that had not taken it when all turned back is back already.
            const again = advance(world.operation, world.rows, [...world.members.values()]);
            expect(again.rows.filter(({ state }) => state !== 'applying' && state !== 'rolled-back')).toEqual(
              [],
            );
            expect(again.targets).toEqual([]);
            const busy = world.rows.filter(({ state }) => state === 'applying').length;
            expect(busy).toBeLessThanOrEqual(atOnce);
            world.passes(20_000);
            for (const [at, host] of hosts.entries()) {
              const wanted = world.targets.get(host);
              if (wanted === undefined) continue;
              const how = wanted === 1 ? 'applied' : answers[at];
              if (how === 'applied') world.says(host, wanted, wanted, 'applied');
              if (how === 'failed') world.says(host, wanted, 1, 'failed', 'no');
              if (how === 'falls-silent' && world.members.get(host)?.wanted !== wanted)
                world.says(host, wanted, 1, 'applying');
            }
          }
          expect(world.end).toBeDefined();
        },
      ),
    );
  });
});
