import { VirtualClock } from '@instance-ha/ports/fakes';
import { describe, expect, it } from 'vitest';
import { Breaker, type BreakerState } from './breaker.ts';

function world() {
  const clock = new VirtualClock();
  const changes: BreakerState[] = [];
  const breaker = new Breaker({
    clock,
    limits: { failureLimit: 3, openMs: 5_000 },
    onChange: state => changes.push(state),
  });
  const fail = (times: number): void => {
    for (let time = 0; time < times; time += 1) breaker.failed();
  };
  return { clock, changes, breaker, fail };
}

describe('a service that fails and fails', () => {
  it('is left alone after so many failures in a row, and not before', () => {
    const { breaker, fail, changes } = world();
    fail(2);
    breaker.succeeded();
    fail(2);
    expect([breaker.state, breaker.admits()]).toEqual(['closed', true]);
    fail(1);
    expect([breaker.state, breaker.admits()]).toEqual(['open', false]);
    expect(changes).toEqual(['open']);
  });

  it('is tried by one call after a while, and trusted again when that succeeds', async () => {
    const { breaker, fail, clock, changes } = world();
    fail(3);
    await clock.advance(4_999);
    expect(breaker.admits()).toBe(false);
    await clock.advance(1);
    expect([breaker.state, breaker.admits(), breaker.admits()]).toEqual(['half-open', true, false]);
    breaker.succeeded();
    expect([breaker.state, breaker.admits(), breaker.admits()]).toEqual(['closed', true, true]);
    expect(changes).toEqual(['open', 'closed']);
  });

  it('is left alone anew when the trial fails', async () => {
    const { breaker, fail, clock } = world();
    fail(3);
    await clock.advance(5_000);
    breaker.admits();
    breaker.failed();
    expect([breaker.state, breaker.admits()]).toEqual(['open', false]);
  });

  it('may be tried by another when the trial was given up', async () => {
    const { breaker, fail, clock } = world();
    fail(3);
    await clock.advance(5_000);
    expect(breaker.admits()).toBe(true);
    breaker.abstained();
    expect(breaker.admits()).toBe(true);
  });

  it('is not left alone longer for calls that were under way', async () => {
    const { breaker, fail, clock } = world();
    fail(3);
    await clock.advance(4_000);
    fail(5);
    await clock.advance(1_000);
    expect(breaker.state).toBe('half-open');
  });
});
