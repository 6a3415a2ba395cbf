import { describe, expect, it } from 'vitest';
import { shouldAsk } from './asking.ts';
import { defaultGuestPolicy } from './policy.ts';
import { type Setting, Story, uuidOf, zeroMs } from './testing/story.ts';

/** Seconds until the guest is to be asked after the script, or why not. */
function nextAsk(setting: Setting, atSeconds: number, ...script: string[]): number | 'never' {
  const story = new Story(setting);
  story.play(...script);
  const guest = story.state.guests.get(uuidOf('web'));
  if (!guest) throw new Error('no such guest');
  const nowMs = zeroMs + atSeconds * 1000;
  const ask = shouldAsk({ ...defaultGuestPolicy, ...setting.policy }, guest, nowMs);
  return ask ? (ask.dueMs - nowMs) / 1000 : 'never';
}

const fresh = { before: ['-20 profile', '-20 row 1,1'] };

describe('when a guest is asked next', () => {
  it('at once, when it was never asked', () => {
    expect(nextAsk(fresh, 0)).toBe(0);
  });

  it('after the interval, when it answered', () => {
    expect(nextAsk({}, 0, '0 ping ok')).toBe(30);
  });

  it('after the interval, when it missed: the row of misses goes on at the same pace', () => {
    expect(nextAsk({}, 5, '5 ping no-answer')).toBe(25);
  });

  it('after two seconds, while it boots', () => {
    expect(nextAsk({}, 1, '0 1 ×5', '1 ping not-connected')).toBe(2);
    expect(nextAsk({ policy: { checkIntervalMs: 1_000 } }, 1, '0 1 ×5', '1 ping not-connected')).toBe(1);
  });

  it('after the interval again, when its grace is over', () => {
    expect(nextAsk({}, 200, '0 1 ×5', '200 ping not-connected')).toBe(30);
  });

  it.each([
    ['suspended', ['0 0(3,0)']],
    ['stopped', ['0 0(5,1)']],
    ['failed and off', ['0 0(5,5)']],
    ['failed and paused', ['0 0(3,2)']],
    ['paused by its watchdog', ['0 0(3,3)']],
  ])('never, while it is %s', (_name, script) => {
    expect(nextAsk({}, 1, ...script)).toBe('never');
  });

  it('never, without an agent channel', () => {
    expect(nextAsk({ before: ['-20 profile no-channel', '-20 row 1,1'] }, 0)).toBe('never');
  });

  it('not for half a minute after its verdict, then ever less often, down to one in sixteen', () => {
    const misses = Array.from({ length: 10 }, (_, index) => `${5 + 30 * index} ping no-answer`);
    const waits = misses.map((_, index) => nextAsk({}, 30 * index, ...misses.slice(0, index + 1)));
    expect(waits).toEqual([30, 30, 35, 60, 120, 240, 480, 480, 480, 480]);
  });

  it('ever less often, when it never answered: its agent says by itself when it comes', () => {
    const misses = Array.from({ length: 8 }, (_, index) => `${5 + 30 * index} ping no-answer`);
    expect(nextAsk(fresh, 210, ...misses)).toBe(480);
  });

  it('a held one at most four times less often, so that its return is seen soon', () => {
    const story = new Story({ before: ['-20 g1..g4 profile', '-20 g1..g4 row 1,1', '-10 g1..g4 ping ok'] });
    for (let round = 0; round < 9; round += 1) story.tell(`${5 + 30 * round} g1..g4 ping no-answer`);
    const guest = story.state.guests.get(uuidOf('g1'));
    expect(guest?.standing.phase).toBe('held');
    expect(guest && shouldAsk(defaultGuestPolicy, guest, zeroMs)).toEqual({
      dueMs: zeroMs + 240_000 + 120_000,
      slow: true,
    });
  });

  it('is called slow as long as it does not answer', () => {
    const story = new Story();
    const slow = () => {
      const guest = story.state.guests.get(uuidOf('web'));
      return guest && shouldAsk(defaultGuestPolicy, guest, zeroMs)?.slow;
    };
    const seen = [slow()];
    story.tell('5 ping no-answer');
    seen.push(slow());
    story.tell('35 ping ok');
    seen.push(slow());
    expect(seen).toEqual([false, true, false]);
  });
});
